const INITIAL_CAPACITY = 1024;
const ROW_OCTETS = 12;
const NO_SLOT = 0xffffffff;
/** Up to this capacity the table doubles; beyond, doubling would take too much memory that may never be needed. */
const DOUBLED_CAPACITY = 1024 * 1024;
const LATER_GROWTH = 1.25;
/** An emptied table keeps its memory up to this capacity, so that a backlog that comes and goes does not reallocate. */
const KEPT_CAPACITY = 64 * 1024;

/**
 * Where each stored message is: slot → segment and offset, with the number of references to it. Twelve octets a
 * message in three typed arrays. Queues know only slots, so a message can be moved by changing its row here.
 * Free rows form a list through `offset`, the latest first, so that a short queue keeps to the same few cache lines.
 */
export class SlotTable {
  segment = new Uint32Array(INITIAL_CAPACITY);
  offset = new Uint32Array(INITIAL_CAPACITY);
  references = new Uint32Array(INITIAL_CAPACITY);
  /** Rows that were ever taken: all that are in use are among the first so many. */
  usedCount = 0;
  private firstFree = NO_SLOT;

  /** Memory that the table takes. */
  get sizeOctets(): number {
    return this.segment.length * ROW_OCTETS;
  }

  /** A row with no references yet. */
  take(segment: number, offset: number): number {
    let slot = this.firstFree;
    if (slot === NO_SLOT) {
      if (this.usedCount === this.segment.length) this.grow();
      slot = this.usedCount++;
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

  /** Gives the memory of a table that has grown large back. No row may be taken. */
  clear(): void {
    if (this.segment.length <= KEPT_CAPACITY) return;
    this.segment = new Uint32Array(INITIAL_CAPACITY);
    this.offset = new Uint32Array(INITIAL_CAPACITY);
    this.references = new Uint32Array(INITIAL_CAPACITY);
    this.usedCount = 0;
    this.firstFree = NO_SLOT;
  }

  /** Makes room for so many rows at once; the system gives the memory where it is used. */
  reserve(rowCount: number): void {
    if (rowCount > this.segment.length) this.resize(rowCount);
  }

  private grow(): void {
    const { length } = this.segment;
    this.resize(length < DOUBLED_CAPACITY ? length * 2 : Math.ceil(length * LATER_GROWTH));
  }

  /** One column after the other, so that only one of them is there twice at a time. */
  private resize(capacity: number): void {
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
