/** How often something took how long: counts in buckets, for Prometheus, which makes quantiles of them. */
export class Histogram {
  /** Upper bounds of the buckets, in ascending order and in the unit of what is observed; the last bucket has none. */
  readonly bounds: readonly number[];
  /** How many were in each bucket, and in none before it. */
  readonly counts: Float64Array;
  sum = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = new Float64Array(bounds.length + 1);
  }

  get count(): number {
    let count = 0;
    for (const each of this.counts) count += each;
    return count;
  }

  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }

  /** @param other one with the same bounds */
  add(other: Histogram): void {
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += other.counts[i]!;
    this.sum += other.sum;
  }
}
