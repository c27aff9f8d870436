import type { Consumer, DeliverySource } from '../../broker/consumer.ts';
import { violated } from '../../observe/invariants.ts';

const INITIAL_CAPACITY = 32;
/** Beyond this capacity the ring grows by blocks of so many places, without a copy; emptied, it keeps one. */
const BLOCK_BITS = 12;
const BLOCK_PLACES = 1 << BLOCK_BITS;

/** A ring this long is kept rather full: what is left of older deliveries is moved out of it. */
const LONG_CAPACITY = 1024;
/** Full enough is one place in so many: beyond that, a map takes less. */
const SPARSE_FACTOR = 8;

/** What becomes of a delivery that leaves the ring. */
export type Settlement = (
  source: DeliverySource,
  consumer: Consumer | undefined,
  slot: number,
  sequence: number,
  bodySize: number,
  tag: number,
) => void;

/** Columns of some places; `sources` is undefined in those that are empty. */
class Block {
  readonly sources: (DeliverySource | undefined)[];
  readonly consumers: (Consumer | undefined)[];
  readonly slots: Uint32Array;
  readonly sequences: Float64Array;
  readonly bodySizes: Uint32Array;
  /** How many places are taken. */
  count = 0;

  constructor(places: number) {
    this.sources = new Array<DeliverySource | undefined>(places).fill(undefined);
    this.consumers = new Array<Consumer | undefined>(places).fill(undefined);
    this.slots = new Uint32Array(places);
    this.sequences = new Float64Array(places);
    this.bodySizes = new Uint32Array(places);
  }

  /** Takes what is in a place of another block. */
  moveFrom(block: Block, from: number, to: number): void {
    if (block.sources[from] === undefined) return;
    this.sources[to] = block.sources[from];
    this.consumers[to] = block.consumers[from];
    this.slots[to] = block.slots[from]!;
    this.sequences[to] = block.sequences[from]!;
    this.bodySizes[to] = block.bodySizes[from]!;
    block.sources[from] = block.consumers[from] = undefined;
    block.count--;
    this.count++;
  }
}

interface Straggler {
  readonly source: DeliverySource;
  readonly consumer: Consumer | undefined;
  readonly slot: number;
  readonly sequence: number;
  readonly bodySize: number;
}

/**
 * A channel's deliveries that wait for an acknowledgement, at the place that their delivery tag names: columns of a
 * ring, so that acknowledging many is a walk from its head and a delivery costs no object.
 *
 *      head                       next
 *       ↓ 41   42   43   44   45  ↓ 46
 *     ┌────┬────┬────┬────┬────┬────┐
 *     │ q1 │    │ q1 │ q2 │    │    │     empty: settled already, or delivered without need of one
 *     └────┴────┴────┴────┴────┴────┘
 *
 * A long ring is cut into blocks, of which only those are there that hold deliveries. So it grows without a copy, however many
 * wait, and nobody else has to wait for that.
 *
 * A few that wait for very long, while many others come and go, are moved aside: they would stretch the ring.
 */
export class UnackedRing {
  private inRing = 0;
  /** All older than what is in the ring. */
  private readonly stragglers = new Map<number, Straggler>();
  private head = 1;
  private next = 1;
  private capacity = 0;
  private placeMask = 0;
  private blocks: (Block | undefined)[] = [];
  /** An empty one, for the next that is needed: in a long ring they come and go. */
  private spare: Block | undefined;

  /** How many deliveries wait. */
  get count(): number {
    return this.inRing + this.stragglers.size;
  }

  /** Tags grow from call to call; tags in between stay empty. */
  push(
    tag: number,
    source: DeliverySource,
    consumer: Consumer | undefined,
    slot: number,
    sequence: number,
    bodySize: number,
  ): void {
    if (tag < this.next) violated(`delivery tag ${tag} comes after ${this.next - 1}`);
    if (this.inRing === 0) this.head = this.next = tag;
    if (tag - this.head >= this.capacity) this.makeRoom(tag);
    this.next = tag + 1;
    this.put(tag, source, consumer, slot, sequence, bodySize);
  }

