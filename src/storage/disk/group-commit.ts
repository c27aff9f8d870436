import { Histogram } from '../../observe/histogram.ts';
import { confineViolation } from '../../observe/invariants.ts';
import type { Syncable } from './files.ts';

/** Who waits for what it has written to be on disk. */
export interface CommitListener {
  committed(): void;
  /** It is unknown what of it is on disk: nothing may be promised. */
  commitFailed(error: Error): void;
}

/** A sync this short may hold up the process: handing it to another thread and back takes longer. */
const QUICK_SYNC_MS = 0.2;
/** So few waiting: nobody else's work could be done meanwhile. */
const FEW_WAITING = 1;
/** After a sync that took longer than it should, so many are left to another thread before the next try. */
const PATIENCE_SYNCS = 256;

/** In seconds. */
const SYNC_BOUNDS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * Brings what was written to disk, one sync at a time, each for everything written before it began; the next begins at
 * once if there is more. There is no timer and no batch size: batches are as large as syncs are long.
 *
 *     written:    a b c   d e f g      h
 *     syncs:           [ a b c ][ d e f g  ][ h ]
 *     batch:       1      2              3
 *
 * A sync that fails is never tried again: the system may have dropped what it could not write, and a second sync would
 * succeed without it. From then on everybody who waits is told so.
 */
export class GroupCommit {
  /** The number of the batch that is being gathered: what is written now is on disk once it is committed. */
  batch = 1;
  /** Everything up to this batch is on disk. */
  committedBatch = 0;
  /** Why nothing can be committed any more. */
  failure: Error | undefined;
  /** How long syncs have taken. */
  readonly syncSeconds = new Histogram(SYNC_BOUNDS);

  private readonly dirty = new Set<Syncable>();
  private waiting: CommitListener[] = [];
  private isSyncing = false;
  private isScheduled = false;
  private quickSyncsIn = 0;
  private readonly runner = () => this.begin();

  /** Something was written to the file, or in the directory. The next sync begins at the end of the turn. */
  markDirty(file: Syncable): void {
    this.dirty.add(file);
    this.schedule();
  }

  /** Calls the listener once everything written so far is on disk: later, never within this call. */
  wait(listener: CommitListener): void {
    this.waiting.push(listener);
    this.schedule();
  }

  /** Resolves once everything written so far is on disk. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.wait({ committed: resolve, commitFailed: reject });
    });
  }

  /** Nobody waits for anything. */
  get isIdle(): boolean {
    return !this.isSyncing && this.waiting.length === 0;
  }

  /** The file is closed or gone: nothing in it needs to reach the disk. */
  forget(file: Syncable): void {
    this.dirty.delete(file);
  }

  private schedule(): void {
    if (this.isScheduled || this.isSyncing) return;
    this.isScheduled = true;
    setImmediate(this.runner);
  }

  private begin(): void {
    this.isScheduled = false;
    if (this.isSyncing) return;
    const listeners = this.waiting;
    this.waiting = [];
    if (this.failure !== undefined) {
      this.failed(this.failure, listeners);
      return;
    }
    const files = [...this.dirty];
    this.dirty.clear();
    const batch = this.batch++;
    if (files.length === 0) this.succeeded(batch, listeners);
    else if (files.length === 1 && listeners.length <= FEW_WAITING && this.quickSyncsIn === 0) {
      this.syncNow(files[0]!, batch, listeners);
    } else this.sync(files, batch, listeners);
  }

  /** A publisher that waits for each confirm, say: a thread's help would only add the way there and back. */
  private syncNow(file: Syncable, batch: number, listeners: readonly CommitListener[]): void {
    const beganMs = performance.now();
    try {
      file.syncNow();
    } catch (error) {
      this.failed(error as Error, listeners);
      return;
    }
    const tookMs = performance.now() - beganMs;
    this.syncSeconds.observe(tookMs / 1000);
    if (tookMs > QUICK_SYNC_MS) this.quickSyncsIn = PATIENCE_SYNCS;
    this.succeeded(batch, listeners);
  }

  private sync(files: readonly Syncable[], batch: number, listeners: readonly CommitListener[]): void {
    if (this.quickSyncsIn > 0) this.quickSyncsIn--;
    this.isSyncing = true;
    const beganMs = performance.now();
    Promise.all(files.map((file) => file.sync())).then(
      () => {
        this.isSyncing = false;
        this.syncSeconds.observe((performance.now() - beganMs) / 1000);
        this.succeeded(batch, listeners);
        if (this.dirty.size > 0 || this.waiting.length > 0) this.begin();
      },
      (error: Error) => {
        this.isSyncing = false;
        this.failed(error, listeners);
      },
    );
  }

  private succeeded(batch: number, listeners: readonly CommitListener[]): void {
    this.committedBatch = batch;
    for (const listener of listeners) {
      try {
        listener.committed();
      } catch (error) {
        throwApart(error);
      }
    }
  }

  private failed(error: Error, listeners: readonly CommitListener[]): void {
    this.failure = error;
    for (const listener of [...listeners, ...this.waiting.splice(0)]) {
      try {
        listener.commitFailed(error);
      } catch (mistake) {
        throwApart(mistake);
      }
    }
  }
}

/** A listener's own mistake: the others are told all the same, what they have written being on disk or not. */
function throwApart(error: unknown): void {
  setImmediate(() => confineViolation(error));
}
