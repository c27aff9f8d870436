import type { Exchange } from '../../broker/exchange/exchange.ts';
import { refuseDefaultExchange } from '../../broker/reserved-names.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { requireBindingPermissions, requireTopicPermission } from '../channel/access.ts';
import type { Channel } from '../channel/channel.ts';
import { declareExchange, deleteExchange } from '../channel/declarations.ts';
import { answerDefinition } from './definition-answer.ts';
import { declarableName, type MethodHandlers } from './method-handler.ts';

/** Class exchange (AMQP 0-9-1, section 1.6), with RabbitMQ's bindings between exchanges. */
export const exchangeMethods: MethodHandlers = {
  'exchange.declare': (channel, args) => {
    declare(channel, args);
    const send = () => channel.send('exchange.declare-ok', {});
    answerDefinition(channel, { isDurable: args.durable && !args.passive, noWait: args.noWait, send });
  },
  'exchange.delete': (channel, args) => {
    const name = declarableName(args.exchange);
    const isDurable = isOrWasDurable(channel.connection.vhost.exchanges.get(name));
    deleteExchange(channel.connection, name, args.ifUnused);
    const send = () => channel.send('exchange.delete-ok', {});
    answerDefinition(channel, { isDurable, noWait: args.noWait, send });
  },
  'exchange.bind': (channel, args) => {
    const { vhost } = channel.connection;
    const ends = bindingEnds(channel, args);
    const source = vhost.exchange(ends.source);
    requireTopicPermission(channel.connection, 'read', source, args.routingKey);
    const destination = vhost.exchange(ends.destination);
    vhost.bind(source, destination, args.routingKey, args.arguments);
    const isDurable = isOrWasDurable(source) && isOrWasDurable(destination);
    answerDefinition(channel, { isDurable, noWait: args.noWait, send: () => channel.send('exchange.bind-ok', {}) });
  },
  'exchange.unbind': (channel, args) => {
    const { vhost } = channel.connection;
    const ends = bindingEnds(channel, args);
    const source = vhost.exchanges.get(ends.source);
    if (source !== undefined) requireTopicPermission(channel.connection, 'read', source, args.routingKey);
    const destination = vhost.exchanges.get(ends.destination);
    if (source !== undefined && destination !== undefined) {
      vhost.unbind(source, destination, args.routingKey, args.arguments);
    }
    const isDurable = isOrWasDurable(source) && isOrWasDurable(destination);
    answerDefinition(channel, { isDurable, noWait: args.noWait, send: () => channel.send('exchange.unbind-ok', {}) });
  },
};

function declare({ connection }: Channel, args: MethodArguments<'exchange.declare'>): void {
  const { exchange, type, durable, autoDelete, internal } = args;
  const name = declarableName(exchange);
  if (args.passive) {
    refuseDefaultExchange(name);
    connection.vhost.exchange(name);
    return;
  }
  if (type === '') throw new AmqpError('COMMAND_INVALID', "invalid exchange type ''");
  declareExchange(connection, name, { type, durable, autoDelete, internal, arguments: args.arguments });
}

/** @throws AmqpError ACCESS_REFUSED */
function bindingEnds(
  { connection }: Channel,
  args: { readonly source: string; readonly destination: string },
): { source: string; destination: string } {
  const [source, destination] = [declarableName(args.source), declarableName(args.destination)];
  requireBindingPermissions(connection, { kind: 'exchange', name: destination }, source);
  return { source, destination };
}

/** One that is not there may have been: its deletion may not be on disk yet. */
export function isOrWasDurable(exchange: Exchange | undefined): boolean {
  return exchange === undefined || exchange.properties.durable;
}
