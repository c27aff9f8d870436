import type { Exchange } from '../../broker/exchange/exchange.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { requirePermission, requireTopicPermission } from '../channel/access.ts';
import type { Channel } from '../channel/channel.ts';
import { answerDefinition } from './definition-answer.ts';
import { declarableName, type MethodHandlers } from './method-handler.ts';

/** Class exchange (AMQP 0-9-1, section 1.6), with RabbitMQ's bindings between exchanges. */
export const exchangeMethods: MethodHandlers = {
  'exchange.declare': (channel, args) => {
    declare(channel, args);
    const send = () => channel.send('exchange.declare-ok', {});
    answerDefinition(channel, { isDurable: args.durable && !args.passive, noWait: args.noWait, send });
  },
  'exchange.delete': (channel, { exchange, ifUnused, noWait }) => {
    refuseDefault(exchange);
    requirePermission(channel.connection, 'configure', 'exchange', exchange);
    const { vhost } = channel.connection;
    const isDurable = isOrWasDurable(vhost.exchanges.get(exchange));
    vhost.deleteExchange(exchange, ifUnused);
    answerDefinition(channel, { isDurable, noWait, send: () => channel.send('exchange.delete-ok', {}) });
  },
  'exchange.bind': (channel, args) => {
    const { vhost } = channel.connection;
    authorizeBinding(channel, args);
    const source = vhost.exchange(args.source);
    requireTopicPermission(channel.connection, 'read', source, args.routingKey);
    const destination = vhost.exchange(args.destination);
    vhost.bind(source, destination, args.routingKey, args.arguments);
    const isDurable = isOrWasDurable(source) && isOrWasDurable(destination);
    answerDefinition(channel, { isDurable, noWait: args.noWait, send: () => channel.send('exchange.bind-ok', {}) });
  },
  'exchange.unbind': (channel, args) => {
    const { vhost } = channel.connection;
    authorizeBinding(channel, args);
    const source = vhost.exchanges.get(args.source);
    if (source !== undefined) requireTopicPermission(channel.connection, 'read', source, args.routingKey);
    const destination = vhost.exchanges.get(args.destination);
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
  const { vhost } = connection;
  refuseDefault(name);
  if (args.passive) {
    vhost.exchange(name);
    return;
  }
  if (type === '') throw new AmqpError('COMMAND_INVALID', "invalid exchange type ''");
  requirePermission(connection, 'configure', 'exchange', name);
  const alternate = args.arguments.get('alternate-exchange');
  if (typeof alternate?.value === 'string') {
    requirePermission(connection, 'read', 'exchange', name);
    requirePermission(connection, 'write', 'exchange', alternate.value);
  }
  vhost.declareExchange(name, { type, durable, autoDelete, internal, arguments: args.arguments });
}

function authorizeBinding(
  { connection }: Channel,
  { source, destination }: { source: string; destination: string },
): void {
  refuseDefault(source);
  refuseDefault(destination);
  requirePermission(connection, 'write', 'exchange', destination);
  requirePermission(connection, 'read', 'exchange', source);
}

/** One that is not there may have been: its deletion may not be on disk yet. */
export function isOrWasDurable(exchange: Exchange | undefined): boolean {
  return exchange === undefined || exchange.properties.durable;
}

/** @throws AmqpError ACCESS_REFUSED for the default exchange, which is what it is */
export function refuseDefault(exchange: string): void {
  if (exchange === '') throw new AmqpError('ACCESS_REFUSED', 'operation not permitted on the default exchange');
}
