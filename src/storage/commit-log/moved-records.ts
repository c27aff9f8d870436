const INITIAL_CAPACITY = 1024;
const DIGIT_BITS = 16;
const DIGITS = 2 ** DIGIT_BITS;
/** Orders have 48 bits. */
const DIGIT_COUNT = 3;
/** Looked at one by one, from the record that was found last, before all are searched. */
const NEAR = 4;
const NOT_FOUND = -1;

/**
 * The records in compacted segments, by order. Sixteen octets a record in typed arrays: a Set or Map of them holds 2^24 at most,
 * and a slow queue beside a fast one has more.
 */
export class MovedRecords {
  length = 0;
  private orders = new Float64Array(INITIAL_CAPACITY);
  private segments = new Uint32Array(INITIAL_CAPACITY);
  private offsets = new Uint32Array(INITIAL_CAPACITY);
  /** Where the last search ended: most are for the next order. */
  private cursor = 0;

  /** @param segment the number of the segment @param offset in octets from its start */
  add(order: number, segment: number, offset: number): void {
    if (this.length === this.orders.length) this.resize(this.length * 2);
    this.orders[this.length] = order;
    this.segments[this.length] = segment;
    this.offsets[this.length++] = offset;
  }

  private resize(capacity: number): void {
    this.orders = enlarged(this.orders, new Float64Array(capacity));
    this.segments = enlarged(this.segments, new Uint32Array(capacity));
    this.offsets = enlarged(this.offsets, new Uint32Array(capacity));
  }

  orderAt(index: number): number {
    return this.orders[index]!;
  }

  segmentAt(index: number): number {
    return this.segments[index]!;
  }

  offsetAt(index: number): number {
    return this.offsets[index]!;
  }

  /** Sorts by order; records of the same order stay as they were added. A radix sort: half a second for 2^24. */
  sort(): void {
    let from = new Uint32Array(this.length);
    for (let i = 0; i < from.length; i++) from[i] = i;
    let to = new Uint32Array(this.length);
    for (let digit = 0; digit < DIGIT_COUNT; digit++) {
      if (this.sortByDigit(DIGITS ** digit, from, to)) [from, to] = [to, from];
    }
    this.orders = permuted(this.orders, from, new Float64Array(this.length));
    this.segments = permuted(this.segments, from, new Uint32Array(this.length));
    this.offsets = permuted(this.offsets, from, new Uint32Array(this.length));
  }

  /** Returns whether there was anything to sort: not, if the digit is the same everywhere. */
  private sortByDigit(weight: number, from: Uint32Array, to: Uint32Array): boolean {
    const { orders, length } = this;
    const ends = new Uint32Array(DIGITS);
    for (let i = 0; i < length; i++) ends[digitOf(orders[i]!, weight)]!++;
    if (length === 0 || ends[digitOf(orders[0]!, weight)] === length) return false;
    for (let digit = 1; digit < DIGITS; digit++) ends[digit]! += ends[digit - 1]!;
    for (let i = length - 1; i >= 0; i--) to[--ends[digitOf(orders[from[i]!]!, weight)]!] = from[i]!;
    return true;
  }

  /** The last record of the order, once they are sorted; -1: there is none. */
  find(order: number): number {
    const { orders, length } = this;
    let end = this.cursor;
    for (let i = 0; i < NEAR && end < length && orders[end]! <= order; i++) end++;
    const isPast = end === length || orders[end]! > order;
    if (!isPast || (end > 0 && orders[end - 1]! > order)) end = this.endOf(order);
    this.cursor = Math.max(0, end - 1);
    return end > 0 && orders[end - 1] === order ? end - 1 : NOT_FOUND;
  }

  /** Behind the last record of the order, or of those below. */
  private endOf(order: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.orders[middle]! <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function digitOf(order: number, weight: number): number {
  return (order / weight) & (DIGITS - 1);
}

function enlarged<T extends Float64Array | Uint32Array>(array: T, larger: T): T {
  larger.set(array);
  return larger;
}

function permuted<T extends Float64Array | Uint32Array>(array: T, order: Uint32Array, into: T): T {
  for (let i = 0; i < order.length; i++) into[i] = array[order[i]!]!;
  return into;
}
