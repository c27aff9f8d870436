/**
 * Messages that were delivered and came back, ordered by their original position in the queue: a binary heap of
 * sequence numbers. Everything in it was once at the head, so all of it stands before the ReadyIndex.
 */
export class ReturnedHeap {
  private readonly sequences: number[] = [];
  private readonly slots: number[] = [];

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
    if (this.sequences.length > 0) {
      this.sequences[0] = lastSequence;
      this.slots[0] = lastSlot;
      this.siftDown();
    }
    return slot;
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
