import { violated } from '../../observe/invariants.ts';

const INITIAL_CAPACITY = 16;
/** An emptied index keeps its memory up to this capacity, so that a queue that fills and drains does not reallocate. */
const KEPT_CAPACITY = 4096;

/**
 * The messages that wait in a queue, in order: a ring of slots, four octets a message. Messages leave it at the head
 * only; those that come back go to the ReturnedHeap, which is served first.
 */
export class ReadyIndex {
  length = 0;
  private slots = new Uint32Array(INITIAL_CAPACITY);
  private head = 0;

  push(slot: number): void {
    if (this.length === this.slots.length) this.resize(this.length * 2);
    this.slots[(this.head + this.length) & (this.slots.length - 1)] = slot;
    this.length++;
  }

  /** The slot at the head; there must be one. */
  get first(): number {
    return this.slots[this.head]!;
  }

  /** Takes out the slot at the head; there must be one. */
  shift(): number {
    if (this.length === 0) violated('a message is taken out of a queue that has none');
    const slot = this.slots[this.head]!;
    this.head = (this.head + 1) & (this.slots.length - 1);
    this.length--;
    if (this.length === 0 && this.slots.length > KEPT_CAPACITY) this.resize(INITIAL_CAPACITY);
    return slot;
  }

  /** The slot at a position from the head on. */
  at(index: number): number {
    return this.slots[(this.head + index) & (this.slots.length - 1)]!;
  }

  /** Takes out the slots at these positions, given in ascending order. Those before them move up: a step for each. */
  remove(indexes: readonly number[]): void {
    if (indexes.length === 0) return;
    const { slots, head } = this;
    const mask = slots.length - 1;
    let next = indexes.length - 1;
    let to = indexes[next]!;
    for (let from = to; from >= 0; from--) {
      if (indexes[next] === from) next--;
      else slots[(head + to--) & mask] = slots[(head + from) & mask]!;
    }
    this.head = (head + indexes.length) & mask;
    this.length -= indexes.length;
    if (this.length === 0 && slots.length > KEPT_CAPACITY) this.resize(INITIAL_CAPACITY);
  }

  private resize(capacity: number): void {
    const larger = new Uint32Array(capacity);
    const untilEnd = Math.min(this.length, this.slots.length - this.head);
    larger.set(this.slots.subarray(this.head, this.head + untilEnd));
    larger.set(this.slots.subarray(0, this.length - untilEnd), untilEnd);
    this.slots = larger;
    this.head = 0;
  }
}
