import type { DeathReason } from '../queue/x-death.ts';

export type QueueKind = 'classic' | 'quorum';

/** What queues were done with although nobody has acknowledged it. Nothing of it happens for each message. */
export class DeadLetterCounts {
  private readonly counts = new Map<string, number>();
  /** Dead letters of quorum queues that are safe where they went. */
  confirmed = 0;

  /** @param isPublished whether the queue has an exchange for them; false: the message is dropped */
  add(kind: QueueKind, reason: DeathReason, isPublished: boolean): void {
    const key = keyOf(kind, reason, isPublished);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }

  get(kind: QueueKind, reason: DeathReason, isPublished: boolean): number {
    return this.counts.get(keyOf(kind, reason, isPublished)) ?? 0;
  }

  addAll(other: DeadLetterCounts): void {
    this.confirmed += other.confirmed;
    for (const [key, count] of other.counts) this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }
}

function keyOf(kind: QueueKind, reason: DeathReason, isPublished: boolean): string {
  return `${kind} ${reason} ${isPublished}`;
}
