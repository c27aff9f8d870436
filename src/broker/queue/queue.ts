import { InvariantViolation, reportViolation, violated } from '../../observe/invariants.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import { FLAG_EXPIRATION, FLAG_HEADERS, FLAG_PRIORITY } from '../../protocol/properties.ts';
import { hasDelay, priorityIn, scanProperties } from '../../protocol/property-scan.ts';
import { DamagedMessageError } from '../../storage/message/damaged-message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import type { Binding, Destination } from '../binding.ts';
import { Consumer, type ConsumerOptions, type DeliverySource, type Outlet } from '../consumer.ts';
import { NO_POLICY } from '../policy/applied-policy.ts';
import { resourceName } from '../resource-name.ts';
import type { Dispatcher } from './dispatch-schedule.ts';
import { DroppedMessages } from './dropped-messages.ts';
import { FifoMessages } from './fifo-messages.ts';
import { PriorityMessages } from './priority-messages.ts';
import { type ConsumersListener, QueueConsumers } from './queue-consumers.ts';
import { QueueCounters } from './queue-counters.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import { needsFeatures, QueueFeatures } from './queue-features.ts';
import { parseQueueArguments, type QueueSettings } from './queue-settings.ts';
import type { ReadyMessage, ReadyMessages } from './ready-messages.ts';

/** Who is done with a message, where that need not be known after a restart. */
const NO_QUEUE = 0;

/** What a purge drops. */
export interface Purge {
  readonly count: number;
  /** Resolves when all of it is released; undefined: it is already. */
  readonly released: Promise<void> | undefined;
}

/** So many damaged messages are dropped in one go, which takes a millisecond; then others have their turn. */
const DAMAGED_AT_ONCE = 64;

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
  readonly bodySize: number;
  readonly redelivered: boolean;
}

/**
 * An ordered list of messages with its consumers. Between two operations either no message is ready or no consumer can
 * accept one: whatever ends that has the DispatchSchedule pump the queue. All that a queue may do beyond this is in its QueueFeatures.
 */
export class Queue implements Destination, DeliverySource, Dispatcher, ConsumersListener {
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
  /** What the bodies of messages that are ready have together, and those of unacknowledged ones. */
  readyOctets = 0;
  unackedOctets = 0;
  /** Which policies the settings are from, besides the arguments. */
  appliedPolicy = NO_POLICY;
  isDeleted = false;
  private isDroppingDamaged = false;
  isDue = false;
  isWatched = false;
  routedIn = 0;
  /** Whether there may be messages that it does not take in: then `refuses` and `isDuplicate` are to be asked. */
  mayRefuse = false;
  /** What is in force. */
  settings!: QueueSettings;
  readonly consumers: QueueConsumers;
  readonly counters = new QueueCounters();

  private readonly store: MessageStore;
  /** A view for stored messages on their way out. */
  private readonly outgoing: Message;
  private readonly environment: QueueEnvironment;
  private messages: ReadyMessages;
  /** Undefined: it is a plain queue. */
  private features: QueueFeatures | undefined;

  constructor(
    name: string,
    vhost: string,
    properties: QueueProperties,
    owner: object | undefined,
    environment: QueueEnvironment,
  ) {
    this.name = name;
    this.vhost = vhost;
    this.properties = properties;
    this.owner = owner;
    this.environment = environment;
    this.store = environment.store;
    this.outgoing = environment.outgoing;
    const settings = parseQueueArguments(properties.arguments, this.toString());
    this.messages =
      settings.maxPriority === undefined ? new FifoMessages() : new PriorityMessages(settings.maxPriority);
    this.configure(settings);
    this.consumers = new QueueConsumers(this.settings.isSingleActiveConsumer, this);
  }

  /** Puts settings into force: those of its arguments, or what policies make of them. */
  configure(settings: QueueSettings): void {
    this.settings = settings;
    this.environment.consumerTimeouts.note(settings.consumerTimeoutMs);
    if (this.features === undefined && !needsFeatures(settings)) {
      this.mayRefuse = false;
      return;
    }
    const features = this.features ?? new QueueFeatures(this, this.environment);
    this.features = features.configure(settings) ? features : undefined;
    this.mayRefuse = features.mayRefuse;
  }

  /** A message with a time to live of its own is coming. */
  expectExpiration(): void {
    this.features ??= this.newFeatures();
    this.features.expectExpirations();
  }

