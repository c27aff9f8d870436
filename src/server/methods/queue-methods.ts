import type { Queue } from '../../broker/queue/queue.ts';
import { withDefaultType } from '../../broker/queue/queue-arguments.ts';
import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import { REPLY_TO } from '../../broker/reply-consumers.ts';
import { resourceName } from '../../broker/resource-name.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { requireBindingPermissions, requirePermission, requireTopicPermission } from '../channel/access.ts';
import type { Channel } from '../channel/channel.ts';
import { declareGeneratedQueue, declareQueue } from '../channel/declarations.ts';
import { answerDefinition } from './definition-answer.ts';
import { isOrWasDurable } from './exchange-methods.ts';
import { declarableName, type MethodHandlers } from './method-handler.ts';

/** Class queue (AMQP 0-9-1, section 1.7). */
export const queueMethods: MethodHandlers = {
  'queue.declare': (channel, args) => {
    if (declarableName(args.queue).startsWith(REPLY_TO)) {
      declareReplies(channel, args);
      return;
    }
    const queue = args.passive ? declaredQueue(channel, args.queue) : declare(channel, args);
    channel.connection.quorumNotice.declared(queue);
    channel.lastQueueName = queue.name;
    queue.used();
    const { name, readyCount, consumerCount } = queue;
    answerDefinition(channel, {
      isDurable: survives(queue) && !args.passive,
      noWait: args.noWait,
      send: () => channel.send('queue.declare-ok', { queue: name, messageCount: readyCount, consumerCount }),
    });
  },
  'queue.bind': (channel, args) => {
    const { vhost } = channel.connection;
    const { name, source, routingKey } = bindingEnds(channel, args);
    const exchange = vhost.exchange(source);
    requireTopicPermission(channel.connection, 'read', exchange, routingKey);
    const queue = vhost.queue(name, channel.connection);
    vhost.bind(exchange, queue, routingKey, args.arguments);
    const isDurable = isOrWasDurable(exchange) && survives(queue);
    answerDefinition(channel, { isDurable, noWait: args.noWait, send: () => channel.send('queue.bind-ok', {}) });
  },
  'queue.unbind': (channel, args) => {
    const { vhost } = channel.connection;
    const { name, source, routingKey } = bindingEnds(channel, args);
    const exchange = vhost.exchanges.get(source);
    if (exchange !== undefined) requireTopicPermission(channel.connection, 'read', exchange, routingKey);
    const queue = vhost.queues.get(name);
    if (queue !== undefined && exchange?.hasBinding(queue, routingKey, args.arguments)) {
      vhost.unbind(exchange, vhost.queue(name, channel.connection), routingKey, args.arguments);
    }
    const isDurable = isOrWasDurable(exchange) && survives(queue);
    answerDefinition(channel, { isDurable, noWait: false, send: () => channel.send('queue.unbind-ok', {}) });
  },
  'queue.purge': (channel, args) => {
    const name = channel.queueName(args.queue);
    requirePermission(channel.connection, 'read', 'queue', name);
    const { count: messageCount, released } = channel.connection.vhost.queue(name, channel.connection).purge();
    const answer = () => {
      if (!args.noWait) channel.send('queue.purge-ok', { messageCount });
    };
    if (released === undefined) answer();
    else channel.answerAfter(released, answer);
  },
  'queue.delete': (channel, args) => {
    const name = declarableName(channel.queueName(args.queue));
    const { vhost } = channel.connection;
    requirePermission(channel.connection, 'configure', 'queue', name);
    const queue = vhost.queues.has(name) ? vhost.queue(name, channel.connection) : undefined;
    const messageCount = queue === undefined ? 0 : remove(channel, queue, args);
    answerDefinition(channel, {
      isDurable: survives(queue),
      noWait: args.noWait,
      send: () => channel.send('queue.delete-ok', { messageCount }),
      finish: () => queue?.cancelConsumers(),
    });
  },
};

/** Whether the queue survives restarts. One that is not there may have been: its deletion may not be on disk yet. */
function survives(queue: Queue | undefined): boolean {
  return queue === undefined || queue.durableId !== 0;
}

/**
 * Names that begin so are no queues: a declaration, passive or not, asks whether somebody waits for replies there.
 * @throws AmqpError NOT_FOUND if nobody does
 */
function declareReplies(channel: Channel, args: MethodArguments<'queue.declare'>): void {
  const { vhost } = channel.connection;
  const name = declarableName(args.queue);
  if (name !== REPLY_TO && !vhost.replyConsumers.has(name)) {
    throw new AmqpError('NOT_FOUND', `no ${resourceName('queue', name, vhost.name)}`);
  }
  channel.lastQueueName = name;
  if (!args.noWait) channel.send('queue.declare-ok', { queue: name, messageCount: 0, consumerCount: 1 });
}

/** The queue of a passive declaration, which needs no permission; an empty name means no queue here. */
function declaredQueue({ connection }: Channel, name: string): Queue {
  return connection.vhost.queue(declarableName(name), connection);
}

function declare({ connection }: Channel, args: MethodArguments<'queue.declare'>): Queue {
  const { exclusive, autoDelete } = args;
  const durable = args.durable && !exclusive; // an exclusive queue ends with its connection, whatever was asked for
  const type = connection.vhost.metadata.defaultQueueType;
  const properties = { durable, exclusive, autoDelete, arguments: withDefaultType(args, type) };
  const name = declarableName(args.queue);
  if (name === '') return declareGeneratedQueue(connection, properties, connection);
  return declareQueue(connection, name, properties, connection);
}

function remove({ connection }: Channel, queue: Queue, args: MethodArguments<'queue.delete'>): number {
  if (args.ifEmpty && waitingCount(queue) > 0) throw new AmqpError('PRECONDITION_FAILED', `${queue} not empty`);
  if (args.ifUnused && queue.consumerCount > 0) throw new AmqpError('PRECONDITION_FAILED', `${queue} in use`);
  return connection.vhost.deleteQueue(queue);
}

/** Empty queue name and empty key together mean the last declared queue under its own name. @throws AmqpError ACCESS_REFUSED */
function bindingEnds(
  channel: Channel,
  { queue, exchange, routingKey }: { queue: string; exchange: string; routingKey: string },
): { name: string; source: string; routingKey: string } {
  const name = declarableName(channel.queueName(queue));
  const source = declarableName(exchange);
  requireBindingPermissions(channel.connection, { kind: 'queue', name }, source);
  return { name, source, routingKey: queue === '' && routingKey === '' ? name : routingKey };
}
