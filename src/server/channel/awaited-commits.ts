import { violated } from '../../observe/invariants.ts';
import type { CommitListener, GroupCommit } from '../../storage/disk/group-commit.ts';

/** Messages of one batch of the group commit. */
interface AwaitedBatch {
  readonly batch: number;
  /** Delivery tag of the first of them. */
  readonly firstTag: number;
}

/** Which of a channel's messages are not on disk yet: one entry for each batch of the group commit, so two at most, mostly. */
export class AwaitedCommits {
  private readonly batches: AwaitedBatch[] = [];
  private readonly listener: CommitListener;
  private commit: GroupCommit | undefined;
  private lastBatch = 0;

  /** @param listener is told when `firstTag` has moved on */
  constructor(listener: CommitListener) {
    this.listener = {
      committed: () => this.committed(listener),
      commitFailed: (error) => listener.commitFailed(error),
    };
  }

  /** The message of this tag was appended just now. */
  add(commit: GroupCommit, tag: number): void {
    if (commit.batch === this.lastBatch) return;
    if (commit.batch < this.lastBatch)
      violated(`batch ${commit.batch} of the group commit comes after ${this.lastBatch}`);
    this.commit = commit;
    this.lastBatch = commit.batch;
    this.batches.push({ batch: commit.batch, firstTag: tag });
    commit.wait(this.listener);
  }

  /** The first tag that is awaited; infinite, if none is. */
  get firstTag(): number {
    return this.batches.length === 0 ? Number.POSITIVE_INFINITY : this.batches[0]!.firstTag;
  }

  private committed(listener: CommitListener): void {
    const { committedBatch } = this.commit!;
    while (this.batches.length > 0 && this.batches[0]!.batch <= committedBatch) this.batches.shift();
    listener.committed();
  }
}
