import type { Consumer, ConsumerOptions, DeliverySource, Outlet } from '../../broker/consumer.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { ChannelCounts } from '../../broker/statistics/channel-counts.ts';
import type { Tracer } from '../../broker/tracer.ts';
import { violated } from '../../observe/invariants.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { Message } from '../../protocol/message.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { deliveryPrefix, writeContent, writeDelivery } from '../socket/content-writer.ts';
import { encodeGetOk } from '../socket/routed-methods.ts';
import type { ChannelConnection } from './channel-connection.ts';
import { ChannelPrefetch, MOST_UNACKED } from './channel-prefetch.ts';
import { DeliveryAges } from './delivery-ages.ts';
import type { Transaction } from './transaction.ts';
import { type Settlement, UnackedRing } from './unacked-ring.ts';

type ConsumingCounts = Omit<ChannelCounts, 'publish' | 'confirm' | 'return_unroutable' | 'drop_unroutable'>;

/** So many deliveries are settled in one go, which takes two milliseconds. */
const SETTLED_AT_ONCE = 8192;
/** Between two looks at the clock, where it takes longer. */
const SETTLED_A_STEP = 1024;

interface Subscription {
  readonly consumer: Consumer;
  readonly queue: Queue;
}

/** A message that needs no acknowledgement is done with. */
const settleUncounted: Settlement = (source, _consumer, slot, _sequence, bodySize) => source.settle(slot, bodySize);

/**
 * A channel's outgoing messages: its consumers and their prefetch limits, deliveries and what becomes of them (AMQP
 * 0-9-1, section 1.8.3).
 */
export class Consuming implements Outlet {
  /** Set by tx.select: acknowledgements wait for the commit. */
  transaction: Transaction | undefined;

  private readonly number: number;
  private readonly connection: ChannelConnection;
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly unacked = new UnackedRing();
  /** Ends with settlements that are under way; undefined: none are. */
  private settling: Promise<void> | undefined;
  private readonly ages = new DeliveryAges();
  private lastDeliveryTag = 0;
  /** Deliveries of other kinds than those to consumers that don't acknowledge: these are the rest up to the last tag. */
  private manualCount = 0;
  private gotCount = 0;
  private gotNoAckCount = 0;
  private gotEmptyCount = 0;
  private ackedCount = 0;
  private redeliveredCount = 0;
  /** For consumers that are started from now on, each; 0: no limit. */
  consumerPrefetch = 0;
  private readonly prefetch: ChannelPrefetch;
  private hasReportedPause = false;

  private readonly acknowledge: Settlement = (source, consumer, slot, _sequence, bodySize) => {
    this.ackedCount++;
    source.acknowledge(slot, bodySize);
    if (consumer !== undefined) this.giveBackCredit(consumer);
  };
  private readonly reject: Settlement = (source, consumer, slot, _sequence, bodySize) => {
    source.reject(slot, bodySize);
    if (consumer !== undefined) this.giveBackCredit(consumer);
  };
  /** A consumer asks for the delivery to come back. */
  private readonly requeue: Settlement = (source, consumer, slot, sequence, bodySize) => {
    this.putBack(source, consumer, slot, sequence, bodySize, true);
  };
  /** The delivery comes back because whoever had it is gone. */
  private readonly giveBack: Settlement = (source, consumer, slot, sequence, bodySize) => {
    this.putBack(source, consumer, slot, sequence, bodySize, false);
  };

  constructor(number: number, connection: ChannelConnection) {
    this.number = number;
    this.connection = connection;
    this.prefetch = new ChannelPrefetch(connection.vhost.dispatches);
  }

  // Consumers

  hasConsumer(tag: string): boolean {
    return this.subscriptions.has(tag);
  }

  /** Starts a consumer; it gets its first delivery from `deliverDue`. */
  subscribe(queue: Queue, options: Omit<ConsumerOptions, 'prefetchCount' | 'deliveryPrefix'>): void {
    this.connection.vhost.heap.requireRoomForClients();
    const consumer = queue.subscribe(this, {
      ...options,
      prefetchCount: this.consumerPrefetch,
      deliveryPrefix: deliveryPrefix(this.number, options.tag),
    });
    this.subscriptions.set(options.tag, { consumer, queue });
    this.tell('consumer.created', consumer);
  }

