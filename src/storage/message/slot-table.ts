import { violated } from '../../observe/invariants.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';

const INITIAL_CAPACITY = 1024;
const ROW_OCTETS = 12;
const NO_SLOT = 0xffffffff;
/** Slots beyond would reach into the bit that tells durable ones (see commit-log/durable-slot.ts). */
export const MAX_SLOTS = 2 ** 30;
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
  readonly maxSlots: number;

  constructor(maxSlots = MAX_SLOTS) {
    this.maxSlots = maxSlots;
  }

  /** Memory that the table takes. */
  get sizeOctets(): number {
    return this.segment.length * ROW_OCTETS;
  }

  /** @throws AmqpError RESOURCE_ERROR if there are as many messages as there can be; publishers are blocked long before */
  take(segment: number, offset: number, references: number): number {
    let slot = this.firstFree;
    if (slot === NO_SLOT) {
      this.requireRoom();
      if (this.usedCount === this.segment.length) this.grow();
      slot = this.usedCount++;
    } else {
      this.firstFree = this.offset[slot]!;
    }
    this.segment[slot] = segment;
    this.offset[slot] = offset;
    this.references[slot] = references;
    return slot;
  }

  /** @throws AmqpError as `take` */
  requireRoom(): void {
    if (this.firstFree === NO_SLOT && this.usedCount >= this.maxSlots) refuse(this.maxSlots);
  }

  /** One more refers to the message. */
  retain(slot: number): void {
    const references = this.references[slot]!;
    if (!(references > 0)) violatesUse(slot, 'held');
    this.references[slot] = references + 1;
  }

  /** One less refers to the message. Returns whether somebody still does: else the row is to be given back. */
  release(slot: number): boolean {
    const references = this.references[slot]!;
    if (!(references > 0)) violatesUse(slot, 'released');
    this.references[slot] = references - 1;
    return references > 1;
  }

  /** Whoever looks at a message must know that somebody refers to it. */
  requireHeld(slot: number): void {
    if (!(this.references[slot]! > 0)) violatesUse(slot, 'read');
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
    const capacity = length < DOUBLED_CAPACITY ? length * 2 : Math.ceil(length * LATER_GROWTH);
    this.resize(Math.min(capacity, this.maxSlots));
  }

  /** One column after the other, so that only one of them is there twice at a time. */
  private resize(capacity: number): void {
    this.segment = enlarged(this.segment, capacity);
    this.offset = enlarged(this.offset, capacity);
    this.references = enlarged(this.references, capacity);
  }
}

function refuse(maxSlots: number): never {
  throw new AmqpError('RESOURCE_ERROR', `there can be no more than ${maxSlots} messages at a time`);
}

function violatesUse(slot: number, use: string): never {
  violated(`slot ${slot} is ${use}, and nobody refers to it`);
}

function enlarged(array: Uint32Array<ArrayBuffer>, capacity: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(capacity);
  larger.set(array);
  return larger;
}
