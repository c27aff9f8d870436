import type { MethodHandlers } from './method-handler.ts';

/** Class confirm: publisher confirms, RabbitMQ's extension. */
export const confirmMethods: MethodHandlers = {
  'confirm.select': (channel, { noWait }) => {
    channel.selectConfirms();
    if (!noWait) channel.send('confirm.select-ok', {});
  },
};
