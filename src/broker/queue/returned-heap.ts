export interface ReturnedMessage {
  readonly sequence: number;
  readonly slot: number;
}

/**
 * Messages that were delivered and came back, ordered by their original position in the queue: a binary heap of
 * sequence numbers. Everything in it was once at the head, so all of it stands before the ReadyIndex.
 */
export class ReturnedHeap {
  private sequences: number[] = [];
  private slots: number[] = [];
  /** They stand in their order: that is a heap, too. */
  private isSorted = true;

  get length(): number {
    return this.sequences.length;
  }

  /** The sequence number of the first message; there must be one. */
  get firstSequence(): number {
    return this.sequences[0]!;
  }

  /** The slot of the first message; there must be one. */
  get first(): number {
    return this.slots[0]!;
  }

  push(sequence: number, slot: number): void {
    const { sequences } = this;
    let at = sequences.length;
    this.isSorted &&= at === 0 || sequences[at - 1]! <= sequence;
    sequences.push(sequence);
    this.slots.push(slot);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (sequences[parent]! <= sequence) break;
      this.swap(at, parent);
      at = parent;
    }
  }

  /** Removes the first message and returns its slot; there must be one. */
  shift(): number {
    const slot = this.slots[0]!;
    const lastSequence = this.sequences.pop()!;
    const lastSlot = this.slots.pop()!;
    this.isSorted ||= this.sequences.length === 0;
    if (this.sequences.length > 0) {
      this.isSorted &&= this.sequences.length === 1;
      this.sequences[0] = lastSequence;
      this.slots[0] = lastSlot;
      this.siftDown();
    }
    return slot;
  }

  /** The next ones in order, at most so many, from behind the sequence number on. Sorts them, if they are not. */
  listAfter(sequence: number, limit: number): ReturnedMessage[] {
    this.sort();
    const start = this.indexAfter(sequence);
    const sequences = this.sequences.slice(start, start + limit);
    return sequences.map((each, i) => ({ sequence: each, slot: this.slots[start + i]! }));
  }

  /** Takes out what `listAfter` has just told of, or some of it in the same order. */
  remove(messages: readonly ReturnedMessage[]): void {
    if (messages.length === 0) return;
    const { sequences, slots } = this;
    let next = 0;
    let to = this.indexAfter(messages[0]!.sequence - 1);
    for (let from = to; from < sequences.length; from++) {
      const message = messages[next];
      if (message?.sequence === sequences[from] && message?.slot === slots[from]) {
        next++;
        continue;
      }
      sequences[to] = sequences[from]!;
      slots[to++] = slots[from]!;
    }
    sequences.length = slots.length = to;
  }

  private sort(): void {
    if (this.isSorted) return;
    const { sequences, slots } = this;
    const order = sequences.map((_, i) => i).sort((a, b) => sequences[a]! - sequences[b]!);
    this.sequences = order.map((i) => sequences[i]!);
    this.slots = order.map((i) => slots[i]!);
    this.isSorted = true;
  }

  /** Where, in sorted ones, the first with a greater sequence number stands. */
  private indexAfter(sequence: number): number {
    let low = 0;
    let high = this.sequences.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.sequences[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private siftDown(): void {
    const { sequences } = this;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < sequences.length && sequences[left]! < sequences[least]!) least = left;
      if (right < sequences.length && sequences[right]! < sequences[least]!) least = right;
      if (least === at) return;
      this.swap(at, least);
      at = least;
    }
  }

  private swap(a: number, b: number): void {
    const sequence = this.sequences[a]!;
    this.sequences[a] = this.sequences[b]!;
    this.sequences[b] = sequence;
    const slot = this.slots[a]!;
    this.slots[a] = this.slots[b]!;
    this.slots[b] = slot;
  }
}
