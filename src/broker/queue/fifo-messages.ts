import { violated } from '../../observe/invariants.ts';
import { ReadyIndex } from './ready-index.ts';
import type { ReadyMessage, ReadyMessages } from './ready-messages.ts';
import { ReturnedHeap } from './returned-heap.ts';

/**
 * The ready messages of a queue that keeps the order in which they came:
 *
 *     returned (heap)          ready (ring)
 *     ┌────┬────┬─────┐        ┌────┬────┬────┬────┐
 *     │ 17 │ 19 │ 20  │        │ 24 │ 25 │ 26 │ 27 │ ← push
 *     └────┴────┴─────┘        └────┴────┴────┴────┘
 *       first, redelivered       then these, numbered up to `nextSequence`
 */
export class FifoMessages implements ReadyMessages {
  private ready = new ReadyIndex();
  private returned = new ReturnedHeap();
  private nextSequence = 0;
  /** How many there are: kept, since it is asked for at every message. */
  length = 0;
  readonly hasPriorities = false;
  /** From this sequence number on, deliveries follow the order of arrival: what came late stands before it. */
  private inOrderFrom = 0;

  isInOrderAt(sequence: number): boolean {
    return sequence >= this.inOrderFrom;
  }

  expectLate(): void {
    this.inOrderFrom = this.nextSequence + 1;
  }

  pass(): number {
    return this.nextSequence++;
  }

  push(slot: number): void {
    this.nextSequence++;
    this.length++;
    this.ready.push(slot);
  }

  get isFirstReturned(): boolean {
    return this.returned.length > 0;
  }

  get first(): number {
    return this.returned.length > 0 ? this.returned.first : this.ready.first;
  }

  get firstSequence(): number {
    return this.returned.length > 0 ? this.returned.firstSequence : this.nextSequence - this.ready.length;
  }

  get passedCount(): number {
    return this.nextSequence - this.length;
  }

  shift(): number {
    this.length--;
    return this.returned.length > 0 ? this.returned.shift() : this.ready.shift();
  }

  takeAll(): FifoMessages {
    const taken = new FifoMessages();
    [taken.ready, taken.returned, taken.length] = [this.ready, this.returned, this.length];
    this.ready = new ReadyIndex();
    this.returned = new ReturnedHeap();
    this.length = 0;
    return taken;
  }

  putBack(slot: number, sequence: number): void {
    if (sequence >= this.nextSequence)
      violated(`message ${sequence} comes back, and only ${this.nextSequence} ever came`);
    this.length++;
    this.returned.push(sequence, slot);
  }

  /** Costs as much as there are in it, unless many have come back in disorder, which have to be sorted first. */
  list(afterSequence: number, limit: number): ReadyMessage[] {
    const { ready } = this;
    const found: ReadyMessage[] = [];
    for (const { slot, sequence } of this.returned.listAfter(afterSequence, limit)) {
      found.push({ slot, sequence, redelivered: true });
    }
    const first = this.nextSequence - ready.length;
    for (let i = Math.max(0, afterSequence + 1 - first); i < ready.length && found.length < limit; i++) {
      found.push({ slot: ready.at(i), sequence: first + i, redelivered: false });
    }
    return found;
  }

  /** What stands before them in the ring gets higher sequence numbers: nothing that is elsewhere can have these. */
  takeOut(messages: readonly ReadyMessage[]): void {
    const first = this.nextSequence - this.ready.length;
    this.ready.remove(messages.filter(({ redelivered }) => !redelivered).map(({ sequence }) => sequence - first));
    this.returned.remove(messages.filter(({ redelivered }) => redelivered));
    this.length -= messages.length;
    if (first < this.inOrderFrom) this.inOrderFrom = this.nextSequence; // the late ones may have higher numbers now
  }

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
