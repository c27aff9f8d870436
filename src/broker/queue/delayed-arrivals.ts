import { delayMsOf } from '../../protocol/delay-header.ts';
import { Message } from '../../protocol/message.ts';
import { hasDelay, scanProperties } from '../../protocol/property-scan.ts';
import { readOrRelease } from '../../storage/message/damaged-message.ts';
import { DelayedMessages } from './delayed-messages.ts';
import type { QueueEnvironment } from './queue-environment.ts';

/** The queue's own reference goes with the message; this one was only for the time that it had to wait. */
const NO_QUEUE = 0;

/**
 * Messages that are in a queue and not ready, since their header x-delay says so: for its milliseconds from when they came.
 * Then each goes where it would have gone at once.
 */
export class DelayedArrivals {
  private readonly environment: QueueEnvironment;
  private readonly waiting: DelayedMessages;
  private readonly stored = new Message();
  private nextSequence = 0;

  /** @param arrive puts a message into the queue whose time has come */
  constructor(environment: QueueEnvironment, arrive: (message: Message) => void) {
    this.environment = environment;
    this.waiting = new DelayedMessages(environment.clock, {
      due: (slot) => {
        const { store } = environment;
        if (!readOrRelease(store, slot, this.stored)) return;
        this.stored.isDelayed = false;
        arrive(this.stored);
        store.release(slot, NO_QUEUE);
      },
      dueDone: () => undefined,
    });
  }

  /** How many wait. */
  get count(): number {
    return this.waiting.length;
  }

  /** What the bodies of those that wait have together. */
  get octets(): number {
    return this.waiting.octets;
  }

  /** Keeps the message if it has to wait; returns whether it does. */
  take(message: Message): boolean {
    const delayMs = delayMsOf(message);
    if (delayMs === 0) return false;
    const { store } = this.environment;
    const slot = store.hold(message);
    this.waiting.push(slot, this.nextSequence++, message.bodySize, store.timestampMs(slot) + delayMs);
    return true;
  }

  /**
   * The same for one that was there before a restart, and was never delivered: it is due when it would have been. If that is over, it is
   * due at once, and not put to the position in which it came: delivered messages may stand behind that.
   */
  restore(slot: number): boolean {
    const { store } = this.environment;
    const { stored } = this;
    store.read(slot, stored);
    if (!hasDelay(scanProperties(stored.header, stored.headerStart, stored.headerEnd))) return false;
    const delayMs = delayMsOf(stored);
    if (delayMs === 0) return false;
    this.waiting.push(slot, this.nextSequence++, stored.bodySize, store.timestampMs(slot) + delayMs);
    return true;
  }

  /** Takes out what was due before the message came that is in the slot. */
  restoreDueBefore(slot: number, restore: (slot: number) => void): void {
    this.waiting.takeDueBefore(this.environment.store.timestampMs(slot), restore);
  }

  /** Takes out all messages; returns their slots. */
  takeAll(): Uint32Array {
    return this.waiting.takeAll();
  }
}
