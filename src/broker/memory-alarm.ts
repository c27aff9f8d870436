import type { MessageStore } from '../storage/message-store.ts';

/** The alarm is over when memory has fallen to this part of the limit, so that it does not flutter. */
const CLEAR_FRACTION = 0.9;

/** Who must stop publishing while the alarm is on. */
export interface AlarmListener {
  memoryFreed(): void;
}

/** Rings when messages take more memory than they may; then publishers wait until consumers have made room. */
export class MemoryAlarm {
  isRaised = false;
  /** Memory of messages that are still on their way in, and so not in the store yet. */
  unfinishedOctets = 0;
  private readonly store: MessageStore;
  private readonly limitOctets: number;
  private readonly waiting = new Set<AlarmListener>();

  constructor(store: MessageStore, limitOctets: number) {
    this.store = store;
    this.limitOctets = limitOctets;
  }

  /** Compares memory with the limit. Cheap: called whenever a chunk was read or output sent. */
  check(): void {
    const used = this.store.occupiedOctets + this.unfinishedOctets;
    if (!this.isRaised) this.isRaised = used > this.limitOctets;
    else if (used <= this.limitOctets * CLEAR_FRACTION) this.clear();
  }

  /** Calls the listener when the alarm is over. */
  wait(listener: AlarmListener): void {
    this.waiting.add(listener);
  }

  forget(listener: AlarmListener): void {
    this.waiting.delete(listener);
  }

  private clear(): void {
    this.isRaised = false;
    const listeners = [...this.waiting];
    this.waiting.clear();
    for (const listener of listeners) listener.memoryFreed();
  }
}
