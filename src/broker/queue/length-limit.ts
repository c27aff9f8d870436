import type { Message } from '../../protocol/message.ts';
import type { QueueSettings } from './queue-settings.ts';

/** How much is ready in a queue. */
export interface CountedQueue {
  readonly readyCount: number;
  readonly readyOctets: number;
}

/** How many ready messages a queue may have, and how many octets their bodies may have together. */
export class LengthLimit {
  private readonly queue: CountedQueue;
  private maxLength = Number.POSITIVE_INFINITY;
  private maxOctets = Number.POSITIVE_INFINITY;
  private dropsFirst = true;

  constructor(queue: CountedQueue) {
    this.queue = queue;
  }

  configure({ maxLength, maxLengthOctets, overflow }: QueueSettings): void {
    this.maxLength = maxLength ?? Number.POSITIVE_INFINITY;
    this.maxOctets = maxLengthOctets ?? Number.POSITIVE_INFINITY;
    this.dropsFirst = overflow === 'drop-head';
  }

  private get isNeeded(): boolean {
    return this.maxOctets !== Number.POSITIVE_INFINITY || this.maxLength !== Number.POSITIVE_INFINITY;
  }

  /** Whether messages that would be too many are refused, rather than the first ones dropped. */
  get mayRefuse(): boolean {
    return this.isNeeded && !this.dropsFirst;
  }

  refuses(message: Message): boolean {
    if (!this.mayRefuse) return false;
    return this.queue.readyCount + 1 > this.maxLength || this.queue.readyOctets + message.bodySize > this.maxOctets;
  }

  /** Whether the first message has to make room for the others. */
  get isExceeded(): boolean {
    return this.dropsFirst && (this.queue.readyCount > this.maxLength || this.queue.readyOctets > this.maxOctets);
  }
}
