import { consumerPriority, validateConsumerArguments } from '../../broker/queue/consumer-arguments.ts';
import { REPLY_TO } from '../../broker/reply-consumers.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { MethodArguments } from '../../protocol/methods.ts';
import { requirePermission } from '../channel/access.ts';
import type { Channel } from '../channel/channel.ts';
import { generatedName } from '../channel/generated-name.ts';
import type { MethodHandlers } from './method-handler.ts';

/** Class basic (AMQP 0-9-1, section 1.8), but for publish, whose content comes in frames of its own. */
export const basicMethods: MethodHandlers = {
  'basic.qos': (channel, { prefetchSize, prefetchCount, global }) => {
    if (prefetchSize !== 0) throw new AmqpError('NOT_IMPLEMENTED', `prefetch_size!=0 (${prefetchSize})`);
    if (global) channel.consuming.limitChannel(prefetchCount);
    else channel.consuming.limitConsumers(prefetchCount);
    channel.send('basic.qos-ok', {});
    channel.consuming.deliverDue();
  },
  'basic.consume': (channel, args) => consume(channel, args),
  'basic.cancel': (channel, { consumerTag, noWait }) => {
    if (!channel.replies.cancel(consumerTag)) channel.consuming.cancel(consumerTag);
    if (!noWait) channel.send('basic.cancel-ok', { consumerTag });
    channel.consuming.deliverDue();
  },
  'basic.get': (channel, { queue, noAck }) => {
    const name = channel.queueName(queue);
    requirePermission(channel.connection, 'read', 'queue', name);
    channel.consuming.get(channel.connection.vhost.queue(name, channel.connection), noAck);
  },
  'basic.ack': (channel, { deliveryTag, multiple }) => channel.consuming.ack(exactTag(deliveryTag), multiple),
  'basic.nack': (channel, { deliveryTag, multiple, requeue }) =>
    channel.consuming.nack(exactTag(deliveryTag), multiple, requeue),
  'basic.reject': (channel, { deliveryTag, requeue }) => channel.consuming.nack(exactTag(deliveryTag), false, requeue),
  'basic.recover': (channel, { requeue }) => {
    recover(channel, requeue, () => channel.send('basic.recover-ok', {}));
  },
  'basic.recover-async': (channel, { requeue }) => {
    recover(channel, requeue, () => undefined);
  },
};

function consume(channel: Channel, args: MethodArguments<'basic.consume'>): void {
  const { connection, consuming } = channel;
  if (args.queue === REPLY_TO) {
    consumeReplies(channel, args);
    return;
  }
  const name = channel.queueName(args.queue);
  requirePermission(connection, 'read', 'queue', name);
  const tag = unusedTag(channel, args.consumerTag);
  const queue = connection.vhost.queue(name, connection);
  const { noAck, exclusive } = args;
  const priority = consumerPriority(args.arguments, queue.toString());
  validateConsumerArguments(args.arguments, queue.toString());
  consuming.subscribe(queue, { tag, noAck, exclusive, priority, arguments: args.arguments });
  if (!args.noWait) channel.send('basic.consume-ok', { consumerTag: tag });
  consuming.deliverDue();
}

/** Needs no permission, and ignores all arguments. */
function consumeReplies(channel: Channel, args: MethodArguments<'basic.consume'>): void {
  const tag = unusedTag(channel, args.consumerTag);
  channel.replies.consume(tag, args.noAck);
  if (!args.noWait) channel.send('basic.consume-ok', { consumerTag: tag });
}

/** The tag that the client wants, or a new one. @throws AmqpError NOT_ALLOWED if a consumer has it */
function unusedTag({ consuming }: Channel, wanted: string): string {
  const tag = wanted === '' ? generatedName('amq.ctag-') : wanted;
  if (consuming.hasConsumer(tag)) throw new AmqpError('NOT_ALLOWED', `attempt to reuse consumer tag '${tag}'`);
  return tag;
}

/** Answers before anything is delivered again. */
function recover(channel: Channel, requeue: boolean, answer: () => void): void {
  if (!requeue) throw new AmqpError('NOT_IMPLEMENTED', 'requeue=false');
  const requeued = channel.consuming.requeueAll();
  const finish = () => {
    answer();
    channel.consuming.deliverDue();
  };
  if (requeued === undefined) finish();
  else channel.answerAfter(requeued, finish);
}

/** Tags beyond 2^53 come as bigints, and none of ours is among them. */
function exactTag(tag: number | bigint): number {
  if (typeof tag === 'bigint') throw new AmqpError('PRECONDITION_FAILED', `unknown delivery tag ${tag}`);
  return tag;
}
