import type { DiskRetries } from '../disk/disk-retries.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import type { Compaction } from './compaction.ts';
import type { LargeBodies } from './large-bodies.ts';
import type { Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { Transactions } from './transactions.ts';

/** The store whose dead segments and bodies are removed. */
export interface RetiringStore {
  readonly segmentFiles: SegmentFiles;
  readonly bodies: LargeBodies;
  readonly commit: GroupCommit;
  readonly acknowledgements: Acknowledgements;
  readonly compaction: Compaction;
  readonly transactions: Transactions;
  readonly retries: DiskRetries;
  /** The segment's files are gone. */
  removed(segment: Segment): void;
}

/** Removes from the disk what is dead there, and not before nothing needs it any more. */
export class Retirement {
  private readonly store: RetiringStore;
  /** Dead compacted segments that wait for their sources to be removed. */
  private readonly postponed = new Set<Segment>();
  private isClosed = false;

  constructor(store: RetiringStore) {
    this.store = store;
  }

  /** Removes a dead segment once it is not needed any more, and when its last octets are sent. */
  retire(segment: Segment): void {
    const { acknowledgements, compaction } = this.store;
    compaction.forget(segment);
    acknowledgements.sync();
    segment.isSparse = false;
    if (!this.unlist(segment)) this.store.retries.add(() => this.unlist(segment));
  }

  /** Returns false if the disk does not take it at present. */
  private unlist(segment: Segment): boolean {
    if (!this.store.segmentFiles.unlist(segment)) return false;
    this.whenNotNeeded(() => segment.whenUnpinned(() => this.removeOrPostpone(segment)));
    return true;
  }

  private removeOrPostpone(segment: Segment): void {
    if (this.store.compaction.sources.has(segment)) this.postponed.add(segment);
    else this.removeOrRetry(segment);
  }

  private removeOrRetry(segment: Segment): void {
    if (!this.remove(segment)) this.store.retries.add(() => this.remove(segment));
  }

  /** Returns false if that can't be done at present: what was copied out of it stays, too. */
  private remove(segment: Segment): boolean {
    const { acknowledgements, compaction, segmentFiles } = this.store;
    if (this.isClosed) return true;
    if (!segmentFiles.remove(segment)) return false;
    acknowledgements.forget(segment);
    this.store.removed(segment);
    for (const target of compaction.sources.removed(segment)) {
      if (this.postponed.delete(target)) this.removeOrRetry(target);
    }
    return true;
  }

  /** The message is gone: so is its body, once that is on disk. Or what is left would look like a message that has lost it. */
  removeBody(order: number): void {
    const { acknowledgements, bodies } = this.store;
    bodies.forget(order);
    acknowledgements.whenWritten(() => {
      acknowledgements.sync();
      this.whenNotNeeded(() => bodies.remove(order));
    });
  }

  /**
   * Calls the listener when what is dead by now can be removed: after the next sync, which brings to disk whatever speaks for
   * it being dead, or was moved elsewhere; and when no recovery would ask for it to tell what has become of a transaction.
   */
  whenNotNeeded(listener: () => void): void {
    const unlessClosed = () => {
      if (!this.isClosed) listener(); // else the next start does it
    };
    const committed = () => this.store.transactions.whenSettled(unlessClosed);
    this.store.commit.wait({ committed, commitFailed: () => undefined });
  }

  /** Nothing more is removed. */
  close(): void {
    this.isClosed = true;
  }
}
