import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodHandlers } from './method-handler.ts';

/** Class channel, but for open, close and close-ok, which are the connection's business. */
export const channelMethods: MethodHandlers = {
  'channel.flow': (channel, { active }) => {
    if (!active) throw new AmqpError('NOT_IMPLEMENTED', 'active=false');
    channel.send('channel.flow-ok', { active });
  },
};