  /**
   * Ends a consumer, if there is one with that tag. What it has not acknowledged stays unacknowledged; where it was the
   * single active one, `deliverDue` serves the next.
   */
  cancel(tag: string): void {
    const subscription = this.subscriptions.get(tag);
    if (subscription === undefined) return;
    this.subscriptions.delete(tag);
    const { queue, consumer } = subscription;
    queue.unsubscribe(consumer);
    this.prefetch.forget(consumer);
    this.tell('consumer.deleted', consumer);
    this.connection.vhost.afterUnsubscribe(queue);
  }

  cancelledByServer(consumer: Consumer): void {
    this.subscriptions.delete(consumer.tag);
    this.prefetch.forget(consumer);
    this.tell('consumer.deleted', consumer);
    if (!this.connection.notifiesOfCancel) return;
    const args = { consumerTag: consumer.tag, noWait: true };
    this.connection.output.reply(encodeMethodFrame(this.number, 'basic.cancel', args));
  }

  private tell(event: 'consumer.created' | 'consumer.deleted', consumer: Consumer): void {
    const { name: connection, vhost } = this.connection;
    const { tag, noAck, exclusive, prefetchCount, arguments: args } = consumer;
    const place = { queue: consumer.queue.name, vhost: vhost.name, connection, channel: this.number };
    vhost.events.emit(event, { tag, noAck, exclusive, prefetchCount, arguments: args, ...place });
  }

  get consumers(): Iterable<Consumer> {
    return Array.from(this.subscriptions.values(), ({ consumer }) => consumer);
  }

  get consumerCount(): number {
    return this.subscriptions.size;
  }

  /** Deliveries that wait for an acknowledgement. */
  get unackedCount(): number {
    return this.unacked.count;
  }

  // Prefetch (RabbitMQ's meaning of basic.qos: `global` tells the channel from its consumers)

  /** Lifts the channel's limit. */
  limitConsumers(count: number): void {
    this.consumerPrefetch = count;
    this.prefetch.setLimit(0);
  }

  limitChannel(count: number): void {
    this.prefetch.setLimit(count);
  }

  /** The channel's limit; 0: there is none. */
  get channelPrefetch(): number {
    return this.prefetch.limit;
  }

  // Deliveries

  /** The tag of the next delivery. Replies have it too, and don't use it up, as in RabbitMQ. */
  get nextDeliveryTag(): number {
    return this.lastDeliveryTag + 1;
  }

  canDeliver(consumer: Consumer): boolean {
    const { output } = this.connection;
    if (output.isCongested) {
      this.connection.pending.resumeWhenDrained(consumer);
      return false;
    }
    if (this.prefetch.admits(consumer)) return true;
    if (this.prefetch.limit === 0) this.reportPause();
    return false;
  }

  /** Once a channel: it may come and go with each acknowledgement. */
  private reportPause(): void {
    if (this.hasReportedPause) return;
    this.hasReportedPause = true;
    this.connection.log.warn(
      { channel: this.number, unacked: MOST_UNACKED },
      'deliveries on a channel pause: its client acknowledges none of very many',
    );
  }

  deliver(consumer: Consumer, message: Message, slot: number, sequence: number, redelivered: boolean): void {
    const tag = ++this.lastDeliveryTag;
    if (!consumer.noAck) {
      this.unacked.push(tag, consumer.queue, consumer, slot, sequence, message.bodySize);
      consumer.unackedCount++;
      this.prefetch.used++;
      this.manualCount++;
    }
    if (redelivered) this.redeliveredCount++;
    const { output, vhost, maxPayloadOctets } = this.connection;
    writeDelivery(output, this.number, consumer.deliveryPrefix, tag, redelivered, message, maxPayloadOctets);
    if (vhost.tracer !== undefined) this.trace(vhost.tracer, message, consumer.queue.name, redelivered);
  }

