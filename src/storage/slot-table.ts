const INITIAL_CAPACITY = 1024;
const NO_SLOT = 0xffffffff;

/**
 * Where each stored message is: slot → segment and offset, with the number of references to it. Twelve octets a
 * message in three typed arrays. Queues know only slots, so a message can be moved by changing its row here.
 * Free rows form a list through `offset`, the latest first, so that a short queue keeps to the same few cache lines.
 */
export class SlotTable {
  segment = new Uint32Array(INITIAL_CAPACITY);
  offset = new Uint32Array(INITIAL_CAPACITY);
  references = new Uint32Array(INITIAL_CAPACITY);
  private used = 0;
  private firstFree = NO_SLOT;

  /** A row with no references yet. */
  take(segment: number, offset: number): number {
    let slot = this.firstFree;
    if (slot === NO_SLOT) {
      if (this.used === this.segment.length) this.grow();
      slot = this.used++;
    } else {
      this.firstFree = this.offset[slot]!;
    }
    this.segment[slot] = segment;
    this.offset[slot] = offset;
    this.references[slot] = 0;
    return slot;
  }

  give(slot: number): void {
    this.offset[slot] = this.firstFree;
    this.firstFree = slot;
  }

  private grow(): void {
    const capacity = this.segment.length * 2;
    this.segment = enlarged(this.segment, capacity);
    this.offset = enlarged(this.offset, capacity);
    this.references = enlarged(this.references, capacity);
  }
}

function enlarged(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
