import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { requirePermission } from '../access.ts';
import type { Channel } from '../channel.ts';
import { declarableName, type MethodHandlers } from './method-handler.ts';

/** Class exchange (AMQP 0-9-1, section 1.6), with RabbitMQ's bindings between exchanges. */
export const exchangeMethods: MethodHandlers = {
  'exchange.declare': (channel, args) => {
    declare(channel, args);
    if (!args.noWait) channel.send('exchange.declare-ok', {});
  },
  'exchange.delete': (channel, { exchange, ifUnused, noWait }) => {
    refuseDefault(exchange);
    requirePermission(channel.connection, 'configure', 'exchange', exchange);
    channel.connection.vhost.deleteExchange(exchange, ifUnused);
    if (!noWait) channel.send('exchange.delete-ok', {});
  },
  'exchange.bind': (channel, args) => {
    const { vhost } = channel.connection;
    authorizeBinding(channel, args);
    const source = vhost.exchange(args.source);
    vhost.bind(source, vhost.exchange(args.destination), args.routingKey, args.arguments);
    if (!args.noWait) channel.send('exchange.bind-ok', {});
  },
  'exchange.unbind': (channel, args) => {
    const { vhost } = channel.connection;
    authorizeBinding(channel, args);
    const source = vhost.exchanges.get(args.source);
    const destination = vhost.exchanges.get(args.destination);
    if (source !== undefined && destination !== undefined) {
      vhost.unbind(source, destination, args.routingKey, args.arguments);
    }
    if (!args.noWait) channel.send('exchange.unbind-ok', {});
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

/** @throws AmqpError ACCESS_REFUSED for the default exchange, which is what it is */
export function refuseDefault(exchange: string): void {
  if (exchange === '') throw new AmqpError('ACCESS_REFUSED', 'operation not permitted on the default exchange');
}
