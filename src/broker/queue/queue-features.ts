import { reportDefect } from '../../observe/invariants.ts';
import type { Message } from '../../protocol/message.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import { type DeadLetterQueue, DeadLetters } from './dead-letters.ts';
import { DelayedArrivals } from './delayed-arrivals.ts';
import { DelayedRetry, type RetryingQueue } from './delayed-retry.ts';
import { DeliveryCounts } from './delivery-counts.ts';
import { isDiskFailure } from './disk-failure.ts';
import { DistinctMessages } from './distinct-messages.ts';
import { type CountedQueue, LengthLimit } from './length-limit.ts';
import { MessageTtl } from './message-ttl.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import { QueueExpiry } from './queue-expiry.ts';
import type { QueueSettings } from './queue-settings.ts';
import type { DeathReason } from './x-death.ts';

/** A reference that is no queue's. */
const NO_QUEUE = 0;
const NO_SLOT = -1;

/** The plain queue that features act on. */
export interface PlainQueue extends DeadLetterQueue, CountedQueue, RetryingQueue {
  readonly durableId: number;
  readonly unackedCount: number;
  readonly consumerCount: number;
  /** The slot of the first message; there must be one. */
  readonly first: number;
  /** Hands the message to a consumer at once, or keeps it. Returns false if it waits although there are consumers. */
  enqueue(message: Message): boolean;
  /** The next message to be enqueued had to wait, and others have come since. */
  expectLate(): void;
  /** Puts a message back that was there before a restart, delayed, and would have been ready by now. */
  restoreLate(slot: number, propertyFlags: number, bodySize: number): void;
  /** Looks at the first message, and delivers what can be delivered. */
  pump(): void;
  /** Has nothing to do with a message that was published to it. */
  ignore(message: Message): void;
  /** Takes the first message out and returns its slot; there must be one. */
  takeFirst(): number;
  /** Puts a message that was taken out back to its position. */
  putBack(slot: number, sequence: number, bodySize: number): void;
  /** Deletes the queue, because its time is over. */
  expire(): void;
}

/** So many messages are dropped in one go; then others have their turn. */
const DROPPED_AT_ONCE = 4096;

/**
 * What a queue does beyond keeping messages in order and handing them out. A queue has none of this unless its settings or a
 * message ask for some of it; each part is a file of its own. The order in which the parts act on a message:
 *
 *     arrives    →  `arrive`        refused, where it is too many; a duplicate is dropped; kept until its delay is over
 *     is due     →  `keep`          kept as in a plain queue; then the first as below
 *     first      →  `prepareFirst`  dropped, where there are too many or its time is over; else there to be delivered
 *     leaves     →  `taken`         not counted as ready any more
 *     goes out   →  `show`          with the count of its deliveries, if it was there before
 *     comes back →  `returned`      counted; a dead letter, if that was too often; back to its position, after a while
 *     rejected   →  `rejected`      a dead letter
 */
export class QueueFeatures {
  private readonly queue: PlainQueue;
  private readonly environment: QueueEnvironment;
  private readonly deadLetters: DeadLetters;
  private readonly delayed: DelayedArrivals;
  private readonly retry: DelayedRetry;
  private distinct: DistinctMessages | undefined;
  private deliveryCounts: DeliveryCounts | undefined;
  private readonly lengthLimit: LengthLimit;
  private readonly ttl: MessageTtl;
  private readonly expiry: QueueExpiry;
  private droppedCount = 0;
  private isExaminationDue = false;
  /** There are more to drop than in one go: nothing is delivered before the next. */
  private awaitsNextGo = false;

  constructor(queue: PlainQueue, environment: QueueEnvironment) {
    const { store, clock } = environment;
    this.queue = queue;
    this.environment = environment;
    this.deadLetters = new DeadLetters(queue, environment);
    this.delayed = new DelayedArrivals(environment, (message) => {
      queue.expectLate();
      this.keep(message);
    });
    this.retry = new DelayedRetry(queue, clock, {
      due: (slot, sequence, bodySize) => queue.putBack(slot, sequence, bodySize),
      dueDone: () => queue.pump(),
    });
    this.lengthLimit = new LengthLimit(queue);
    this.ttl = new MessageTtl(store, clock, () => this.examine());
    this.expiry = new QueueExpiry(
      clock,
      () => queue.consumerCount > 0,
      () => queue.expire(),
    );
  }