  get deadLetterExchange(): string | undefined {
    return this.settings.deadLetterExchange;
  }

  get consumerTimeoutMs(): number | undefined {
    return this.settings.consumerTimeoutMs;
  }

  get readyCount(): number {
    return this.messages.length;
  }

  /** How many messages are there that are not ready yet. */
  get delayedCount(): number {
    return this.features?.delayedCount ?? 0;
  }

  /** What the bodies of these have together. */
  get delayedOctets(): number {
    return this.features?.delayedOctets ?? 0;
  }

  /** Whether nothing goes out, neither to consumers nor by basic.get. Everything else goes on. */
  get isPaused(): boolean {
    return this.consumers.isPaused;
  }

  get consumerCount(): number {
    return this.consumers.count;
  }

  toString(): string {
    return resourceName('queue', this.name, this.vhost);
  }

  /**
   * Takes a message in. Returns false if it waits although there are consumers: publishing is faster than consuming.
   */
  publish(message: Message): boolean {
    this.counters.publish++;
    if (this.features === undefined && !message.isDelayed) return this.enqueue(message);
    this.features ??= this.newFeatures();
    return this.features.arrive(message);
  }

  private newFeatures(): QueueFeatures {
    const features = new QueueFeatures(this, this.environment);
    features.configure(this.settings);
    return features;
  }

  enqueue(message: Message): boolean {
    const { messages } = this;
    if (messages.length === 0) {
      const consumer = this.consumers.take();
      if (consumer !== undefined) {
        this.deliverAtOnce(consumer, message, messages.pass(message));
        return true;
      }
    } else if (this.consumers.hasTurn) this.environment.dispatches.watch(this); // it is due, or was forgotten
    messages.push(this.store.hold(message), message);
    this.readyOctets += message.bodySize;
    return this.consumers.count === 0 || this.isPaused;
  }

  /** The next message to be enqueued had to wait, and others have come since. */
  expectLate(): void {
    this.messages.expectLate();
  }

  /** Whether a delivery of the message says that everything the queue got before it was delivered, too. */
  private isInOrderAt(sequence: number): boolean {
    const { features } = this;
    return (features === undefined || !features.awaitsArrivals) && this.messages.isInOrderAt(sequence);
  }

  private deliverAtOnce(consumer: Consumer, message: Message, sequence: number): void {
    const { store, durableId } = this;
    if (this.counters.delivered(consumer.noAck)) this.environment.deliveryLatency.observe(0);
    if (consumer.noAck) {
      consumer.outlet.deliver(consumer, message, 0, sequence, false);
      if (durableId !== 0) store.acknowledged(message.slot, durableId);
      return;
    }
    this.addUnacked(message.bodySize);
    const slot = store.hold(message);
    if (durableId !== 0) store.delivered(slot, durableId, this.isInOrderAt(sequence)); // before it is sent, so that no sent one comes back unmarked
    consumer.outlet.deliver(consumer, message, slot, sequence, false);
  }

  private addUnacked(bodySize: number): void {
    this.unackedCount++;
    this.unackedOctets += bodySize;
  }

  private removeUnacked(bodySize: number): void {
    if (this.unackedCount < 1 || this.unackedOctets < bodySize) this.violatesUnacked(bodySize);
    this.unackedCount--;
    this.unackedOctets -= bodySize;
  }

  consumerEntered(): void {
    if (this.messages.length > 0) this.environment.dispatches.add(this);
  }

  get isStalled(): boolean {
    return this.messages.length > 0 && this.consumers.hasTurn && !this.isHeldUp;
  }

  /** Whether the queue goes on later, of its own accord. */
  private get isHeldUp(): boolean {
    return this.isDroppingDamaged || (this.features?.isDropping ?? false) || this.environment.readRetries.has(this);
  }

  /** Delivers ready messages as long as consumers can accept them, and the disk gives them back. */
  pump(): void {
    for (let dropped = 0; ; dropped++) {
      try {
        this.deliverReady();
        return;
      } catch (error) {
        if (!(error instanceof UnreadableMessageError)) throw error;
        if (this.dropIfDamaged(error)) {
          if (dropped < DAMAGED_AT_ONCE) continue;
          this.pumpSoon();
        } else this.environment.readRetries.add(this, error);
        return;
      }
    }
  }

