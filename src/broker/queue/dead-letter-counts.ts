import type { DeathReason } from './x-death.ts';

export type QueueKind = 'classic' | 'quorum';

const REASONS: readonly DeathReason[] = ['rejected', 'expired', 'maxlen', 'delivery_limit'];

/** What queues were done with although nobody has acknowledged it. */
export class DeadLetterCounts {
  /** Of each reason four: of classic and of quorum queues, dropped and published. */
  private readonly counts = new Float64Array(4 * REASONS.length);
  /** Dead letters of quorum queues that are safe where they went. */
  confirmed = 0;

  /** @param isPublished whether the queue has an exchange for them; false: the message is dropped */
  add(kind: QueueKind, reason: DeathReason, isPublished: boolean): void {
    this.counts[indexOf(kind, reason, isPublished)]!++;
  }

  get(kind: QueueKind, reason: DeathReason, isPublished: boolean): number {
    return this.counts[indexOf(kind, reason, isPublished)]!;
  }

  addAll(other: DeadLetterCounts): void {
    this.confirmed += other.confirmed;
    for (let i = 0; i < this.counts.length; i++) this.counts[i]! += other.counts[i]!;
  }
}

function indexOf(kind: QueueKind, reason: DeathReason, isPublished: boolean): number {
  return 4 * REASONS.indexOf(reason) + (kind === 'quorum' ? 2 : 0) + (isPublished ? 1 : 0);
}