  /** Puts the settings into force; what is known of the messages stays. Returns whether there is anything to do. */
  configure(settings: QueueSettings): boolean {
    const { deduplicationHeader } = settings;
    const { lengthLimit, ttl, expiry } = this;
    if (deduplicationHeader === undefined) this.distinct = undefined;
    else this.distinct ??= new DistinctMessages(deduplicationHeader);
    if (countsDeliveries(settings)) this.deliveryCounts ??= new DeliveryCounts(this.queue, this.environment.store);
    else this.deliveryCounts = undefined;
    lengthLimit.configure(settings);
    ttl.configure(settings.messageTtlMs);
    expiry.configure(settings.expiresMs);
    if (this.queue.readyCount > 0) this.examineSoon();
    return needsFeatures(settings) || ttl.isNeeded || this.delayedCount > 0;
  }

  /** Whether nothing is delivered now, since there is very much to drop first. */
  get isDropping(): boolean {
    return this.awaitsNextGo;
  }

  /** How many messages are not ready yet. */
  get delayedCount(): number {
    return this.delayed.count + this.retry.count;
  }

  /** Whether there are messages that later ones may overtake. */
  get awaitsArrivals(): boolean {
    return this.delayed.count > 0;
  }

  /** What the bodies of these have together. */
  get delayedOctets(): number {
    return this.delayed.octets + this.retry.octets;
  }

  /** A message with a time to live of its own may come. */
  expectExpirations(): void {
    this.ttl.expectExpirations();
  }

  /** Whether there may be messages that the queue does not take in. */
  get mayRefuse(): boolean {
    return this.lengthLimit.mayRefuse || this.distinct !== undefined;
  }

  /** Whether the message would be refused now. */
  refuses(message: Message): boolean {
    return this.lengthLimit.refuses(message);
  }

  /** Whether there is a message like it. */
  isDuplicate(message: Message): boolean {
    const identity = this.distinct?.identityOf(message);
    return identity !== undefined && this.distinct!.has(identity);
  }

  /** The queue does not take the message in. */
  refuse(message: Message): void {
    const { queue, environment } = this;
    const { overflow, deadLetterExchange } = queue.settings;
    if (overflow === 'reject-publish' || deadLetterExchange === undefined) queue.ignore(message);
    else this.deadLetters.add(environment.store.hold(message), 'maxlen');
  }

  /** A message was published to the queue. Returns false if it waits although there are consumers. */
  arrive(message: Message): boolean {
    if (this.refuses(message)) {
      this.refuse(message);
      return true;
    }
    const identity = this.distinct?.identityOf(message);
    return identity === undefined ? this.admit(message) : this.arriveOnce(message, identity);
  }

  private arriveOnce(message: Message, identity: string): boolean {
    if (this.distinct!.has(identity)) {
      this.queue.ignore(message);
      return true;
    }
    const { store } = this.environment;
    const slot = store.hold(message);
    const countBefore = this.messageCount;
    this.distinct!.entered(slot, identity);
    const isKeepingUp = this.admit(message);
    if (this.messageCount === countBefore) this.distinct!.left(slot); // it is with a consumer, for good
    store.release(slot, NO_QUEUE);
    return isKeepingUp;
  }

  /** How many messages are or were there, except for those that consumers have had. */
  private get messageCount(): number {
    return this.queue.readyCount + this.queue.unackedCount + this.delayedCount + this.droppedCount;
  }

  private admit(message: Message): boolean {
    if (message.isDelayed && this.delayed.take(message)) return true;
    return this.keep(message);
  }

  private keep(message: Message): boolean {
    const { queue, lengthLimit } = this;
    const { readyCount } = queue;
    const first = readyCount > 0 ? queue.first : NO_SLOT;
    const isKeepingUp = queue.enqueue(message);
    if (queue.readyCount > readyCount) {
      if (lengthLimit.isExceeded || queue.first !== first) this.lookAtFirst(); // a first one of before was looked at before
    }
    return isKeepingUp;
  }

  /** A message was there before a restart, and had come back so often. */
  restoreCount(slot: number, isRedelivered: boolean, returnCount: number): void {
    this.deliveryCounts?.restore(slot, isRedelivered, returnCount);
  }

  /** A message was there before a restart. Returns whether it has to wait before it is ready. */
  restore(slot: number, isRedelivered: boolean, propertyFlags: number): boolean {
    if ((propertyFlags & FLAG_HEADERS) === 0) return false;
    const identity = this.distinct?.identityOf(this.stored(slot));
    if (identity !== undefined) this.distinct!.entered(slot, identity);
    return !isRedelivered && this.delayed.restore(slot);
  }