  /** There are many damaged messages: others have their turn in between. */
  private pumpSoon(): void {
    this.isDroppingDamaged = true;
    this.environment.clock.soon(() => {
      this.isDroppingDamaged = false;
      this.pump();
    });
  }

  /**
   * Drops the first message if it is damaged, which the store tells of. It is not acknowledged on disk: should it be whole at the next
   * start, it is there again.
   */
  private dropIfDamaged(error: UnreadableMessageError): boolean {
    if (!(error instanceof DamagedMessageError) || !this.isDamaged(this.messages.first)) return false;
    const slot = this.takeFirst();
    this.features?.left(slot);
    this.store.release(slot, NO_QUEUE);
    return true;
  }

  private isDamaged(slot: number): boolean {
    try {
      this.store.read(slot, this.outgoing);
      return false;
    } catch (error) {
      return error instanceof DamagedMessageError;
    }
  }

  private deliverReady(): void {
    while (this.hasFirst()) {
      const consumer = this.consumers.take();
      if (consumer === undefined) return;
      this.deliverFirst(consumer);
    }
  }

  /** Whether there is a message to be delivered. */
  private hasFirst(): boolean {
    return this.messages.length > 0 && (this.features === undefined || this.features.prepareFirst());
  }

  private deliverFirst(consumer: Consumer): void {
    const { store, outgoing, durableId, messages } = this;
    const redelivered = messages.isFirstReturned;
    const sequence = messages.firstSequence;
    const slot = messages.first;
    store.read(slot, outgoing); // may fail where a disk does: then nothing has happened yet
    const { bodySize } = outgoing; // what follows looks at the same message at most: the view stays valid
    if (this.counters.delivered(consumer.noAck)) this.measureLatency(slot);
    if (redelivered) this.counters.redeliver++;
    else if (!consumer.noAck && durableId !== 0) store.delivered(slot, durableId, this.isInOrderAt(sequence));
    this.shift(bodySize);
    if (!consumer.noAck) this.addUnacked(bodySize);
    const shown = redelivered && this.features !== undefined ? this.features.show(slot, outgoing) : outgoing;
    consumer.outlet.deliver(consumer, shown, slot, sequence, redelivered);
    if (consumer.noAck) this.discard(slot);
  }

  private refuseGet(): never {
    const reason = 'basic.get operations are not supported by quorum queues with single active consumer';
    throw new AmqpError('RESOURCE_LOCKED', `cannot obtain access to locked ${this}. ${reason}`);
  }

  private measureLatency(slot: number): void {
    const { clock, deliveryLatency } = this.environment;
    deliveryLatency.observe(clock.nowMs - this.store.timestampMs(slot));
  }

  /**
   * Takes the first message out, with its reference; undefined: there is none ready, or the queue is paused.
   * @throws AmqpError RESOURCE_LOCKED from a quorum queue with a single active consumer, as in RabbitMQ
   */
  get(): TakenMessage | undefined {
    if (this.settings.isQuorum && this.settings.isSingleActiveConsumer) this.refuseGet();
    this.used();
    if (this.isPaused) return undefined;
    const bodySize = this.sizeOfFirst();
    if (bodySize === undefined) return undefined;
    const { messages } = this;
    const redelivered = messages.isFirstReturned;
    const sequence = messages.firstSequence;
    this.addUnacked(bodySize);
    const slot = this.shift(bodySize);
    this.features?.got();
    if (this.durableId !== 0 && !redelivered) this.store.delivered(slot, this.durableId, this.isInOrderAt(sequence));
    return { slot, sequence, bodySize, redelivered };
  }

  /** What the first message's body has; undefined: there is none. Damaged ones are dropped. */
  private sizeOfFirst(): number | undefined {
    for (let dropped = 0; ; dropped++) {
      try {
        return this.hasFirst() ? this.store.bodySize(this.messages.first) : undefined;
      } catch (error) {
        const isDropped =
          dropped < DAMAGED_AT_ONCE && error instanceof UnreadableMessageError && this.dropIfDamaged(error);
        if (!isDropped) throw error;
      }
    }
  }

  /** The message that `get` has taken out, as its receiver is to see it: valid until the next call of any method of the store. */
  view(slot: number): Message {
    const { outgoing } = this;
    this.store.read(slot, outgoing);
    return this.features === undefined ? outgoing : this.features.show(slot, outgoing);
  }

