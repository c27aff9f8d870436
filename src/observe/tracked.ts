import { History, type HistoryMemory, type Retention } from './history.ts';

/** Numbers that objects of a kind have, each with a name. */
export interface Columns<T> {
  readonly names: readonly string[];
  /** Puts the object's numbers where their names are. */
  read(object: T, into: Float64Array): void;
}

interface Entry {
  readonly history: History;
  sampledAtMs: number;
}

/** Objects of a kind, with what their numbers were at earlier times. */
export class Tracked<T extends object> {
  readonly columns: Columns<T>;
  private readonly retentions: readonly Retention[];
  private readonly memory: HistoryMemory;
  private readonly entries = new Map<T, Entry>();
  private readonly row: Float64Array;
  /** That of what is too new for a sample: it was not there at any earlier time. */
  private readonly noHistory: History;

  constructor(columns: Columns<T>, retentions: readonly Retention[], memory: HistoryMemory) {
    this.columns = columns;
    this.retentions = retentions;
    this.memory = memory;
    this.row = new Float64Array(columns.names.length);
    this.noHistory = new History(columns.names.length, retentions, memory);
  }

  /** Takes a sample of the object. */
  sample(object: T, atMs: number): void {
    let entry = this.entries.get(object);
    if (entry === undefined) {
      entry = { history: new History(this.row.length, this.retentions, this.memory), sampledAtMs: atMs };
      this.entries.set(object, entry);
    }
    entry.sampledAtMs = atMs;
    entry.history.record(atMs, this.values(object));
  }

  /** The object's numbers now; valid until the next call. */
  values(object: T): Float64Array {
    this.row.fill(0);
    this.columns.read(object, this.row);
    return this.row;
  }

  historyOf(object: T): History {
    return this.entries.get(object)?.history ?? this.noHistory;
  }

  /** All of which there were samples; they may be forgotten meanwhile. */
  objects(): Iterable<T> {
    return this.entries.keys();
  }

  /** Forgets the object if it was not sampled at that time. */
  forgetUnlessSampled(object: T, atMs: number): void {
    const entry = this.entries.get(object);
    if (entry === undefined || entry.sampledAtMs === atMs) return;
    entry.history.close();
    this.entries.delete(object);
  }
}