  /** basic.get: answers with the queue's first message, or with get-empty. */
  get(queue: Queue, noAck: boolean): void {
    const { output, maxPayloadOctets } = this.connection;
    this.requireRoomForGet();
    const taken = queue.get();
    if (taken === undefined) {
      queue.counters.getEmpty++;
      this.gotEmptyCount++;
      output.reply(encodeMethodFrame(this.number, 'basic.get-empty', {}));
      return;
    }
    const deliveryTag = ++this.lastDeliveryTag;
    const { slot, sequence, bodySize, redelivered } = taken;
    this.unacked.push(deliveryTag, queue, undefined, slot, sequence, bodySize); // before it is read, which may fail
    queue.counters.got(noAck, redelivered);
    this.got(noAck, redelivered);
    const message = queue.view(slot);
    output.reply(encodeGetOk(this.number, deliveryTag, redelivered, message, queue.readyCount));
    writeContent(output, this.number, message, maxPayloadOctets);
    output.countReply(bodySize);
    const { tracer } = this.connection.vhost;
    if (tracer !== undefined) this.trace(tracer, message, queue.name, redelivered);
    if (noAck) this.unacked.take(deliveryTag, settleUncounted);
  }

  /** @throws AmqpError PRECONDITION_FAILED if the client has had very many messages and acknowledged none */
  private requireRoomForGet(): void {
    if (this.unacked.count + (this.transaction?.settlementCount ?? 0) < MOST_UNACKED) return;
    throw new AmqpError('PRECONDITION_FAILED', `more than ${MOST_UNACKED} unacknowledged deliveries on the channel`);
  }

  private got(noAck: boolean, redelivered: boolean): void {
    if (noAck) this.gotNoAckCount++;
    else this.gotCount++;
    if (redelivered) this.redeliveredCount++;
  }

  /** What was delivered, and acknowledged. */
  get counts(): ConsumingCounts {
    const { manualCount, gotCount, gotNoAckCount } = this;
    return {
      deliver: manualCount,
      deliver_no_ack: this.lastDeliveryTag - manualCount - gotCount - gotNoAckCount,
      get: gotCount,
      get_no_ack: gotNoAckCount,
      get_empty: this.gotEmptyCount,
      ack: this.ackedCount,
      redeliver: this.redeliveredCount,
    };
  }

  private trace(tracer: Tracer, message: Message, queue: string, redelivered: boolean): void {
    const { name: connection, user } = this.connection;
    tracer.delivered(message, queue, redelivered, { connection, channel: this.number, user: user.name });
  }

  // Settlements

  /** basic.ack. @param tag 0 with `multiple`: everything @throws AmqpError PRECONDITION_FAILED for an unknown tag */
  ack(tag: number, multiple: boolean): void {
    this.settle(tag, multiple, this.acknowledge);
  }

  /** basic.nack and basic.reject. */
  nack(tag: number, multiple: boolean, requeue: boolean): void {
    this.settle(tag, multiple, requeue ? this.requeue : this.reject);
  }

  /**
   * basic.recover: everything unacknowledged goes back to its queues, from where `deliverDue` passes it on.
   * @returns when that is done, if it takes longer; undefined: it is
   */
  requeueAll(): Promise<void> | undefined {
    return this.takeUpTo(this.lastDeliveryTag, this.giveBack);
  }

  /**
   * Settles all deliveries up to and including the tag: very many of them in slices of time, oldest first, behind those of an
   * earlier call.
   * @returns when that is done, if it takes longer; undefined: it is
   */
  private takeUpTo(tag: number, settlement: Settlement): Promise<void> | undefined {
    const { unacked } = this;
    if (this.settling === undefined && !this.isLongWay(tag)) {
      unacked.takeUpTo(tag, settlement);
      return undefined;
    }
    const earlier = (this.settling ?? Promise.resolve()).catch(() => undefined); // whoever began that is told
    const settling = earlier
      .then(() => takeInSlices(unacked, tag, settlement))
      .finally(() => {
        if (this.settling === settling) this.settling = undefined;
      });
    this.settling = settling;
    return settling;
  }

  /** In a transaction an acknowledgement is only noted, and must be before a rollback. */
  private isLongWay(tag: number): boolean {
    const { unacked } = this;
    if (unacked.count <= SETTLED_AT_ONCE || this.transaction !== undefined) return false;
    return tag - unacked.oldestTag >= SETTLED_AT_ONCE;
  }

  private putBack(
    source: DeliverySource,
    consumer: Consumer | undefined,
    slot: number,
    sequence: number,
    bodySize: number,
    isFailure: boolean,
  ): void {
    source.requeue(slot, sequence, bodySize, isFailure);
    if (consumer !== undefined) this.giveBackCredit(consumer);
  }