  /** How many messages have come and are not ready any more: tells how fast they are taken. */
  get passedCount(): number {
    return this.messages.passedCount;
  }

  /**
   * Ready messages in the order of their delivery, which stay: at most so many.
   * @param afterSequence the sequence number to look behind; -1: from the first on
   */
  listReady(afterSequence: number, limit: number): ReadyMessage[] {
    return this.hasFirst() ? this.messages.list(afterSequence, limit) : [];
  }

  /**
   * Takes out what `listReady` has just told of, or some of it in the same order, with its references: it counts as
   * unacknowledged until it is settled, and is here again after a crash.
   * @param octets what the bodies of these messages have together
   */
  takeOut(messages: readonly ReadyMessage[], octets: number): void {
    this.unackedCount += messages.length;
    this.unackedOctets += octets;
    this.messages.takeOut(messages);
    this.leftReady(octets);
  }

  get first(): number {
    return this.messages.first;
  }

  takeFirst(): number {
    return this.shift(this.sizeIfReadable(this.messages.first));
  }

  /** A message that the disk does not give back any more counts until the queue is empty. */
  private sizeIfReadable(slot: number): number {
    try {
      return this.store.bodySize(slot);
    } catch (error) {
      if (error instanceof UnreadableMessageError) return 0;
      throw error;
    }
  }

  private shift(bodySize: number): number {
    const slot = this.messages.shift();
    this.leftReady(bodySize);
    return slot;
  }

  private leftReady(octets: number): void {
    if (this.messages.length === 0) this.readyOctets = 0;
    else this.readyOctets -= octets;
    if (this.readyOctets < 0) this.violatesReady(octets);
  }

  /** The message has left already: there is nothing to stop. */
  private violatesReady(octets: number): void {
    reportViolation(new InvariantViolation(`${this} had less than the ${octets} octets ready that are taken out`));
    this.readyOctets = 0;
  }

  /** It is not settled: its slot may be another message's by now. */
  private violatesUnacked(bodySize: number): never {
    const { unackedCount, unackedOctets } = this;
    violated(`${this} has ${unackedCount} deliveries of ${unackedOctets} octets, and one of ${bodySize} is settled`);
  }

  /** Whether the queue has no room for the message. */
  refuses(message: Message): boolean {
    return this.features?.refuses(message) ?? false;
  }

  /** Whether the queue has a message like it, and no use for another. */
  isDuplicate(message: Message): boolean {
    return this.features?.isDuplicate(message) ?? false;
  }

  /** The queue does not take the message in. */
  refuse(message: Message): void {
    this.features?.refuse(message);
  }

  /** Somebody asks for the queue, which keeps it from expiring. */
  used(): void {
    this.features?.used();
  }

  expire(): void {
    this.environment.expire(this.name);
  }

  acknowledge(slot: number, bodySize: number): void {
    this.counters.ack++;
    this.settle(slot, bodySize);
  }

  /** Ends with the message without an acknowledgement. */
  settle(slot: number, bodySize: number): void {
    this.removeUnacked(bodySize);
    this.discard(slot);
  }

  reject(slot: number, bodySize: number): void {
    this.removeUnacked(bodySize);
    if (this.features === undefined || this.isDeleted) {
      this.environment.deadLetterCounts.add('classic', 'rejected', false); // a quorum queue has features
      this.discard(slot);
    } else this.features.rejected(slot);
  }

  requeue(slot: number, sequence: number, bodySize: number, isFailure: boolean): void {
    this.removeUnacked(bodySize);
    if (this.isDeleted) this.store.release(slot, NO_QUEUE);
    else if (this.features === undefined) this.putBack(slot, sequence, bodySize);
    else this.features.returned(slot, sequence, bodySize, isFailure);
  }

  putBack(slot: number, sequence: number, bodySize: number): void {
    this.messages.putBack(slot, sequence);
    this.readyOctets += bodySize;
    // features may drop what came back: it is too old, or one too many
    if (this.features !== undefined || this.consumers.hasTurn) this.environment.dispatches.add(this);
  }

  discard(slot: number): void {
    if (this.features !== undefined) this.features.left(slot);
    this.store.release(slot, this.durableId);
  }

  left(slot: number): void {
    this.features?.left(slot);
  }

  ignore(message: Message): void {
    if (this.durableId !== 0) this.store.acknowledged(message.slot, this.durableId);
  }

