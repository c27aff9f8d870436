import { type ReturnedBlock, ReturnedMessages } from './returned-messages.ts';

export interface ReturnedMessage {
  readonly sequence: number;
  readonly slot: number;
}

/**
 * Messages that were delivered and came back, ordered by their original position in the queue: a binary heap of
 * sequence numbers. Everything in it was once at the head, so all of it stands before the ReadyIndex.
 */
export class ReturnedHeap {
  private messages = new ReturnedMessages();
  /** They stand in their order: that is a heap, too. */
  private isSorted = true;

  get length(): number {
    return this.messages.length;
  }

  /** The sequence number of the first message; there must be one. */
  get firstSequence(): number {
    return this.messages.sequenceAt(0);
  }

  /** The slot of the first message; there must be one. */
  get first(): number {
    return this.messages.slotAt(0);
  }

  push(sequence: number, slot: number): void {
    const { messages } = this;
    const { length } = messages;
    messages.push(sequence, slot);
    if (length === 0) return;
    if (messages.sequenceAt(length - 1) > sequence) this.isSorted = false;
    this.siftUp(length, sequence, slot);
  }

  private siftUp(from: number, sequence: number, slot: number): void {
    const { messages } = this;
    let at = from;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (messages.sequenceAt(parent) <= sequence) break;
      this.move(parent, at);
      at = parent;
    }
    if (at !== from) messages.set(at, sequence, slot);
  }

  /** Removes the first message and returns its slot; there must be one. */
  shift(): number {
    const { messages } = this;
    const slot = messages.slotAt(0);
    const last = messages.length - 1;
    const lastSequence = messages.sequenceAt(last);
    const lastSlot = messages.slotAt(last);
    messages.truncate(last);
    if (last > 0) this.siftDown(lastSequence, lastSlot);
    this.isSorted = last <= 1;
    return slot;
  }

  /** The next ones in order, at most so many, from behind the sequence number on. Sorts them, if they are not. */
  listAfter(sequence: number, limit: number): ReturnedMessage[] {
    this.sort();
    const { messages } = this;
    const start = this.indexAfter(sequence);
    const count = Math.min(limit, messages.length - start);
    return Array.from({ length: count }, (_, i) => ({
      sequence: messages.sequenceAt(start + i),
      slot: messages.slotAt(start + i),
    }));
  }

  /** Takes out what `listAfter` has just told of, or some of it in the same order. */
  remove(removed: readonly ReturnedMessage[]): void {
    if (removed.length === 0) return;
    const { messages } = this;
    let next = 0;
    let to = this.indexAfter(removed[0]!.sequence - 1);
    for (let from = to; from < messages.length; from++) {
      const message = removed[next];
      if (message?.sequence === messages.sequenceAt(from) && message?.slot === messages.slotAt(from)) next++;
      else this.move(from, to++);
    }
    messages.truncate(to);
  }

  private sort(): void {
    if (this.isSorted) return;
    const sorted = new ReturnedMessages();
    while (this.length > 0) {
      const sequence = this.firstSequence;
      sorted.push(sequence, this.shift());
    }
    this.messages = sorted;
    this.isSorted = true;
  }

  /** Where, in sorted ones, the first with a greater sequence number stands. */
  private indexAfter(sequence: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.messages.sequenceAt(middle) <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Fills the first place, which is free, with the message, or with a child in whose place it goes. */
  private siftDown(sequence: number, slot: number): void {
    const { messages } = this;
    const { length, onlyBlock } = messages;
    if (onlyBlock !== undefined) {
      siftDownIn(onlyBlock, length, sequence, slot);
      return;
    }
    let at = 0;
    for (let child = 1; child < length; child = 2 * at + 1) {
      if (child + 1 < length && messages.sequenceAt(child + 1) < messages.sequenceAt(child)) child++;
      if (messages.sequenceAt(child) >= sequence) break;
      this.move(child, at);
      at = child;
    }
    messages.set(at, sequence, slot);
  }

  private move(from: number, to: number): void {
    this.messages.set(to, this.messages.sequenceAt(from), this.messages.slotAt(from));
  }
}

function siftDownIn({ sequences, slots }: ReturnedBlock, length: number, sequence: number, slot: number): void {
  let at = 0;
  for (let child = 1; child < length; child = 2 * at + 1) {
    if (child + 1 < length && sequences[child + 1]! < sequences[child]!) child++;
    if (sequences[child]! >= sequence) break;
    sequences[at] = sequences[child]!;
    slots[at] = slots[child]!;
    at = child;
  }
  sequences[at] = sequence;
  slots[at] = slot;
}