  /** Puts back a delivery that was taken out, as if it had never left. */
  restore(
    tag: number,
    source: DeliverySource,
    consumer: Consumer | undefined,
    slot: number,
    sequence: number,
    bodySize: number,
  ): void {
    if (this.inRing === 0) this.head = this.next;
    const isOlder = tag < this.head;
    if (isOlder && (this.stragglers.size > 0 || this.isSparse(this.next - tag))) {
      this.stragglers.set(tag, { source, consumer, slot, sequence, bodySize });
      return;
    }
    if (this.next - tag > this.capacity) this.grow(this.next - tag);
    if (isOlder) this.head = tag;
    this.put(tag, source, consumer, slot, sequence, bodySize);
  }

  private put(
    tag: number,
    source: DeliverySource,
    consumer: Consumer | undefined,
    slot: number,
    sequence: number,
    bodySize: number,
  ): void {
    const block = this.blocks[this.blockIndex(tag)] ?? this.addBlock(tag);
    const at = tag & this.placeMask;
    if (block.sources[at] !== undefined) violated(`delivery ${tag} would take the place of another one`);
    block.sources[at] = source;
    block.consumers[at] = consumer;
    block.slots[at] = slot;
    block.sequences[at] = sequence;
    block.bodySizes[at] = bodySize;
    block.count++;
    this.inRing++;
  }

  private blockIndex(tag: number): number {
    return (tag & (this.capacity - 1)) >>> BLOCK_BITS;
  }

  private addBlock(tag: number): Block {
    const block = this.spare ?? new Block(BLOCK_PLACES);
    this.spare = undefined;
    this.blocks[this.blockIndex(tag)] = block;
    return block;
  }

  has(tag: number): boolean {
    if (tag >= this.head && tag < this.next) return this.sourceOf(tag) !== undefined;
    return this.stragglers.has(tag);
  }

  /** @param tag of the ring */
  private sourceOf(tag: number): DeliverySource | undefined {
    return this.blocks[this.blockIndex(tag)]?.sources[tag & this.placeMask];
  }

  /** The tag of the delivery that waits longest; Infinity: none does. */
  get oldestTag(): number {
    let oldest = this.inRing === 0 ? Number.POSITIVE_INFINITY : this.head;
    for (const tag of this.stragglers.keys()) oldest = Math.min(oldest, tag);
    return oldest;
  }

  /** Where a delivery comes from that the test holds for, of those up to and including the tag; undefined: for none. */
  find(upTo: number, test: (source: DeliverySource, tag: number) => boolean): DeliverySource | undefined {
    for (const [tag, { source }] of this.stragglers) if (tag <= upTo && test(source, tag)) return source;
    const end = Math.min(upTo + 1, this.next);
    for (let tag = this.head; tag < end; tag++) {
      const source = this.sourceOf(tag);
      if (source !== undefined && test(source, tag)) return source;
    }
    return undefined;
  }

  /** Takes out the delivery with that tag, which must be there. */
  take(tag: number, settle: Settlement): void {
    if (tag < this.head) {
      this.takeStraggler(tag, settle);
      return;
    }
    this.remove(tag, settle);
    this.skipEmpty();
  }

  /** Takes out all deliveries up to and including the tag, oldest first. */
  takeUpTo(tag: number, settle: Settlement): void {
    if (this.stragglers.size > 0) {
      const older = [...this.stragglers.keys()].filter((straggler) => straggler <= tag);
      for (const straggler of older.sort((a, b) => a - b)) this.takeStraggler(straggler, settle);
    }
    const end = Math.min(tag + 1, this.next);
    for (let at = this.head; at < end; at++) if (this.sourceOf(at) !== undefined) this.remove(at, settle);
    this.skipEmpty();
  }

  takeAll(settle: Settlement): void {
    this.takeUpTo(this.next - 1, settle);
  }

  private remove(tag: number, settle: Settlement): void {
    const index = this.blockIndex(tag);
    const block = this.blocks[index]!;
    const at = tag & this.placeMask;
    const source = block.sources[at] ?? violated(`delivery ${tag} is settled, and nobody waits for that`);
    const consumer = block.consumers[at];
    block.sources[at] = block.consumers[at] = undefined;
    this.inRing--;
    if (--block.count === 0 && this.capacity > BLOCK_PLACES) this.removeBlock(index);
    settle(source, consumer, block.slots[at]!, block.sequences[at]!, block.bodySizes[at]!, tag);
  }

