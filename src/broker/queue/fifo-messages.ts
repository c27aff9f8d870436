import { ReadyIndex } from './ready-index.ts';
import { ReturnedHeap } from './returned-heap.ts';

/**
 * A queue's ready messages in the order of their delivery. Each has a sequence number, its position for good:
 *
 *     returned (heap)          ready (ring)
 *     ┌────┬────┬─────┐        ┌────┬────┬────┬────┐
 *     │ 17 │ 19 │ 20  │        │ 24 │ 25 │ 26 │ 27 │ ← push
 *     └────┴────┴─────┘        └────┴────┴────┴────┘
 *       first, redelivered       then these, numbered up to `nextSequence`
 */
export class FifoMessages {
  private readonly ready = new ReadyIndex();
  private readonly returned = new ReturnedHeap();
  private nextSequence = 0;
  /** How many there are: kept, since it is asked for at every message. */
  length = 0;

  /** The sequence number of a message that does not wait. */
  pass(): number {
    return this.nextSequence++;
  }

  push(slot: number): void {
    this.nextSequence++;
    this.length++;
    this.ready.push(slot);
  }

  /** Whether the first message was delivered before. */
  get isFirstReturned(): boolean {
    return this.returned.length > 0;
  }

  /** The slot of the first message; there must be one. */
  get first(): number {
    return this.returned.length > 0 ? this.returned.first : this.ready.first;
  }

  /** The sequence number of the first message, or of the next one to come. */
  get firstSequence(): number {
    return this.returned.length > 0 ? this.returned.firstSequence : this.nextSequence - this.ready.length;
  }

  /** Takes out the first message and returns its slot; there must be one. */
  shift(): number {
    this.length--;
    return this.returned.length > 0 ? this.returned.shift() : this.ready.shift();
  }

  /** Puts a message back to the position that it had. */
  putBack(slot: number, sequence: number): void {
    this.length++;
    this.returned.push(sequence, slot);
  }

  /**
   * Adds a message that was there before a restart; they come in order. What was delivered before is redelivered, and so is
   * everything that stands before it.
   */
  restore(slot: number, isRedelivered: boolean): void {
    const sequence = this.nextSequence++;
    this.length++;
    if (!isRedelivered) {
      this.ready.push(slot);
      return;
    }
    for (let first = sequence - this.ready.length; this.ready.length > 0; first++) {
      this.returned.push(first, this.ready.shift());
    }
    this.returned.push(sequence, slot);
  }
}
