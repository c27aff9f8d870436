import type { MethodHandlers } from './method-handler.ts';

/** Class access: a relic of AMQP 0-8 that old clients still call. Any ticket does. */
export const accessMethods: MethodHandlers = {
  'access.request': (channel) => channel.send('access.request-ok', { ticket: 1 }),
};
