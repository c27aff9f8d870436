import type { Consumer, DeliverySource } from '../../broker/consumer.ts';

const INITIAL_CAPACITY = 32;
/** An emptied ring keeps its memory up to this capacity. */
const KEPT_CAPACITY = 4096;

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
 * A few that wait for very long, while many others come and go, are moved aside: they would stretch the ring.
 */
export class UnackedRing {
  private inRing = 0;
  /** All older than what is in the ring. */
  private readonly stragglers = new Map<number, Straggler>();
  private head = 1;
  private next = 1;
  private capacity = 0;
  private sources: (DeliverySource | undefined)[] = [];
  private consumers: (Consumer | undefined)[] = [];
  private slots = new Uint32Array(0);
  private sequences = new Float64Array(0);
  private bodySizes = new Uint32Array(0);

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
    if (this.inRing === 0) this.head = this.next = tag;
    if (tag - this.head >= this.capacity) this.makeRoom(tag);
    while (this.next < tag) this.sources[this.next++ & (this.capacity - 1)] = undefined;
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
    while (this.head > tag) this.sources[--this.head & (this.capacity - 1)] = undefined;
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
    const at = tag & (this.capacity - 1);
    this.sources[at] = source;
    this.consumers[at] = consumer;
    this.slots[at] = slot;
    this.sequences[at] = sequence;
    this.bodySizes[at] = bodySize;
    this.inRing++;
  }

  has(tag: number): boolean {
    if (tag >= this.head && tag < this.next) return this.sources[tag & (this.capacity - 1)] !== undefined;
    return this.stragglers.has(tag);
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
      const source = this.sources[tag & (this.capacity - 1)];
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
    const mask = this.capacity - 1;
    const end = Math.min(tag + 1, this.next);
    for (let at = this.head; at < end; at++) if (this.sources[at & mask] !== undefined) this.remove(at, settle);
    this.skipEmpty();
  }

  takeAll(settle: Settlement): void {
    this.takeUpTo(this.next - 1, settle);
  }

  private remove(tag: number, settle: Settlement): void {
    const at = tag & (this.capacity - 1);
    const source = this.sources[at]!;
    this.sources[at] = undefined;
    this.inRing--;
    const consumer = this.consumers[at];
    this.consumers[at] = undefined;
    settle(source, consumer, this.slots[at]!, this.sequences[at]!, this.bodySizes[at]!, tag);
  }

  private takeStraggler(tag: number, settle: Settlement): void {
    const { source, consumer, slot, sequence, bodySize } = this.stragglers.get(tag)!;
    this.stragglers.delete(tag);
    settle(source, consumer, slot, sequence, bodySize, tag);
  }

  private skipEmpty(): void {
    if (this.inRing === 0) {
      this.head = this.next;
      if (this.capacity > KEPT_CAPACITY) this.resize(INITIAL_CAPACITY);
      return;
    }
    const mask = this.capacity - 1;
    while (this.sources[this.head & mask] === undefined) this.head++;
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
    this.resize(capacity);
  }

  private resize(capacity: number): void {
    const sources = new Array<DeliverySource | undefined>(capacity).fill(undefined);
    const consumers = new Array<Consumer | undefined>(capacity).fill(undefined);
    const slots = new Uint32Array(capacity);
    const sequences = new Float64Array(capacity);
    const bodySizes = new Uint32Array(capacity);
    for (let tag = this.head; tag < this.next; tag++) {
      const from = tag & (this.capacity - 1);
      const to = tag & (capacity - 1);
      sources[to] = this.sources[from];
      consumers[to] = this.consumers[from];
      slots[to] = this.slots[from]!;
      sequences[to] = this.sequences[from]!;
      bodySizes[to] = this.bodySizes[from]!;
    }
    Object.assign(this, { capacity, sources, consumers, slots, sequences, bodySizes });
  }
}
