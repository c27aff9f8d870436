import { Message } from '../../protocol/message.ts';
import type { MessageStore } from '../../storage/message-store.ts';
import type { QueueSettings } from './queue-settings.ts';

/** The ready messages of a queue, as far as they are counted. */
export interface CountedQueue {
  readonly readyCount: number;
  forEachReady(visit: (slot: number) => void): void;
}

/**
 * How many ready messages a queue may have, and how many octets their bodies may have together. Octets are counted only as
 * long as they are limited.
 */
export class LengthLimit {
  private readonly queue: CountedQueue;
  private readonly store: MessageStore;
  private readonly view = new Message();
  private maxLength = Number.POSITIVE_INFINITY;
  private maxOctets = Number.POSITIVE_INFINITY;
  private dropsFirst = true;
  private readyOctets = 0;

  constructor(queue: CountedQueue, store: MessageStore) {
    this.queue = queue;
    this.store = store;
  }

  configure({ maxLength, maxLengthOctets, overflow }: QueueSettings): void {
    const wasCounting = this.countsOctets;
    this.maxLength = maxLength ?? Number.POSITIVE_INFINITY;
    this.maxOctets = maxLengthOctets ?? Number.POSITIVE_INFINITY;
    this.dropsFirst = overflow === 'drop-head';
    if (wasCounting || !this.countsOctets) return;
    this.readyOctets = 0;
    this.queue.forEachReady((slot) => this.added(slot));
  }

  private get countsOctets(): boolean {
    return this.maxOctets !== Number.POSITIVE_INFINITY;
  }

  get isNeeded(): boolean {
    return this.countsOctets || this.maxLength !== Number.POSITIVE_INFINITY;
  }

  /** Whether messages that would be too many are refused, rather than the first ones dropped. */
  get mayRefuse(): boolean {
    return this.isNeeded && !this.dropsFirst;
  }

  refuses(message: Message): boolean {
    if (!this.mayRefuse) return false;
    return this.queue.readyCount + 1 > this.maxLength || this.readyOctets + message.bodySize > this.maxOctets;
  }

  /** Whether the first message has to make room for the others. */
  get isExceeded(): boolean {
    return this.dropsFirst && (this.queue.readyCount > this.maxLength || this.readyOctets > this.maxOctets);
  }

  /** The message is ready from now on. */
  added(slot: number): void {
    if (this.countsOctets) this.readyOctets += this.bodySize(slot);
  }

  /** The same for one that is at hand. */
  addedMessage({ bodySize }: Message): void {
    this.readyOctets += bodySize;
  }

  /** The message is not ready any more. */
  taken(slot: number): void {
    if (this.countsOctets) this.readyOctets -= this.bodySize(slot);
  }

  private bodySize(slot: number): number {
    const { view } = this;
    this.store.readHeader(slot, view);
    return view.bodySize;
  }
}
