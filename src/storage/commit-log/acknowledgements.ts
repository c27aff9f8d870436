import type { GroupCommit } from '../disk/group-commit.ts';
import type { AckFile } from './ack-file.ts';
import type { Segment } from './segment.ts';

/** How long an acknowledgement may be in the system's cache alone: a power cut brings back what was acknowledged since. */
const SYNC_INTERVAL_MS = 1000;

/**
 * Writes acknowledgements to their segments' files at the end of each turn, one write a segment, and has them synced a
 * little later: nobody waits for that. Losing some brings messages back; it never loses one.
 */
export class Acknowledgements {
  private readonly commit: GroupCommit;
  private readonly onFailure: (error: Error) => void;
  private readonly onSync: () => void;
  private awaitingFlush: Segment[] = [];
  private readonly unsynced = new Set<AckFile>();
  private timer: NodeJS.Timeout | undefined;
  private readonly runner = () => this.flush();

  /** @param onSync called now and then, after many acknowledgements or a second */
  constructor(commit: GroupCommit, onFailure: (error: Error) => void, onSync: () => void) {
    this.commit = commit;
    this.onFailure = onFailure;
    this.onSync = onSync;
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

  /** Writes what was gathered. What could not be written stays, and is tried again with what comes next. */
  flush(): void {
    if (this.awaitingFlush.length === 0) return;
    const segments = this.awaitingFlush;
    this.awaitingFlush = [];
    for (const segment of segments) {
      segment.awaitsFlush = false;
      if (segment.acks.hasPending) this.write(segment);
    }
  }

  private write(segment: Segment): void {
    try {
      segment.acks.flush();
    } catch (error) {
      this.onFailure(error as Error);
      return;
    }
    this.unsynced.add(segment.acks);
    this.timer ??= setTimeout(() => this.sync(), SYNC_INTERVAL_MS).unref();
  }

  /** Has everything written so far synced with the next batch. */
  sync(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const acks of this.unsynced) this.commit.markDirty(acks);
    this.unsynced.clear();
    this.onSync();
  }

  /** The segment is about to be removed, and its acknowledgements with it. */
  forget(segment: Segment): void {
    this.unsynced.delete(segment.acks);
    segment.awaitsFlush = true; // whatever comes now is not worth a write
  }
}
