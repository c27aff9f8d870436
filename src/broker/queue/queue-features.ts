import type { Message } from '../../protocol/message.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import { type DeadLetterQueue, DeadLetters } from './dead-letters.ts';
import { DelayedArrivals } from './delayed-arrivals.ts';
import { DistinctMessages } from './distinct-messages.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import type { QueueSettings } from './queue-settings.ts';

/** A reference that is no queue's. */
const NO_QUEUE = 0;

/** The plain queue that features act on. */
export interface PlainQueue extends DeadLetterQueue {
  readonly readyCount: number;
  readonly unackedCount: number;
  /** Hands the message to a consumer at once, or keeps it. Returns false if it waits although there are consumers. */
  enqueue(message: Message): boolean;
  /** Has nothing to do with a message that was published to it. */
  ignore(message: Message): void;
  /** Puts a message that was taken out back to its position. */
  putBack(slot: number, sequence: number): void;
}

/**
 * What a queue does beyond keeping messages in order and handing them out. A queue has none of this unless its settings or a
 * message ask for some of it; each part is a file of its own. The order in which the parts act on a message:
 *
 *     arrives    →  `arrive`        a duplicate is dropped; kept until its delay is over, then as in a plain queue
 *     first      →  `prepareFirst`  whether there is something to be delivered
 *     comes back →  `returned`      back to its position
 *     rejected   →  `rejected`      a dead letter
 */
export class QueueFeatures {
  private readonly queue: PlainQueue;
  private readonly deadLetters: DeadLetters;
  private readonly environment: QueueEnvironment;
  private readonly delayed: DelayedArrivals;
  private distinct: DistinctMessages | undefined;

  constructor(queue: PlainQueue, environment: QueueEnvironment) {
    this.queue = queue;
    this.environment = environment;
    this.deadLetters = new DeadLetters(queue, environment);
    this.delayed = new DelayedArrivals(environment, (message) => queue.enqueue(message));
  }

  /** Puts the settings into force; what is known of the messages stays. Returns whether there is anything to do. */
  configure({ deadLetterExchange, deduplicationHeader }: QueueSettings): boolean {
    if (deduplicationHeader === undefined) this.distinct = undefined;
    else this.distinct ??= new DistinctMessages(deduplicationHeader);
    return deadLetterExchange !== undefined || this.distinct !== undefined || this.delayed.count > 0;
  }

  /** How many messages are not ready yet. */
  get delayedCount(): number {
    return this.delayed.count;
  }

  /** A message was published to the queue. Returns false if it waits although there are consumers. */
  arrive(message: Message): boolean {
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
    const isKeepingUp = this.admit(message);
    if (this.messageCount > countBefore) this.distinct!.entered(slot, identity); // else it is with a consumer, for good
    store.release(slot, NO_QUEUE);
    return isKeepingUp;
  }

  private get messageCount(): number {
    return this.queue.readyCount + this.queue.unackedCount + this.delayed.count;
  }

  private admit(message: Message): boolean {
    if (message.isDelayed && this.delayed.take(message)) return true;
    return this.queue.enqueue(message);
  }

  /** A message was there before a restart. Returns whether it has to wait before it is ready. */
  restore(slot: number, propertyFlags: number): boolean {
    if ((propertyFlags & FLAG_HEADERS) === 0) return false;
    const identity = this.distinct?.identityOf(this.stored(slot));
    if (identity !== undefined) this.distinct!.entered(slot, identity);
    return this.delayed.restore(slot);
  }

  private stored(slot: number): Message {
    const { store, outgoing } = this.environment;
    store.read(slot, outgoing);
    return outgoing;
  }

  /** The message is not in the queue any more. */
  left(slot: number): void {
    this.distinct?.left(slot);
  }

  /** Drops what is not ready yet; returns how many. */
  purge(drop: (slot: number) => void): number {
    const { count } = this.delayed;
    this.delayed.clear(drop);
    return count;
  }

  /** The first message is about to be handed out. Returns whether there is one. */
  prepareFirst(): boolean {
    return this.queue.readyCount > 0;
  }

  /** @param isFailure a consumer has asked for it, rather than left with it */
  returned(slot: number, sequence: number, _isFailure: boolean): void {
    this.queue.putBack(slot, sequence);
  }

  rejected(slot: number): void {
    this.deadLetters.add(slot, 'rejected');
  }

  /** Lets go of what waits for a time: the queue is gone. */
  close(): void {
    this.delayed.clear((slot) => this.environment.store.release(slot, NO_QUEUE));
  }
}
