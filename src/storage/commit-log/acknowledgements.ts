import type { DiskReserve } from '../disk/disk-reserve.ts';
import type { DiskRetries } from '../disk/disk-retries.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isSystemError } from '../disk/system-error.ts';
import type { AckFile } from './ack-file.ts';
import type { Segment } from './segment.ts';

/** How long an acknowledgement may be in the system's cache alone: a power cut brings back what was acknowledged since. */
const SYNC_INTERVAL_MS = 1000;

/** The store whose acknowledgements are written. */
export interface AcknowledgedStore {
  readonly commit: GroupCommit;
  readonly retries: DiskRetries;
  readonly reserve: DiskReserve | undefined;
  /** Something can't be written at present that nobody waits for. */
  writeFailed(error: Error): void;
  /** Called now and then, after many acknowledgements or a second. */
  acksSynced(): void;
}

/**
 * Writes acknowledgements to their segments' files at the end of each turn, one write a segment, and has them synced a
 * little later: nobody waits for that. What the disk does not take stays in memory until it does.
 */
export class Acknowledgements {
  private readonly store: AcknowledgedStore;
  private awaitingFlush: Segment[] = [];
  /** Segments with acknowledgements that the disk did not take. */
  private readonly unwritten = new Set<Segment>();
  private readonly unsynced = new Set<AckFile>();
  private readonly onWritten: (() => void)[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly runner = () => this.flush();
  private readonly retryRunner = () => this.retryUnwritten();

  constructor(store: AcknowledgedStore) {
    this.store = store;
  }

  /** The queue has delivered the message of the record there. */
  delivered(segment: Segment, offset: number, queue: number): void {
    if (!segment.awaitsFlush) this.begin(segment);
    segment.acks.delivered(offset, queue, segment.kind === 'log');
  }

  /** The queue has delivered the message of the record there, and it came back so many times more. */
  returned(segment: Segment, offset: number, queue: number, count: number): void {
    if (!segment.awaitsFlush) this.begin(segment);
    segment.acks.returned(offset, queue, count);
  }

  /** The queue is done with the message of the record there. It will not be there after a restart. */
  acknowledged(segment: Segment, offset: number, queue: number): void {
    if (!segment.awaitsFlush) this.begin(segment);
    segment.acks.acknowledged(offset, queue);
  }

  /** The segment is going to have entries to be written. */
  private begin(segment: Segment): void {
    segment.awaitsFlush = true;
    if (this.awaitingFlush.push(segment) === 1) setImmediate(this.runner);
  }

  /** Writes what was gathered in this turn. */
  flush(): void {
    if (this.awaitingFlush.length === 0) return;
    const segments = this.awaitingFlush;
    this.awaitingFlush = [];
    for (const segment of segments) {
      segment.awaitsFlush = false;
      this.write(segment);
    }
  }

  /** Returns whether the disk has taken them. */
  private write(segment: Segment): boolean {
    try {
      this.writeWithReserve(segment.acks);
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.store.writeFailed(error);
      this.unwritten.add(segment);
      this.store.retries.add(this.retryRunner);
      return false;
    }
    this.unsynced.add(segment.acks);
    this.timer ??= setTimeout(() => this.sync(), SYNC_INTERVAL_MS).unref();
    if (this.unwritten.size > 0 && this.unwritten.delete(segment)) this.tellWritten();
    return true;
  }

  private writeWithReserve(acks: AckFile): void {
    const { reserve } = this.store;
    if (reserve === undefined) acks.flush();
    else reserve.use(() => acks.flush());
  }

  /** Writes what the disk did not take before, up to the first that fails: that one is the last to be tried the next time. */
  private retryUnwritten(): boolean {
    for (const segment of [...this.unwritten]) {
      if (this.write(segment)) continue;
      this.unwritten.delete(segment);
      this.unwritten.add(segment);
      return false;
    }
    return true;
  }

  /** Whether some are in memory alone, since the disk does not take them. */
  get haveUnwritten(): boolean {
    return this.unwritten.size > 0;
  }

  /** Whether some were gathered, or written, since all were synced. */
  get haveUnsynced(): boolean {
    return this.awaitingFlush.length > 0 || this.unsynced.size > 0;
  }

  /** Calls the listener once everything gathered until now is written: at once, unless the disk does not take it. */
  whenWritten(listener: () => void): void {
    this.flush();
    if (this.unwritten.size === 0) listener();
    else this.onWritten.push(listener);
  }

  private tellWritten(): void {
    if (this.unwritten.size > 0) return;
    for (const listener of this.onWritten.splice(0)) listener();
  }

  /** Has everything written so far synced with the next batch. */
  sync(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const acks of this.unsynced) this.store.commit.markDirty(acks);
    this.unsynced.clear();
    this.store.acksSynced();
  }

  /** Writes everything, or as much as the disk takes, for the last time. */
  close(): void {
    this.flush();
    for (const segment of [...this.unwritten]) this.write(segment);
    this.sync();
  }

  /** The segment was removed, and its acknowledgements with it. */
  forget(segment: Segment): void {
    this.unsynced.delete(segment.acks);
    this.awaitingFlush = this.awaitingFlush.filter((waiting) => waiting !== segment);
    if (this.unwritten.delete(segment)) this.tellWritten();
  }
}
