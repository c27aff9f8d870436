import type { Clock } from '../../time/clock.ts';
import { DelayedMessages, type DueListener } from './delayed-messages.ts';
import type { QueueSettings } from './queue-settings.ts';

/** The queue whose messages wait. */
export interface RetryingQueue {
  readonly settings: QueueSettings;
}

/**
 * Messages that came back and wait before they are ready again, so that what has just failed is not tried at once: the longer,
 * the more often they came back. They do not wait over a restart.
 */
export class DelayedRetry {
  private readonly queue: RetryingQueue;
  private readonly clock: Clock;
  private readonly waiting: DelayedMessages;

  /** @param listener puts messages back to their positions, when their time has come */
  constructor(queue: RetryingQueue, clock: Clock, listener: DueListener) {
    this.queue = queue;
    this.clock = clock;
    this.waiting = new DelayedMessages(clock, listener);
  }

  /** How many wait. */
  get count(): number {
    return this.waiting.length;
  }

  /** What the bodies of those that wait have together. */
  get octets(): number {
    return this.waiting.octets;
  }

  /**
   * Keeps a message that came back if it has to wait; returns whether it does.
   *
   * @param returnCount how often it came back by now
   * @param isFailure a consumer has asked for it, rather than left with it
   */
  take(slot: number, sequence: number, bodySize: number, returnCount: number, isFailure: boolean): boolean {
    const {
      delayedRetryType,
      delayedRetryMinMs = 0,
      delayedRetryMaxMs = Number.POSITIVE_INFINITY,
    } = this.queue.settings;
    const delayMs = Math.min(delayedRetryMinMs * returnCount, delayedRetryMaxMs);
    if (delayMs === 0 || !isConcerned(delayedRetryType, isFailure)) return false;
    this.waiting.push(slot, sequence, bodySize, this.clock.nowMs + delayMs);
    return true;
  }

  /** Takes out all messages; returns their slots. */
  takeAll(): Uint32Array {
    return this.waiting.takeAll();
  }
}

function isConcerned(type: QueueSettings['delayedRetryType'], isFailure: boolean): boolean {
  return type === 'all' || type === (isFailure ? 'failed' : 'returned');
}