  /** A message that was there before a restart, ready and never delivered, goes behind those that were due before it came. */
  restoreDueBefore(slot: number): void {
    if (this.delayed.count === 0) return;
    this.delayed.restoreDueBefore(slot, (due) => {
      const { propertyFlags, bodySize } = this.stored(due);
      this.queue.restoreLate(due, propertyFlags, bodySize);
    });
  }

  private stored(slot: number): Message {
    const { store, outgoing } = this.environment;
    store.read(slot, outgoing);
    return outgoing;
  }

  /** The message is not in the queue any more. */
  left(slot: number): void {
    this.distinct?.left(slot);
    this.deliveryCounts?.left(slot);
  }

  /** Takes out what is not ready yet; returns the slots. */
  takeDelayed(): readonly Uint32Array[] {
    return [this.delayed.takeAll(), this.retry.takeAll()];
  }

  /** The first message is about to be handed out. Returns whether there is one. */
  prepareFirst(): boolean {
    if (this.awaitsNextGo) return false;
    const { queue } = this;
    for (let dropped = 0; queue.readyCount > 0; dropped++) {
      const reason = this.reasonToDropFirst();
      if (reason === undefined) return true;
      if (dropped === DROPPED_AT_ONCE) {
        this.awaitsNextGo = true;
        this.examineSoon();
        return false;
      }
      this.dropFirst(reason);
    }
    return false;
  }

  private dropFirst(reason: DeathReason): void {
    const slot = this.queue.takeFirst();
    this.droppedCount++;
    this.deadLetters.add(slot, reason);
  }

  private reasonToDropFirst(): DeathReason | undefined {
    if (this.lengthLimit.isExceeded) return 'maxlen';
    return this.ttl.isOver(this.queue.first) ? 'expired' : undefined;
  }

  private examineSoon(): void {
    if (this.isExaminationDue) return;
    this.isExaminationDue = true;
    this.environment.clock.soon(() => {
      this.isExaminationDue = false;
      this.examine();
    });
  }

  /** Looks at the first message, of the queue's own accord. */
  private examine(): void {
    this.awaitsNextGo = false;
    this.queue.pump();
  }

  /** Somebody has asked for the first message: the next one may be too old already, or be so soon. */
  got(): void {
    if (this.ttl.isNeeded) this.lookAtFirst(); // at once: the answer tells how many messages are left
  }

  /** That the first message can't be read is nothing to whoever has put another one in, or taken one out. */
  private lookAtFirst(): void {
    try {
      this.prepareFirst();
    } catch (error) {
      if (isDiskFailure(error)) this.examineSoon();
      else reportDefect(error, `the first message of ${this.queue.name}`);
    }
  }

  /** @param isFailure a consumer has asked for it, rather than left with it */
  returned(slot: number, sequence: number, bodySize: number, isFailure: boolean): void {
    const count = this.deliveryCounts?.add(slot) ?? 0;
    const { deliveryLimit = Number.POSITIVE_INFINITY } = this.queue.settings;
    if (count > deliveryLimit) this.deadLetters.add(slot, 'delivery_limit');
    else if (!this.retry.take(slot, sequence, bodySize, count, isFailure)) this.queue.putBack(slot, sequence, bodySize);
  }

  /** A message that was delivered before, as it is to be delivered again. */
  show(slot: number, message: Message): Message {
    return this.deliveryCounts?.show(slot, message) ?? message;
  }

  /** A message was ready before the broker was restarted. */
  restored(): void {
    this.examineSoon();
  }

  rejected(slot: number): void {
    this.deadLetters.add(slot, 'rejected');
  }

  /** Somebody asks for the queue, or its last consumer has left. */
  used(): void {
    this.expiry.used();
  }

  /** The queue is gone, and what waits for a time was taken out. */
  close(): void {
    this.ttl.close();
    this.expiry.close();
  }
}

/** Whether a queue with these settings has something to do beyond what a plain one has. */
export function needsFeatures(settings: QueueSettings): boolean {
  const { maxLength, maxLengthOctets, messageTtlMs, expiresMs, deadLetterExchange, deduplicationHeader } = settings;
  const limits = maxLength ?? maxLengthOctets ?? messageTtlMs ?? expiresMs;
  const others = deadLetterExchange ?? deduplicationHeader;
  return limits !== undefined || others !== undefined || countsDeliveries(settings);
}

function countsDeliveries({ isQuorum, deliveryLimit, delayedRetryType }: QueueSettings): boolean {
  return isQuorum || deliveryLimit !== undefined || delayedRetryType !== undefined;
}
