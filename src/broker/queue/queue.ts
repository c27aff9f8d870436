import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import type { MessageStore } from '../../storage/message-store.ts';
import type { Binding, Destination } from '../binding.ts';
import { Consumer, type ConsumerOptions, type DeliverySource, type Outlet } from '../consumer.ts';
import { resourceName } from '../resource-name.ts';
import { ConsumerRing } from './consumer-ring.ts';
import { ReadyIndex } from './ready-index.ts';
import { ReturnedHeap } from './returned-heap.ts';

/** Who is done with a message, where that need not be known after a restart. */
const NO_QUEUE = 0;

/** What a queue is declared with; a redeclaration must agree (AMQP 0-9-1, section 1.7.2.1). */
export interface QueueProperties {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}

/** A message taken out by basic.get. */
export interface TakenMessage {
  readonly slot: number;
  readonly sequence: number;
  readonly redelivered: boolean;
}

/**
 * An ordered list of messages with its consumers. Each message has a sequence number, its position for good:
 *
 *     returned (heap)          ready (ring)
 *     ┌────┬────┬─────┐        ┌────┬────┬────┬────┐
 *     │ 17 │ 19 │ 20  │        │ 24 │ 25 │ 26 │ 27 │ ← publish
 *     └────┴────┴─────┘        └────┴────┴────┴────┘
 *       first, redelivered       then these, numbered up to `nextSequence`
 *
 * Between two operations either no message is ready or no consumer can accept one.
 */
export class Queue implements Destination, DeliverySource {
  readonly kind = 'queue';
  readonly name: string;
  readonly vhost: string;
  readonly properties: QueueProperties;
  /** The connection that alone may use an exclusive queue. */
  readonly owner: object | undefined;
  readonly inbound = new Set<Binding>();
  /** Names the queue on disk, for good: no other queue ever has the same. 0: the queue does not survive a restart. */
  durableId = 0;
  /** Delivered, and neither acknowledged nor returned. */
  unackedCount = 0;
  isDeleted = false;
  routedIn = 0;

  private readonly store: MessageStore;
  /** A view for stored messages on their way out. */
  private readonly outgoing: Message;
  private readonly ready = new ReadyIndex();
  private readonly returned = new ReturnedHeap();
  private nextSequence = 0;
  private readonly subscriptions = new Set<Consumer>();
  private readonly ring = new ConsumerRing();

  constructor(
    name: string,
    vhost: string,
    properties: QueueProperties,
    owner: object | undefined,
    store: MessageStore,
    outgoing: Message,
  ) {
    this.name = name;
    this.vhost = vhost;
    this.properties = properties;
    this.owner = owner;
    this.store = store;
    this.outgoing = outgoing;
  }

  get readyCount(): number {
    return this.ready.length + this.returned.length;
  }

  get consumerCount(): number {
    return this.subscriptions.size;
  }

  toString(): string {
    return resourceName('queue', this.name, this.vhost);
  }

  /**
   * Hands the message to a consumer at once where one can take it, and keeps it otherwise. Returns false if it waits
   * although there are consumers: publishing is faster than consuming.
   */
  publish(message: Message): boolean {
    const sequence = this.nextSequence++;
    if (this.ready.length === 0 && this.returned.length === 0) {
      const consumer = this.ring.take();
      if (consumer !== undefined) {
        this.deliverAtOnce(consumer, message, sequence);
        return true;
      }
    }
    this.ready.push(this.store.hold(message));
    return this.subscriptions.size === 0;
  }

  private deliverAtOnce(consumer: Consumer, message: Message, sequence: number): void {
    const { store, durableId } = this;
    if (consumer.noAck) {
      consumer.outlet.deliver(consumer, message, 0, sequence, false);
      if (durableId !== 0) store.acknowledged(message.slot, durableId);
      return;
    }
    this.unackedCount++;
    const slot = store.hold(message);
    if (durableId !== 0) store.delivered(slot, durableId); // before it is sent, so that no sent one comes back unmarked
    consumer.outlet.deliver(consumer, message, slot, sequence, false);
  }

