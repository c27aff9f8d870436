import { Message } from '../../protocol/message.ts';
import { expirationIn } from '../../protocol/property-scan.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { Alarm, type Clock } from '../../time/clock.ts';

/**
 * When the first message of a queue is too old to be delivered: after the queue's time to live or the message's own, whichever
 * is less. Others are too old only once they are the first, so there is one timer a queue.
 */
export class MessageTtl {
  private readonly store: MessageStore;
  private readonly clock: Clock;
  private readonly alarm: Alarm;
  private readonly view = new Message();
  private queueTtlMs = Number.POSITIVE_INFINITY;
  /** There may be messages with a time to live of their own. */
  private hasExpirations = false;

  /** @param examine looks at the queue's first message again */
  constructor(store: MessageStore, clock: Clock, examine: () => void) {
    this.store = store;
    this.clock = clock;
    this.alarm = new Alarm(clock, examine);
  }

  configure(queueTtlMs: number | undefined): void {
    this.queueTtlMs = queueTtlMs ?? Number.POSITIVE_INFINITY;
  }

  expectExpirations(): void {
    this.hasExpirations = true;
  }

  get isNeeded(): boolean {
    return this.hasExpirations || this.queueTtlMs !== Number.POSITIVE_INFINITY;
  }

  /** Whether the first message's time is over; if not, the queue will be looked at again when it is. */
  isOver(slot: number): boolean {
    if (!this.isNeeded) return false;
    const ttlMs = this.hasExpirations ? Math.min(this.queueTtlMs, this.ownTtlMs(slot)) : this.queueTtlMs;
    if (ttlMs === Number.POSITIVE_INFINITY) return false;
    const expiresAtMs = this.store.timestampMs(slot) + ttlMs;
    if (expiresAtMs <= this.clock.nowMs) return true;
    this.alarm.setAt(expiresAtMs);
    return false;
  }

  private ownTtlMs(slot: number): number {
    const { view } = this;
    this.store.readHeader(slot, view);
    return expirationIn(view) ?? Number.POSITIVE_INFINITY;
  }

  close(): void {
    this.alarm.cancel();
  }
}
