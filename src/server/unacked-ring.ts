import type { Consumer, DeliverySource } from '../broker/consumer.ts';

const INITIAL_CAPACITY = 32;
/** An emptied ring keeps its memory up to this capacity. */
const KEPT_CAPACITY = 4096;

/** What becomes of a delivery that leaves the ring. */
export type Settlement = (
  source: DeliverySource,
  consumer: Consumer | undefined,
  slot: number,
  sequence: number,
  tag: number,
) => void;

/**
 * A channel's deliveries that wait for an acknowledgement, at the place that their delivery tag names: columns of a
 * ring, so that acknowledging many is a walk from its head and a delivery costs no object.
 *
 *      head                       next
 *       ↓ 41   42   43   44   45  ↓ 46
 *     ┌────┬────┬────┬────┬────┬────┐
 *     │ q1 │    │ q1 │ q2 │    │    │     empty: settled already, or delivered without need of one
 *     └────┴────┴────┴────┴────┴────┘
 */
export class UnackedRing {
  /** How many deliveries wait. */
  count = 0;
  private head = 1;
  private next = 1;
  private capacity = 0;
  private sources: (DeliverySource | undefined)[] = [];
  private consumers: (Consumer | undefined)[] = [];
  private slots = new Uint32Array(0);
  private sequences = new Float64Array(0);

  /** Tags grow from call to call; tags in between stay empty. */
  push(tag: number, source: DeliverySource, consumer: Consumer | undefined, slot: number, sequence: number): void {
    if (this.count === 0) this.head = this.next = tag;
    if (tag - this.head >= this.capacity) this.grow(tag - this.head + 1);
    while (this.next < tag) this.sources[this.next++ & (this.capacity - 1)] = undefined;
    this.next = tag + 1;
    this.put(tag, source, consumer, slot, sequence);
  }

  /** Puts back a delivery that was taken out, as if it had never left. */
  restore(tag: number, source: DeliverySource, consumer: Consumer | undefined, slot: number, sequence: number): void {
    if (this.count === 0) this.head = this.next;
    if (this.next - tag > this.capacity) this.grow(this.next - tag);
    while (this.head > tag) this.sources[--this.head & (this.capacity - 1)] = undefined;
    this.put(tag, source, consumer, slot, sequence);
  }

  private put(
    tag: number,
    source: DeliverySource,
    consumer: Consumer | undefined,
    slot: number,
    sequence: number,
  ): void {
    const at = tag & (this.capacity - 1);
    this.sources[at] = source;
    this.consumers[at] = consumer;
    this.slots[at] = slot;
    this.sequences[at] = sequence;
    this.count++;
  }

  has(tag: number): boolean {
    return tag >= this.head && tag < this.next && this.sources[tag & (this.capacity - 1)] !== undefined;
  }

  /** Takes out the delivery with that tag, which must be there. */
  take(tag: number, settle: Settlement): void {
    this.remove(tag, settle);
    this.skipEmpty();
  }

  /** Takes out all deliveries up to and including the tag, oldest first. */
  takeUpTo(tag: number, settle: Settlement): void {
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
    this.count--;
    const consumer = this.consumers[at];
    this.consumers[at] = undefined;
    settle(source, consumer, this.slots[at]!, this.sequences[at]!, tag);
  }

  private skipEmpty(): void {
    if (this.count === 0) {
      this.head = this.next;
      if (this.capacity > KEPT_CAPACITY) this.resize(INITIAL_CAPACITY);
      return;
    }
    const mask = this.capacity - 1;
    while (this.sources[this.head & mask] === undefined) this.head++;
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
    for (let tag = this.head; tag < this.next; tag++) {
      const from = tag & (this.capacity - 1);
      const to = tag & (capacity - 1);
      sources[to] = this.sources[from];
      consumers[to] = this.consumers[from];
      slots[to] = this.slots[from]!;
      sequences[to] = this.sequences[from]!;
    }
    Object.assign(this, { capacity, sources, consumers, slots, sequences });
  }
}
