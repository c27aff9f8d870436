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
  /** The segment's files are gone. */
  removed(segment: Segment): void;
}

/** Removes from the disk what is dead there, and not before nothing needs it any more. */
export class Retirement {
  private readonly store: RetiringStore;
  /** Segments of survivors that are to go once no others refer to them. */
  private readonly postponed: Segment[] = [];
  private isClosed = false;

  constructor(store: RetiringStore) {
    this.store = store;
  }

  /** Removes a dead segment once it is not needed any more, and when its last octets are sent. */
  retire(segment: Segment): void {
    const { acknowledgements, compaction, segmentFiles } = this.store;
    compaction.forget(segment);
    acknowledgements.forget(segment);
    acknowledgements.sync();
    if (!segmentFiles.unlist(segment)) return; // it stays until the next start
    segment.isSparse = false;
    this.whenNotNeeded(() => segment.whenUnpinned(() => this.removeOrPostpone(segment)));
  }

  /** Survivors are not removed as long as there is a record of theirs elsewhere that does not know what became of them. */
  private removeOrPostpone(segment: Segment): void {
    if (segment.kind === 'moved' && this.store.compaction.isMoving) this.postponed.push(segment);
    else this.remove(segment);
  }

  private remove(segment: Segment): void {
    const { compaction, segmentFiles } = this.store;
    segmentFiles.remove(segment);
    compaction.removed(segment);
    this.store.removed(segment);
    if (compaction.isMoving) return;
    for (const survivors of this.postponed.splice(0)) this.remove(survivors);
  }

  /** The message is gone: so is its body, once that is on disk. Or what is left would look like a message that has lost it. */
  removeBody(order: number): void {
    const { acknowledgements, bodies } = this.store;
    acknowledgements.flush();
    acknowledgements.sync();
    bodies.forget(order);
    this.whenNotNeeded(() => bodies.remove(order));
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
