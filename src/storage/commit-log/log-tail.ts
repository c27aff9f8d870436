import { AmqpError } from '../../protocol/amqp-error.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { NumbersUsedUpError } from '../numbers-used-up-error.ts';
import type { Damage } from './damage.ts';
import { SMALLEST_RECORD_OCTETS } from './record.ts';
import { END_MARK_OCTETS, SEGMENT_HEADER_OCTETS, type Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';

/** The next segment is made ready when the tail has only this part of it left. */
const NEXT_DUE_FRACTION = 4;
/**
 * Kept free at a segment's end for the notes that transactions are on disk, also on a full disk. With one a batch there are
 * two at most behind the last record that found room: of the batch that is being synced, and of the one that is gathered.
 */
const RESERVED_OCTETS = 2 * SMALLEST_RECORD_OCTETS;
/** How often a full disk is asked again for the next segment. */
const RETRY_INTERVAL_MS = 500;

/** What the durable store tells the broker. */
export interface DurableStoreListener {
  /** The disk has no room for another segment; or has again. */
  outOfSegments(isOut: boolean): void;
  /** Something could not be written that nobody waits for. */
  writeFailed(error: Error): void;
  /** A message is not on disk any more as it was written. */
  damaged(damage: Damage): void;
}

/** Whose segments these are. */
export interface SegmentOwner {
  readonly segmentFiles: SegmentFiles;
  readonly commit: GroupCommit;
  /** The segment is to be appended to from now on; or not any more. */
  begin(segment: Segment): void;
  seal(segment: Segment): void;
}

/**
 * The segment at the log's end, and the one after it: made ahead, so that nobody waits for the disk to reserve its space, and
 * a full disk is noticed while there is room for those that are under way.
 */
export class LogTail {
  private readonly owner: SegmentOwner;
  private readonly listener: DurableStoreListener;
  private readonly nextDueOctets: number;
  private readonly longestOctets: number;
  private tail: Segment | undefined;
  private next: Segment | undefined;
  private isNextDue = false;
  private isOutOfSegments = false;
  private isClosed = false;
  private retryTimer: NodeJS.Timeout | undefined;

  constructor(owner: SegmentOwner, listener: DurableStoreListener) {
    const { segmentSizeOctets } = owner.segmentFiles.window;
    this.owner = owner;
    this.listener = listener;
    this.nextDueOctets = segmentSizeOctets / NEXT_DUE_FRACTION;
    this.longestOctets = segmentSizeOctets - SEGMENT_HEADER_OCTETS - RESERVED_OCTETS - END_MARK_OCTETS;
  }

  /**
   * The segment that a record of this length goes to.
   *
   * @throws AmqpError RESOURCE_ERROR if the disk is full or the record too long, INTERNAL_ERROR if the disk has failed
   */
  segmentFor(length: number): Segment {
    const { failure } = this.owner.commit;
    if (failure !== undefined) throw failedError(failure);
    const { tail } = this;
    if (tail !== undefined && tail.roomOctets >= length + RESERVED_OCTETS) {
      if (tail.roomOctets < this.nextDueOctets) this.prepareNext();
      return tail;
    }
    if (length > this.longestOctets) throw new AmqpError('RESOURCE_ERROR', 'too large for the message log');
    return this.advance();
  }

  /** The segment that a record goes to that room is kept for. @throws AmqpError as `segmentFor` */
  segmentForReserved(length: number): Segment {
    const { tail } = this;
    return tail !== undefined && tail.roomOctets >= length ? tail : this.segmentFor(length);
  }

  private advance(): Segment {
    const { tail } = this;
    const segment = this.next ?? this.create();
    this.next = undefined;
    this.owner.begin(segment);
    this.tail = segment;
    if (tail !== undefined) this.owner.seal(tail);
    return segment;
  }

  private create(): Segment {
    try {
      const segment = this.owner.segmentFiles.create('log');
      this.setOutOfSegments(false);
      return segment;
    } catch (error) {
      this.setOutOfSegments(true);
      throw diskError(error, this.listener);
    }
  }

  /** Tells the listener, and tries again from time to time until there is room. */
  private setOutOfSegments(isOut: boolean): void {
    if (isOut) {
      clearTimeout(this.retryTimer);
      this.retryTimer = setTimeout(() => this.tryPrepareNext(), RETRY_INTERVAL_MS).unref();
    }
    if (isOut === this.isOutOfSegments) return;
    this.isOutOfSegments = isOut;
    this.listener.outOfSegments(isOut);
  }

  /** Reserves the segment after the tail once there is time. */
  private prepareNext(): void {
    if (this.isNextDue || this.next !== undefined) return;
    this.isNextDue = true;
    setImmediate(() => {
      this.isNextDue = false;
      this.tryPrepareNext();
    });
  }

  private tryPrepareNext(): void {
    if (this.isClosed || this.next !== undefined || this.owner.commit.failure !== undefined) return;
    try {
      this.next = this.create();
    } catch {
      // The listener knows, and whoever needs the segment will be told why.
    }
  }

  /** A segment was removed: there may be room now. */
  spaceFreed(): void {
    if (this.isOutOfSegments) this.tryPrepareNext();
  }

  /** Goes on with a segment that was there at the start. */
  resume(tail: Segment): void {
    this.tail = tail;
  }

  /** No more segments are made ahead. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.retryTimer);
  }

  /** The segment that was made ahead in vain, and has to be removed. */
  takeUnused(): Segment | undefined {
    const { next } = this;
    this.next = undefined;
    return next !== undefined && this.owner.segmentFiles.unlist(next) ? next : undefined;
  }
}

/** What a client is told when the disk does not take its message. */
export function diskError(error: unknown, listener: DurableStoreListener): AmqpError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return new AmqpError('RESOURCE_ERROR', 'no space left in the data directory');
  listener.writeFailed(error as Error);
  if (error instanceof NumbersUsedUpError) return new AmqpError('RESOURCE_ERROR', message);
  return new AmqpError('INTERNAL_ERROR', `the data directory can't be written: ${message}`);
}

function failedError(failure: Error): AmqpError {
  return new AmqpError('INTERNAL_ERROR', `the data directory has failed: ${failure.message}`);
}
