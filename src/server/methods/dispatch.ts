import { AmqpError } from '../../protocol/amqp-error.ts';
import { METHOD_IDS_OCTETS } from '../../protocol/constants.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import type { MethodArguments, MethodName } from '../../protocol/methods.ts';
import type { Channel } from '../channel/channel.ts';
import { accessMethods } from './access-methods.ts';
import { basicMethods } from './basic-methods.ts';
import { channelMethods } from './channel-methods.ts';
import { confirmMethods } from './confirm-methods.ts';
import { exchangeMethods } from './exchange-methods.ts';
import type { MethodHandlers } from './method-handler.ts';
import { queueMethods } from './queue-methods.ts';
import { txMethods } from './tx-methods.ts';

const HANDLERS: MethodHandlers = {
  ...accessMethods,
  ...basicMethods,
  ...byUser({ 'basic.consume': basicMethods['basic.consume']!, 'basic.cancel': basicMethods['basic.cancel']! }),
  ...channelMethods,
  ...confirmMethods,
  ...byUser(exchangeMethods),
  ...byUser(queueMethods),
  ...txMethods,
};

type Handler = (channel: Channel, args: MethodArguments<MethodName>) => void;

/** The same handlers; what they cause is told of as the user's doing. */
function byUser(handlers: MethodHandlers): MethodHandlers {
  const wrap = (handler: Handler): Handler => {
    return (channel, args) => {
      const { vhost, user } = channel.connection;
      vhost.events.by(user.name, () => handler(channel, args));
    };
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, wrap(handler as Handler)]));
}

/** Carries out a method that arrived on an open channel. @throws AmqpError as the method demands */
export function dispatchMethod(channel: Channel, name: MethodName, octets: Buffer, start: number, end: number): void {
  const handler = HANDLERS[name] as Handler | undefined;
  if (handler === undefined) throw new AmqpError('COMMAND_INVALID', 'unimplemented method');
  handler(channel, decodeArguments(name, octets, start + METHOD_IDS_OCTETS, end));
}
