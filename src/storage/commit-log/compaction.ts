import { reportDefect } from '../../observe/invariants.ts';
import type { DiskRetries } from '../disk/disk-retries.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isSystemError } from '../disk/system-error.ts';
import type { SlotTable } from '../message/slot-table.ts';
import { readingMessage, UnreadableMessageError } from '../message/unreadable-message-error.ts';
import { NumbersUsedUpError } from '../numbers-used-up-error.ts';
import { AckIndex } from './ack-index.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { checksum } from './checksum.ts';
import { CompactionSources } from './compaction-sources.ts';
import {
  aligned,
  CHECKSUM_OCTETS,
  FIRST_TARGET_WORD,
  FLAG_IN_TRANSACTION,
  KIND_WORD,
  LENGTH_WORD,
  SEGMENT_WORD,
  TARGET_COUNT_WORD,
} from './record.ts';
import { END_MARK_OCTETS, SEGMENT_HEADER_OCTETS, type Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import { NOT_ATTACHED } from './window.ts';

/** Compaction begins when the disk holds twice what is alive and this many segments more: the tail, and most of one that drains. */
const SLACK_SEGMENTS = 1.75;
/** Disk space is reserved for survivors in such parts of a segment, since there may be few. */
const RESERVED_FRACTION = 16;
/** Moved in one turn at most, so that nobody waits for compaction: about half a millisecond. */
const STEP_OCTETS = 1024 * 1024;

/** The store whose segments are compacted. */
export interface CompactedStore {
  readonly segmentFiles: SegmentFiles;
  readonly commit: GroupCommit;
  readonly slots: SlotTable;
  readonly acknowledgements: Acknowledgements;
  readonly retries: DiskRetries;
  /** Something can't be written that nobody waits for. */
  writeFailed(error: Error): void;
  /** What lives, and all that the disk holds, in octets. */
  readonly liveOctets: number;
  readonly heldOctets: number;
  /** Brings the segment into the window, so that it can be looked at. @throws the system's error */
  makeTouchable(segment: Segment): void;
  /** Whether the message's record, which is in the window, is as it was written. */
  isSound(slot: number): boolean;
  begin(segment: Segment): void;
  seal(segment: Segment): void;
  /** Nothing in the segment is alive any more. */
  emptied(segment: Segment): void;
  /** A live record was copied behind the others of segment `to`. */
  movedRecord(slot: number, from: Segment, lengthOctets: number, to: Segment, movedLengthOctets: number): void;
}

/** A segment that is being emptied. */
interface Job {
  readonly segment: Segment;
  /** Its live messages when the job began; some may be gone by now. */
  readonly slots: Uint32Array;
  next: number;
}

/**
 * Keeps a few stragglers from holding the disk: what is alive in the emptiest segments is moved to segments of survivors, a
 * bit a turn. Survivors stay among themselves, since what has lived long mostly lives on.
 */
export class Compaction {
  private readonly store: CompactedStore;
  /** Sealed segments of which less than half is alive. */
  private readonly sparse = new Set<Segment>();
  private job: Job | undefined;
  readonly sources = new CompactionSources();
  private tail: Segment | undefined;
  /** Disk space of the tail. */
  private reservedOctets = 0;
  private isScheduled = false;
  private isStopped = false;
  private readonly retryRunner = () => {
    this.schedule();
    return true; // one that fails again is added again
  };

  constructor(store: CompactedStore) {
    this.store = store;
  }

  /** The segment is less than half alive, and nothing is appended to it. */
  add(segment: Segment): void {
    if (!segment.isSparse) {
      segment.isSparse = true;
      this.sparse.add(segment);
    }
    this.schedule();
  }

  /** The segment is dead. */
  forget(segment: Segment): void {
    this.sparse.delete(segment);
    if (this.job?.segment === segment) this.job = undefined;
  }

  private get isDue(): boolean {
    const { heldOctets, liveOctets, segmentFiles } = this.store;
    return heldOctets > 2 * liveOctets + SLACK_SEGMENTS * segmentFiles.window.segmentSizeOctets;
  }

  /** Begins soon, if there is too much on the disk. */
  schedule(): void {
    if (this.isScheduled || this.isStopped || (this.job === undefined && (this.sparse.size === 0 || !this.isDue)))
      return;
    this.isScheduled = true;
    setImmediate(() => this.step());
  }

  private step(): void {
    if (this.isStopped) return;
    this.isScheduled = false;
    if (this.store.commit.failure !== undefined) return;
    this.job ??= this.begin();
    if (this.job === undefined) return;
    const { job } = this;
    try {
      this.moveSome(job);
    } catch (error) {
      this.job = undefined;
      this.failed(job, error);
      return;
    }
    this.schedule();
  }

  /** The disk is full, say: the segment stays as it is, and is tried again later. Where a defect has stopped it, it never is. */
  private failed({ segment }: Job, error: unknown): void {
    if (isSystemError(error) || error instanceof UnreadableMessageError) {
      this.store.retries.add(this.retryRunner);
    } else if (error instanceof NumbersUsedUpError) {
      this.stop();
      this.store.writeFailed(error);
    } else {
      this.sparse.delete(segment);
      reportDefect(error, `compaction of segment ${segment.number}`);
      this.schedule();
    }
  }

  private begin(): Job | undefined {
    let emptiest: Segment | undefined;
    const { committedBatch } = this.store.commit;
    for (const segment of this.sparse) {
      if (segment.sealedBatch > committedBatch) continue;
      if (emptiest === undefined || segment.liveOctets < emptiest.liveOctets) emptiest = segment;
    }
    if (emptiest === undefined) this.tryLater();
    if (emptiest === undefined || !this.isDue) return undefined;
    return { segment: emptiest, slots: this.liveSlotsOf(emptiest), next: 0 };
  }

  /** A message must not outlive its transaction, if that turns out not to have happened: its end has to be on disk. */
  private tryLater(): void {
    if (this.sparse.size === 0) return;
    this.store.commit.wait({ committed: () => this.schedule(), commitFailed: () => undefined });
  }

  /** Looks through all rows, a nanosecond each: less than keeping a list for each segment would cost at every message. */
  private liveSlotsOf({ index }: Segment): Uint32Array {
    const { segment, references, usedCount } = this.store.slots;
    const found: number[] = [];
    for (let slot = 0; slot < usedCount; slot++) {
      if (segment[slot] === index && references[slot]! > 0) found.push(slot);
    }
    return Uint32Array.from(found);
  }

  private moveSome(job: Job): void {
    const { segment, slots } = job;
    const acks = this.readAcks(segment);
    const { slots: table } = this.store;
    for (let moved = 0; moved < STEP_OCTETS && job.next < slots.length; job.next++) {
      const slot = slots[job.next]!;
      if (table.references[slot]! === 0 || table.segment[slot] !== segment.index) continue;
      this.store.makeTouchable(segment);
      if (!this.store.isSound(slot)) {
        this.giveUp(segment);
        return;
      }
      moved += this.move(slot, segment, acks);
    }
    if (job.next < slots.length) return;
    this.job = undefined;
    this.store.emptied(segment);
  }

  /** A copy of a damaged record would check. The segment stays until its last message is released, or the next start. */
  private giveUp(segment: Segment): void {
    this.sparse.delete(segment);
    this.job = undefined;
  }

  private readAcks(segment: Segment): AckIndex {
    const index = new AckIndex(this.store.segmentFiles.window.segmentSizeOctets, segment.kind === 'log');
    segment.acks.flush();
    segment.acks.read(index);
    return index;
  }

  /** Moves a live record behind the other survivors; returns its length. */
  private move(slot: number, from: Segment, acks: AckIndex): number {
    const { store } = this;
    const { window } = store.segmentFiles;
    const offset = store.slots.offset[slot]!;
    this.bringIn(from);
    const length = window.words[((from.base + offset) >> 2) + LENGTH_WORD]!;
    const to = this.tailFor(length);
    this.bringIn(from);
    const movedOffset = to.usedOctets;
    const movedLength = this.copy(from, offset, to, acks);
    this.sources.note(from, to);
    store.movedRecord(slot, from, length, to, movedLength);
    this.repeatDeliveries(from, offset, acks, to, movedOffset);
    return length;
  }

  private bringIn(segment: Segment): void {
    const { window } = this.store.segmentFiles;
    if (segment.base === NOT_ATTACHED) readingMessage(() => window.attach(segment));
  }

  /** Copies the record without the queues that are done with it; returns its new length. */
  private copy(from: Segment, offset: number, to: Segment, acks: AckIndex): number {
    const { words, octets } = this.store.segmentFiles.window;
    const source = (from.base + offset) >> 2;
    const start = to.base + to.usedOctets;
    const target = start >> 2;
    const count = words[source + TARGET_COUNT_WORD]!;
    words.copyWithin(target, source, source + FIRST_TARGET_WORD);
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const queue = words[source + FIRST_TARGET_WORD + i]!;
      if (acks.isAcknowledged(offset, queue, count === 1)) continue;
      words[target + FIRST_TARGET_WORD + kept++] = queue;
    }
    const contentFrom = (source + FIRST_TARGET_WORD + count) << 2;
    const contentEnd = (source << 2) + words[source + LENGTH_WORD]! - CHECKSUM_OCTETS;
    const contentAt = (target + FIRST_TARGET_WORD + kept) << 2;
    octets.copyWithin(contentAt, contentFrom, contentEnd);
    const length = aligned(contentAt - start + contentEnd - contentFrom + CHECKSUM_OCTETS);
    words[target + LENGTH_WORD] = length;
    words[target + SEGMENT_WORD] = to.number;
    words[target + TARGET_COUNT_WORD] = kept;
    words[target + KIND_WORD]! &= ~(FLAG_IN_TRANSACTION << 8);
    const last = (start + length - CHECKSUM_OCTETS) >> 2;
    words[last] = checksum(words, target, last, to.seed);
    return length;
  }

  /** That a queue has delivered the message, and how often it came back, is known of its new place, too. */
  private repeatDeliveries(from: Segment, offset: number, acks: AckIndex, to: Segment, movedOffset: number): void {
    const { acknowledgements, segmentFiles } = this.store;
    const { words } = segmentFiles.window;
    const source = (from.base + offset) >> 2;
    const count = words[source + TARGET_COUNT_WORD]!;
    for (let i = 0; i < count; i++) {
      const queue = words[source + FIRST_TARGET_WORD + i]!;
      if (!acks.isDelivered(offset, queue) || acks.isAcknowledged(offset, queue, count === 1)) continue;
      const returnCount = acks.returnCount(offset, queue);
      if (returnCount === 0) acknowledgements.delivered(to, movedOffset, queue);
      else acknowledgements.returned(to, movedOffset, queue, returnCount);
    }
  }

  private tailFor(length: number): Segment {
    const { tail, store } = this;
    if (tail !== undefined && tail.roomOctets >= length) {
      this.reserve(tail, length);
      return tail;
    }
    this.reservedOctets = this.reservation(SEGMENT_HEADER_OCTETS + length);
    const next = store.segmentFiles.create('moved', this.reservedOctets);
    store.begin(next);
    this.tail = next;
    if (tail !== undefined) store.seal(tail);
    return next;
  }

  private reserve({ file, usedOctets }: Segment, length: number): void {
    if (usedOctets + length + END_MARK_OCTETS <= this.reservedOctets) return;
    const needed = this.reservation(usedOctets + length);
    this.store.segmentFiles.takeSpace(file, needed);
    this.reservedOctets = needed;
  }

  private reservation(octets: number): number {
    const { segmentSizeOctets } = this.store.segmentFiles.window;
    const step = segmentSizeOctets / RESERVED_FRACTION;
    return Math.min(segmentSizeOctets, Math.ceil((octets + END_MARK_OCTETS) / step) * step);
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Goes on appending to a segment of survivors that was there at the start. */
  resume(tail: Segment): void {
    this.tail = tail;
    this.reservedOctets = tail.usedOctets; // the rest may have been cut off
  }
}
