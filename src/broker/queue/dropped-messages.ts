import type { Clock } from '../../time/clock.ts';
import { inSlices } from '../../time/in-slices.ts';
import type { DetachedMessages } from './ready-messages.ts';

const NONE: DetachedMessages = { length: 0, shift: () => 0 };

/** What was taken out of a queue to be dropped: messages that waited for a time of their own, and ready ones. */
export class DroppedMessages {
  private readonly delayed: Uint32Array[];
  private readonly ready: DetachedMessages;
  private place = 0;

  constructor(delayed: readonly Uint32Array[], ready: DetachedMessages = NONE) {
    this.delayed = delayed.filter(({ length }) => length > 0);
    this.ready = ready;
  }

  get count(): number {
    return this.delayed.reduce((sum, { length }) => sum + length, this.ready.length);
  }

  /**
   * Calls `release` with each slot, in slices of time.
   * @returns resolves when there are none left; undefined: that is so already
   */
  releaseInSlices(clock: Clock, release: (slot: number) => void): Promise<void> | undefined {
    return inSlices(clock, () => {
      const slot = this.next();
      if (slot === undefined) return false;
      release(slot);
      return true;
    });
  }

  private next(): number | undefined {
    if (this.ready.length > 0) return this.ready.shift();
    const [slots] = this.delayed;
    if (slots === undefined) return undefined;
    const slot = slots[this.place++];
    if (this.place === slots.length) {
      this.delayed.shift();
      this.place = 0;
    }
    return slot;
  }
}