  /** Delivers ready messages as long as consumers can accept them. */
  pump(): void {
    while (this.ready.length > 0 || this.returned.length > 0) {
      const consumer = this.ring.take();
      if (consumer === undefined) return;
      this.deliverFirst(consumer);
    }
  }

  private deliverFirst(consumer: Consumer): void {
    const redelivered = this.returned.length > 0;
    const sequence = this.firstSequence;
    const slot = redelivered ? this.returned.first : this.ready.first;
    const { store, outgoing, durableId } = this;
    if (!consumer.noAck && durableId !== 0 && !redelivered) store.delivered(slot, durableId);
    store.read(slot, outgoing); // may fail where a disk does: then the message is still first
    this.shift();
    if (!consumer.noAck) this.unackedCount++;
    consumer.outlet.deliver(consumer, outgoing, slot, sequence, redelivered);
    if (consumer.noAck) store.release(slot, durableId);
  }

  /** Takes the first message out, with its reference; undefined: there is none ready. */
  get(): TakenMessage | undefined {
    if (this.readyCount === 0) return undefined;
    const redelivered = this.returned.length > 0;
    const sequence = this.firstSequence;
    this.unackedCount++;
    const slot = this.shift();
    if (this.durableId !== 0 && !redelivered) this.store.delivered(slot, this.durableId);
    return { slot, sequence, redelivered };
  }

  /** The sequence number of the first ready message, or of the next one to come. */
  get firstSequence(): number {
    return this.returned.length > 0 ? this.returned.firstSequence : this.nextSequence - this.ready.length;
  }

  private shift(): number {
    return this.returned.length > 0 ? this.returned.shift() : this.ready.shift();
  }

  settle(slot: number): void {
    this.unackedCount--;
    this.store.release(slot, this.durableId);
  }

  requeue(slot: number, sequence: number): void {
    this.unackedCount--;
    if (this.isDeleted) this.store.release(slot, NO_QUEUE);
    else this.returned.push(sequence, slot);
  }

  /**
   * Puts a message back that was there before the broker was restarted; they come in order. What was delivered before is
   * redelivered, and so is everything that stands before it.
   */
  restore(slot: number, isRedelivered: boolean): void {
    const sequence = this.nextSequence++;
    if (!isRedelivered) {
      this.ready.push(slot);
      return;
    }
    for (let first = sequence - this.ready.length; this.ready.length > 0; first++) {
      this.returned.push(first, this.ready.shift());
    }
    this.returned.push(sequence, slot);
  }

  /** Drops all ready messages; returns how many. Unacknowledged ones stay. */
  purge(): number {
    return this.drop(this.durableId);
  }

  private drop(durableId: number): number {
    const count = this.readyCount;
    while (this.readyCount > 0) this.store.release(this.shift(), durableId);
    return count;
  }

  rejoin(consumer: Consumer): void {
    this.ring.enter(consumer);
    this.pump();
  }

  /** Adds a consumer. Nothing is delivered to it before `pump`, so that the caller can answer first. */
  subscribe(outlet: Outlet, options: ConsumerOptions): Consumer {
    const [first] = this.subscriptions;
    if (first !== undefined && (options.exclusive || first.exclusive)) {
      throw new AmqpError('ACCESS_REFUSED', `${this} in exclusive use`);
    }
    const consumer = new Consumer(this, outlet, options);
    this.subscriptions.add(consumer);
    this.ring.enter(consumer);
    return consumer;
  }

  /** Removes a consumer; what it has not acknowledged stays with its channel. */
  unsubscribe(consumer: Consumer): void {
    consumer.isCancelled = true;
    this.ring.leave(consumer);
    this.subscriptions.delete(consumer);
  }

  /** Drops the messages; returns how many were ready. The vhost removes the bindings. */
  delete(): number {
    this.isDeleted = true;
    return this.drop(NO_QUEUE); // that the queue is gone says it of all its messages
  }

  /** Tells the consumers of a deleted queue that nothing more will come. */
  cancelConsumers(): void {
    for (const consumer of this.subscriptions) {
      this.unsubscribe(consumer);
      consumer.outlet.cancelledByServer(consumer);
    }
  }
}
