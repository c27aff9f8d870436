import type { Consumer } from '../../broker/consumer.ts';
import type { Dispatcher, DispatchSchedule } from '../../broker/queue/dispatch-schedule.ts';
import { violated } from '../../observe/invariants.ts';

/**
 * Without a limit of its own a channel may have this many deliveries unacknowledged: each takes 32 octets, and holds its message.
 * A client that acknowledges never has a million of them.
 */
export const MOST_UNACKED = 2 ** 20;

/**
 * How many deliveries may be unacknowledged on a channel, all its consumers together (basic.qos with global=true). Those that
 * it keeps waiting are served in turn, so that none of their queues starves: what is free is for whoever waits longest.
 */
export class ChannelPrefetch implements Dispatcher {
  isDue = false;
  isWatched = false;
  /** 0: there is none. */
  limit = 0;
  private capacity = MOST_UNACKED;
  /** Unacknowledged deliveries to consumers: what basic.get took does not count. */
  used = 0;
  private readonly schedule: DispatchSchedule;
  /** The one that waits longest comes first. */
  private readonly waiting = new Set<Consumer>();
  /** Whose turn it is. */
  private served: Consumer | undefined;

  constructor(schedule: DispatchSchedule) {
    this.schedule = schedule;
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.capacity = limit === 0 ? MOST_UNACKED : limit;
    this.scheduleIfRoom();
  }

  /** Whether the consumer can take a delivery, be it one that needs no acknowledgement; else it is served later. */
  admits(consumer: Consumer): boolean {
    if (this.hasRoom && (this.waiting.size === 0 || consumer === this.served)) return true;
    this.waiting.add(consumer);
    return false;
  }

  /** A delivery is not unacknowledged any more. */
  giveBack(): void {
    if (this.used < 1) violated(`more is given back to ${this} than was taken`);
    this.used--;
    if (this.waiting.size > 0) this.scheduleIfRoom();
  }

  keepsWaiting(consumer: Consumer): boolean {
    return this.waiting.size > 0 && this.waiting.has(consumer);
  }

  forget(consumer: Consumer): void {
    this.waiting.delete(consumer);
  }

  /** Ends: a consumer that is served takes what is free, or waits for its queue. */
  pump(): void {
    try {
      for (const consumer of this.waiting) {
        if (!this.hasRoom) return;
        this.waiting.delete(consumer);
        this.served = consumer;
        consumer.resume();
        consumer.queue.pump();
      }
    } finally {
      this.served = undefined;
    }
  }

  get isStalled(): boolean {
    return this.waiting.size > 0 && this.hasRoom;
  }

  toString(): string {
    return `a channel's prefetch limit of ${this.capacity}`;
  }

  private get hasRoom(): boolean {
    return this.used < this.capacity;
  }

  private scheduleIfRoom(): void {
    if (this.isStalled) this.schedule.add(this);
  }
}
