/** For how long samples are kept, and how far apart they are. */
export interface Retention {
  readonly intervalMs: number;
  readonly spanMs: number;
}

/** A value at a time, in milliseconds since 1970. */
export type Sample = {
  readonly sample: number;
  readonly timestamp: number;
};

/** Which samples are asked for: the last ones, so far back and so far apart. */
export interface SampleRange {
  readonly ageMs: number;
  readonly incrementMs: number;
}

/** The values of a retention begin with room for so many rows, and get it without asking for so many of the finest. */
const FIRST_ROWS = 4;
const GRANTED_ROWS = 16;

/** Memory that histories share: one that can't have more of it remembers less of the past. */
export class HistoryMemory {
  private leftOctets: number;

  constructor(limitOctets: number) {
    this.leftOctets = limitOctets;
  }

  /** Returns whether there was so much left. */
  take(octets: number): boolean {
    if (octets > this.leftOctets) return false;
    this.leftOctets -= octets;
    return true;
  }

  give(octets: number): void {
    this.leftOctets += octets;
  }
}

/** Rows of a retention, in a ring: the time, then the values. What has not changed since the row before has none. */
class Rows {
  readonly retention: Retention;
  private readonly width: number;
  private readonly mostRows: number;
  private readonly grantedRows: number;
  private readonly memory: HistoryMemory;
  private octetsTaken = 0;
  private rows: Float64Array;
  private capacity = FIRST_ROWS;
  /** Where the oldest is, as a row. */
  private first = 0;
  private count = 0;
  /** The last that a sample was taken in. */
  private lastInterval = -1;
  /** Whether there were older ones. */
  private hasForgotten = false;

  constructor(columnCount: number, retention: Retention, grantedRows: number, memory: HistoryMemory) {
    this.width = columnCount + 1;
    this.retention = retention;
    this.mostRows = Math.ceil(retention.spanMs / retention.intervalMs) + 2; // both ends, and what was before
    this.grantedRows = grantedRows;
    this.memory = memory;
    this.rows = new Float64Array(FIRST_ROWS * this.width);
  }

  record(atMs: number, values: Float64Array): void {
    const { intervalMs } = this.retention;
    const interval = Math.floor(atMs / intervalMs);
    if (interval === this.lastInterval) return;
    this.lastInterval = interval;
    if (this.count > 0 && this.isLast(values)) return;
    if (this.count === this.capacity) this.makeRoom();
    const at = this.place(this.count++);
    this.rows[at] = interval * intervalMs;
    this.rows.set(values, at + 1);
  }

  unchangedSinceMs(values: Float64Array): number | undefined {
    return this.count > 0 && this.isLast(values) ? this.rows[this.place(this.count - 1)] : undefined;
  }

  private isLast(values: Float64Array): boolean {
    const last = this.place(this.count - 1) + 1;
    for (let i = 0; i < values.length; i++) if (this.rows[last + i] !== values[i]) return false;
    return true;
  }

  /** Where the row is that is so many behind the oldest. */
  private place(index: number): number {
    return ((this.first + index) % this.capacity) * this.width;
  }

  private makeRoom(): void {
    const wanted = Math.min(this.capacity * 2, this.mostRows);
    const octets = (wanted - this.capacity) * this.width * Float64Array.BYTES_PER_ELEMENT;
    if (wanted > this.capacity && (wanted <= this.grantedRows || this.take(octets))) {
      this.grow(wanted);
      return;
    }
    this.first = (this.first + 1) % this.capacity;
    this.count--;
    this.hasForgotten = true;
  }

  private take(octets: number): boolean {
    if (!this.memory.take(octets)) return false;
    this.octetsTaken += octets;
    return true;
  }

  private grow(capacity: number): void {
    const rows = new Float64Array(capacity * this.width);
    for (let i = 0; i < this.count; i++) {
      const at = this.place(i);
      rows.set(this.rows.subarray(at, at + this.width), i * this.width);
    }
    Object.assign(this, { rows, capacity, first: 0 });
  }

  /** The value at that time: 0 before there was one. */
  valueAt(column: number, atMs: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rows[this.place(middle)]! <= atMs) low = middle + 1;
      else high = middle;
    }
    if (low > 0) return this.rows[this.place(low - 1) + 1 + column]!;
    return this.hasForgotten ? this.rows[this.place(0) + 1 + column]! : 0;
  }

  close(): void {
    this.memory.give(this.octetsTaken);
    this.octetsTaken = 0;
  }
}

/**
 * What values were at earlier times, the nearer the finer. An object that does nothing takes no more memory than that, and
 * each remembers only the last minute or so when there is no memory left for more.
 */
export class History {
  private readonly levels: readonly Rows[];

  /** @param retentions the finest first */
  constructor(columnCount: number, retentions: readonly Retention[], memory: HistoryMemory) {
    this.levels = retentions.map(
      (retention, i) => new Rows(columnCount, retention, i === 0 ? GRANTED_ROWS : FIRST_ROWS, memory),
    );
  }

  /** @param atMs milliseconds since 1970, a multiple of the finest interval */
  record(atMs: number, values: Float64Array): void {
    for (const level of this.levels) level.record(atMs, values);
  }

  /**
   * When the sample was taken since which the values are as they are now, in milliseconds since 1970; undefined: they have
   * changed since the last one.
   */
  unchangedSinceMs(values: Float64Array): number | undefined {
    return this.levels[0]!.unchangedSinceMs(values);
  }

  /** How fast the value has grown between the two last samples, per second. @param lastMs the time of the last one */
  rate(column: number, lastMs: number): number {
    const [finest] = this.levels;
    const { intervalMs } = finest!.retention;
    const growth = finest!.valueAt(column, lastMs) - finest!.valueAt(column, lastMs - intervalMs);
    return (growth * 1000) / intervalMs;
  }

  /**
   * The samples of a range, the newest first. They are as far apart as is asked for, or as is kept of a time so far back; so
   * there are never many.
   *
   * @param lastMs the time of the last sample
   */
  samples(column: number, range: SampleRange, lastMs: number): Sample[] {
    const { levels } = this;
    const level = levels.find(({ retention }) => retention.spanMs >= range.ageMs) ?? levels[levels.length - 1]!;
    const { intervalMs, spanMs } = level.retention;
    const incrementMs = Math.max(1, Math.round(range.incrementMs / intervalMs)) * intervalMs;
    const newestMs = Math.floor(lastMs / incrementMs) * incrementMs;
    const oldestMs = newestMs - Math.min(range.ageMs, spanMs);
    const samples: Sample[] = [];
    for (let timestamp = newestMs; timestamp >= oldestMs; timestamp -= incrementMs) {
      samples.push({ sample: level.valueAt(column, timestamp), timestamp });
    }
    return samples;
  }

  /** Gives back what it has of the shared memory. */
  close(): void {
    for (const level of this.levels) level.close();
  }
}