  private removeBlock(index: number): void {
    this.spare = this.blocks[index];
    this.blocks[index] = undefined;
  }

  private takeStraggler(tag: number, settle: Settlement): void {
    const { source, consumer, slot, sequence, bodySize } = this.stragglers.get(tag)!;
    this.stragglers.delete(tag);
    settle(source, consumer, slot, sequence, bodySize, tag);
  }

  private skipEmpty(): void {
    if (this.inRing === 0) {
      this.head = this.next;
      if (this.capacity > BLOCK_PLACES) this.shrink();
      return;
    }
    for (;;) {
      const block = this.blocks[this.blockIndex(this.head)];
      if (block === undefined) this.head += BLOCK_PLACES - (this.head & this.placeMask);
      else if (block.sources[this.head & this.placeMask] === undefined) this.head++;
      else return;
    }
  }

  /** Nothing is in the ring: one block is kept. */
  private shrink(): void {
    this.blocks = [this.spare ?? new Block(BLOCK_PLACES)];
    this.spare = undefined;
    this.capacity = BLOCK_PLACES;
  }

  /** Whether so many places would be for nearly nothing. */
  private isSparse(places: number): boolean {
    return places > LONG_CAPACITY && this.inRing * SPARSE_FACTOR < places;
  }

  /** Makes the ring reach to the tag: by its growth, or by moving aside what holds back its head. */
  private makeRoom(tag: number): void {
    if (!this.isSparse(tag - this.head + 1)) {
      this.grow(tag - this.head + 1);
      return;
    }
    if (this.capacity < LONG_CAPACITY) this.grow(LONG_CAPACITY);
    const moveAside: Settlement = (source, consumer, slot, sequence, bodySize, straggler) => {
      this.stragglers.set(straggler, { source, consumer, slot, sequence, bodySize });
    };
    while (this.inRing > 0 && tag - this.head >= this.capacity) {
      this.remove(this.head, moveAside);
      this.skipEmpty();
    }
    if (this.inRing === 0) this.head = this.next = tag;
  }

  private grow(needed: number): void {
    let capacity = Math.max(this.capacity, INITIAL_CAPACITY);
    while (capacity < needed) capacity *= 2;
    if (this.capacity < BLOCK_PLACES) this.growBlock(Math.min(capacity, BLOCK_PLACES));
    if (this.capacity < capacity) this.spread(capacity);
  }

  /** The ring is one block, and gets a larger one. */
  private growBlock(places: number): void {
    const [block] = this.blocks;
    const larger = new Block(places);
    if (block !== undefined) {
      for (let tag = this.head; tag < this.next; tag++)
        larger.moveFrom(block, tag & this.placeMask, tag & (places - 1));
    }
    this.blocks = [larger];
    this.capacity = places;
    this.placeMask = places - 1;
  }

  /** Puts whole blocks where their tags belong in a longer ring. Only the block that head and end have in common is cut. */
  private spread(capacity: number): void {
    const { blocks, head, next } = this;
    const oldMask = this.capacity - 1;
    const spread: (Block | undefined)[] = new Array<Block | undefined>(capacity >>> BLOCK_BITS).fill(undefined);
    const firstTag = head - (head & this.placeMask);
    for (let tag = firstTag; tag < next; tag += BLOCK_PLACES) {
      const block = blocks[(tag & oldMask) >>> BLOCK_BITS];
      const isCommon = tag - firstTag > oldMask;
      spread[(tag & (capacity - 1)) >>> BLOCK_BITS] = isCommon && block !== undefined ? this.endOf(block) : block;
    }
    this.blocks = spread;
    this.capacity = capacity;
  }

  /** What the ring's end has in the block that its head is in, too. */
  private endOf(block: Block): Block {
    const end = new Block(BLOCK_PLACES);
    for (let at = 0; at < (this.head & this.placeMask); at++) end.moveFrom(block, at, at);
    return end;
  }
}