  /**
   * The limit for acknowledgements that a delivery has passed, in milliseconds; undefined: none has. To be asked now and
   * then, several times within the shortest limit: deliveries are noted only then.
   *
   * @param shortestMs no limit of a delivery here is shorter
   */
  exceededTimeoutMs(nowMs: number, shortestMs: number): number | undefined {
    const { unacked, ages } = this;
    ages.forgetBefore(unacked.oldestTag);
    if (unacked.count === 0) return undefined;
    ages.note(this.lastDeliveryTag, nowMs);
    const timeoutMsOf = (source: DeliverySource) => source.consumerTimeoutMs ?? this.connection.consumerTimeoutMs;
    const overdue = unacked.find(ages.lastMadeBy(nowMs - shortestMs), (source, tag) => {
      const timeoutMs = timeoutMsOf(source);
      return timeoutMs > 0 && nowMs - (ages.madeByMs(tag) ?? nowMs) > timeoutMs;
    });
    return overdue === undefined ? undefined : timeoutMsOf(overdue);
  }

  private settle(tag: number, multiple: boolean, outcome: Settlement): void {
    const { unacked } = this;
    const isAll = multiple && tag === 0;
    if (!isAll && !unacked.has(tag)) throw new AmqpError('PRECONDITION_FAILED', `unknown delivery tag ${tag}`);
    const settlement = this.transaction === undefined ? outcome : this.atCommit(this.transaction, outcome);
    if (multiple) this.settleUpTo(isAll ? this.lastDeliveryTag : tag, settlement);
    else {
      unacked.take(tag, settlement);
      this.deliverDue();
    }
  }

  private settleUpTo(tag: number, settlement: Settlement): void {
    const settled = this.takeUpTo(tag, settlement);
    if (settled === undefined) this.deliverDue();
    else this.connection.holds.beginUntil(this.number, settled, () => this.deliverDue());
  }

  /** Puts the outcome off until the transaction's commit; a rollback makes the delivery unacknowledged again. */
  private atCommit(transaction: Transaction, outcome: Settlement): Settlement {
    return (source, consumer, slot, sequence, bodySize, tag) => {
      transaction.settle({
        slot,
        acknowledgingQueue: this.isFinal(outcome, source) ? source.durableId : 0,
        commit: () => outcome(source, consumer, slot, sequence, bodySize, tag),
        rollback: () => this.unacked.restore(tag, source, consumer, slot, sequence, bodySize),
      });
    };
  }

  /** Whether the queue is done with the delivery: it neither comes back nor becomes a dead letter. */
  private isFinal(outcome: Settlement, { deadLetterExchange }: DeliverySource): boolean {
    return outcome === this.acknowledge || (outcome === this.reject && deadLetterExchange === undefined);
  }

  /** The consumer takes part again before what it gives back goes out, as in RabbitMQ: so that may be to itself. */
  private giveBackCredit(consumer: Consumer): void {
    if (consumer.unackedCount < 1) violated(`consumer ${consumer.tag} has no delivery, and one is settled`);
    consumer.unackedCount--;
    this.prefetch.giveBack();
    if (consumer.isParked && !this.prefetch.keepsWaiting(consumer)) consumer.resume();
  }

  /**
   * Passes on what settlements, cancelled consumers and limits have made room for. Called when all of them are done, so that
   * order is kept; if it is not, that is done when control returns to the event loop.
   */
  deliverDue(): void {
    this.connection.vhost.dispatches.run();
  }

  /** Ends all consumers; what they have not acknowledged stays unacknowledged. */
  cancelAll(): void {
    for (const tag of [...this.subscriptions.keys()]) this.cancel(tag);
  }

  /**
   * Ends all consumers and returns what is unacknowledged to its queues; others get it from `deliverDue`.
   * @returns when all has returned, if that takes longer; undefined: it has
   */
  close(): Promise<void> | undefined {
    this.cancelAll();
    return this.requeueAll();
  }
}

/** The channel's further frames are put off meanwhile; what is delivered on it has later tags. */
async function takeInSlices(unacked: UnackedRing, upTo: number, settlement: Settlement): Promise<void> {
  const slices = new TimeSlices();
  for (let oldest = unacked.oldestTag; oldest <= upTo; oldest = unacked.oldestTag) {
    unacked.takeUpTo(Math.min(upTo, oldest + SETTLED_A_STEP - 1), settlement);
    if (slices.isOverNow) await slices.next();
  }
}