  /** Puts a message back that was there before the broker was restarted; they come in order. */
  restore(slot: number, isRedelivered: boolean, propertyFlags: number, bodySize: number, returnCount: number): void {
    this.features?.restoreCount(slot, isRedelivered, returnCount);
    const hasHeaders = (propertyFlags & FLAG_HEADERS) !== 0;
    if (hasHeaders && this.restoreByHeaders(slot, isRedelivered, propertyFlags)) return;
    if (!isRedelivered) this.features?.restoreDueBefore(slot);
    this.restoreReady(slot, isRedelivered, propertyFlags, bodySize);
  }

  /** Puts a message back that was delayed, and would have been ready by now. */
  restoreLate(slot: number, propertyFlags: number, bodySize: number): void {
    this.messages.expectLate();
    this.restoreReady(slot, false, propertyFlags, bodySize);
  }

  private restoreReady(slot: number, isRedelivered: boolean, propertyFlags: number, bodySize: number): void {
    const hasPriority = (propertyFlags & FLAG_PRIORITY) !== 0 && this.messages.hasPriorities;
    this.messages.restore(slot, isRedelivered, hasPriority ? this.priorityOf(slot) : 0);
    this.readyOctets += bodySize;
    if ((propertyFlags & FLAG_EXPIRATION) !== 0) this.expectExpiration();
    this.features?.restored();
  }

  private restoreByHeaders(slot: number, isRedelivered: boolean, propertyFlags: number): boolean {
    if (this.features === undefined) {
      const { outgoing } = this;
      this.store.read(slot, outgoing);
      if (!hasDelay(scanProperties(outgoing.header, outgoing.headerStart, outgoing.headerEnd))) return false;
      this.features = this.newFeatures();
    }
    return this.features.restore(slot, isRedelivered, propertyFlags);
  }

  private priorityOf(slot: number): number {
    const { outgoing } = this;
    this.store.read(slot, outgoing);
    return priorityIn(outgoing.header, outgoing.headerStart);
  }

  /**
   * Drops all messages that are ready, or are going to be: from now on they are not in the queue. Unacknowledged ones stay.
   * They are released in slices of time.
   */
  purge(): Purge {
    const dropped = this.takeAll();
    const { count } = dropped;
    return { count, released: dropped.releaseInSlices(this.environment.clock, (slot) => this.discard(slot)) };
  }

  private takeAll(): DroppedMessages {
    this.readyOctets = 0;
    return new DroppedMessages(this.features?.takeDelayed() ?? [], this.messages.takeAll());
  }

  pause(): void {
    this.consumers.pause();
  }

  /** What has waited goes out with the next `DispatchSchedule.run`. */
  resume(): void {
    this.consumers.resume();
  }

  rejoin(consumer: Consumer): void {
    this.consumers.enter(consumer);
  }

  /** Adds a consumer. Nothing is delivered to it before the next `DispatchSchedule.run`, so that the caller can answer first. */
  subscribe(outlet: Outlet, options: ConsumerOptions): Consumer {
    const { consumers } = this;
    const [first] = consumers;
    if (first?.exclusive || (options.exclusive && (first !== undefined || consumers.isSingleActive))) {
      throw new AmqpError('ACCESS_REFUSED', `${this} in exclusive use`);
    }
    const consumer = new Consumer(this, outlet, options);
    consumers.add(consumer);
    return consumer;
  }

  /**
   * Removes a consumer; what it has not acknowledged stays with its channel. Another one may be the active one now.
   */
  unsubscribe(consumer: Consumer): void {
    consumer.isCancelled = true;
    this.consumers.remove(consumer);
    if (this.consumers.count === 0) this.used();
  }

  /**
   * Drops the messages; returns how many were ready. The vhost removes the bindings. They are released in slices of time, and
   * no acknowledgements are written: recovery drops messages of unknown queues.
   */
  delete(): number {
    this.isDeleted = true;
    const { readyCount } = this;
    const dropped = this.takeAll();
    this.features?.close();
    const { store, environment } = this;
    dropped.releaseInSlices(environment.clock, (slot) => store.release(slot, NO_QUEUE))?.catch(() => undefined);
    return readyCount;
  }

  /** Tells the consumers of a deleted queue that nothing more will come. */
  cancelConsumers(): void {
    for (const consumer of this.consumers) {
      this.unsubscribe(consumer);
      consumer.outlet.cancelledByServer(consumer);
    }
  }
}
