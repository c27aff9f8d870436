import { violated } from '../../observe/invariants.ts';
import { FRAME_HEADER_SIZE_OCTETS, FRAME_OVERHEAD_OCTETS } from '../../protocol/constants.ts';
import { contentFramesLength, putContentFrames } from '../../protocol/content-frames.ts';
import { LARGE_BODY_OCTETS, type Message, NOT_STORED } from '../../protocol/message.ts';
import { copyOctets, getLong } from '../../protocol/octets.ts';
import { type Clock, SYSTEM_TIME } from '../../time/clock.ts';
import type { Arena } from '../message/arena.ts';
import type { MessageStore } from '../message/message-store.ts';
import { MAX_SLOTS, SlotTable } from '../message/slot-table.ts';
import { holds, holdsNothing, viewOf } from '../message/stored-as.ts';
import { readingMessage } from '../message/unreadable-message-error.ts';
import { LargeBodies } from './large-bodies.ts';
import {
  FLAG_LARGE_BODY,
  FLAGS_AT,
  HEADER_LENGTH_AT,
  MEMORY_SEGMENT_OCTETS,
  MemorySegment,
  RECORD_HEADER_OCTETS,
  ROUTE_LENGTH_AT,
  SLOT_AT,
  TIMESTAMP_AT,
} from './memory-segment.ts';
import type { ScratchDirectory } from './scratch-directory.ts';
import { SegmentPager } from './segment-pager.ts';
import { SegmentRegions } from './segment-regions.ts';

/** Compaction begins when the segments take twice what lives in them and this many segments more. */
const SLACK_SEGMENTS = 8;
/** So many segments of the scratch file are compacted in a turn of the event loop. */
const COMPACTED_A_TURN = 4;
/** What a queue needs to remember a message that it holds, at most. */
const REFERENCE_OCTETS = 8;

/**
 * The store in plain memory: records appended to fixed-size segments, one after the other. A segment is recycled when
 * nothing in it is alive, in any order. When a few stragglers keep many segments, the live records of the emptiest are
 * moved to the log's end, so that memory stays within about twice what is alive. Given a scratch directory, segments and
 * large bodies can be paged out to it; reading a message of a segment brings all of it back.
 */
export class MemoryStore implements MessageStore {
  messageCount = 0;
  liveOctets = 0;

  private readonly clock: Pick<Clock, 'nowMs'>;
  private readonly slots: SlotTable;
  private readonly segments: (MemorySegment | undefined)[] = [];
  private readonly freeIndexes: number[] = [];
  private readonly regions: SegmentRegions;
  private tail: MemorySegment | undefined;
  /** Sealed segments that are less than half alive: what compaction takes, the first to fall so low first. */
  private readonly sparse = new Set<MemorySegment>();
  private readonly bodies: LargeBodies;
  private readonly pager: SegmentPager | undefined;
  private referenceCount = 0;
  private scratchCompaction: NodeJS.Immediate | undefined;

  /** Without a scratch directory everything stays in memory. */
  constructor(
    arena: Arena,
    scratch?: ScratchDirectory,
    clock: Pick<Clock, 'nowMs'> = SYSTEM_TIME,
    maxSlots = MAX_SLOTS,
  ) {
    this.clock = clock;
    this.slots = new SlotTable(maxSlots);
    this.regions = new SegmentRegions(arena);
    this.bodies = new LargeBodies(scratch?.bodies);
    if (scratch !== undefined) this.pager = new SegmentPager(scratch.segments, this.regions, this.slots);
  }

  get allocatedOctets(): number {
    return this.regions.allocatedOctets + this.bodies.residentOctets;
  }

  get occupiedOctets(): number {
    return this.regions.occupiedOctets + this.bodies.residentOctets;
  }

  get indexOctets(): number {
    return this.slots.sizeOctets + this.referenceCount * REFERENCE_OCTETS + this.bodies.indexOctets;
  }

  get slotUse(): number {
    return this.messageCount / this.slots.maxSlots;
  }

  hold(message: Message): number {
    const { slot } = message;
    if (slot === NOT_STORED) return this.holdNew(message);
    this.slots.retain(slot);
    this.referenceCount++;
    return slot;
  }

  /** Apart, so that `hold` can be inlined: a publish stores a message once. */
  private holdNew(message: Message): number {
    const slot = this.append(message, 2);
    holds(message, slot);
    return slot;
  }

  endPublish(message: Message): void {
    const { slot } = message;
    if (slot === NOT_STORED || !message.isHolder) return;
    holdsNothing(message);
    this.release(slot);
  }

  keepCopy(message: Message): number {
    return message.slot === NOT_STORED ? this.append(message, 1) : this.hold(message);
  }

  read(slot: number, into: Message): void {
    this.readHeader(slot, into);
    if (!into.isFramed) into.pieces = readingMessage(() => this.bodies.read(slot));
  }

  readHeader(slot: number, into: Message): void {
    this.slots.requireHeld(slot);
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.isPagedOut) this.pageIn(segment);
    const at = segment.start + this.slots.offset[slot]!;
    const { octets, view } = segment;
    const routeStart = at + RECORD_HEADER_OCTETS;
    const routeEnd = routeStart + view.getUint16(at + ROUTE_LENGTH_AT, true);
    const headerStart = routeEnd + FRAME_HEADER_SIZE_OCTETS;
    const headerEnd = headerStart + view.getUint32(at + HEADER_LENGTH_AT, true);
    into.route = into.header = into.body = octets;
    into.routeStart = routeStart;
    into.routeEnd = routeEnd;
    into.headerStart = headerStart;
    into.headerEnd = headerEnd;
    into.bodySize = bodySizeIn(octets, headerStart);
    viewOf(into, slot);
    into.source = segment;
    into.sourceGeneration = segment.generation;
    into.isFramed = view.getUint16(at + FLAGS_AT, true) === 0;
    into.bodyStart = headerEnd + FRAME_OVERHEAD_OCTETS;
    into.bodyEnd = into.bodyStart + into.bodySize;
    into.pieces = undefined;
  }

  bodySize(slot: number): number {
    this.slots.requireHeld(slot);
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.isPagedOut) this.pageIn(segment);
    const at = segment.start + this.slots.offset[slot]!;
    const routeLength = segment.view.getUint16(at + ROUTE_LENGTH_AT, true);
    return bodySizeIn(segment.octets, at + RECORD_HEADER_OCTETS + routeLength + FRAME_HEADER_SIZE_OCTETS);
  }

  timestampMs(slot: number): number {
    this.slots.requireHeld(slot);
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.isPagedOut) this.pageIn(segment);
    return segment.view.getFloat64(segment.start + this.slots.offset[slot]! + TIMESTAMP_AT, true);
  }

  restamp(slot: number): void {
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.isPagedOut) this.pageIn(segment);
    segment.view.setFloat64(segment.start + this.slots.offset[slot]! + TIMESTAMP_AT, this.clock.nowMs, true);
    this.pager?.changed(segment);
  }

  /** Nothing in memory is there after a restart. */
  acknowledged(): void {}

  delivered(): void {}

  returned(): void {}

  release(slot: number): void {
    const isHeld = this.slots.release(slot);
    this.referenceCount--;
    if (isHeld) return;
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.isPagedOut) {
      this.releasePagedOut(slot, segment);
      return;
    }
    const at = segment.start + this.slots.offset[slot]!;
    const length = segment.view.getUint32(at, true);
    if (segment.view.getUint16(at + FLAGS_AT, true) !== 0) this.liveOctets -= this.bodies.drop(slot);
    this.slots.give(slot);
    this.messageCount--;
    this.liveOctets -= length;
    segment.live -= length;
    if (this.liveOctets < 0 || segment.live < 0 || this.messageCount < 0) this.violatesCounts(slot);
    if (segment === this.tail) {
      if (segment.live === 0) this.tailEmptied(segment);
      return;
    }
    if (segment.live === 0) this.recycle(segment);
    else if (segment.isMostlyDead) {
      this.markSparse(segment);
      this.compactIfDue();
    }
  }

  private violatesCounts(slot: number): never {
    const { messageCount, liveOctets } = this;
    violated(
      `less than nothing is stored after slot ${slot} was freed: ${messageCount} messages, ${liveOctets} octets`,
    );
  }

  /** A short queue stays in the same few pages. */
  private tailEmptied(tail: MemorySegment): void {
    tail.used = 0;
    tail.generation++;
    if (this.messageCount === 0) this.slots.clear();
  }

  private append(message: Message, references: number): number {
    message.requireValid();
    const { routeStart, routeEnd, headerStart, headerEnd } = message;
    const isLarge = message.bodySize > LARGE_BODY_OCTETS;
    const routeLength = routeEnd - routeStart;
    const headerLength = headerEnd - headerStart;
    const contentLength = isLarge ? FRAME_HEADER_SIZE_OCTETS + headerLength : contentFramesLength(message);
    const length = RECORD_HEADER_OCTETS + routeLength + contentLength;
    const segment = this.segmentFor(length);
    const at = segment.start + segment.used;
    const slot = this.slots.take(segment.index, segment.used, references);
    const { octets, view } = segment;
    view.setUint32(at, length, true);
    view.setUint32(at + SLOT_AT, slot, true);
    view.setUint16(at + ROUTE_LENGTH_AT, routeLength, true);
    view.setUint16(at + FLAGS_AT, isLarge ? FLAG_LARGE_BODY : 0, true);
    view.setUint32(at + HEADER_LENGTH_AT, headerLength, true);
    view.setFloat64(at + TIMESTAMP_AT, this.clock.nowMs, true);
    const end = copyOctets(message.route, routeStart, routeEnd, octets, at + RECORD_HEADER_OCTETS);
    if (isLarge) {
      copyOctets(message.header, headerStart, headerEnd, octets, end + FRAME_HEADER_SIZE_OCTETS);
      this.keepLargeBody(slot, message);
    } else {
      putContentFrames(message, octets, end);
    }
    segment.used += length;
    segment.live += length;
    this.liveOctets += length;
    this.messageCount++;
    this.referenceCount += references;
    return slot;
  }

  private segmentFor(length: number): MemorySegment {
    const { tail } = this;
    if (tail !== undefined && tail.room >= length) return tail;
    const index = this.freeIndexes.pop() ?? this.segments.length;
    const next = new MemorySegment(index, this.regions.take(length));
    this.segments[index] = next;
    this.tail = next;
    if (tail !== undefined) this.seal(tail);
    return next;
  }

  private seal(segment: MemorySegment): void {
    if (segment.live === 0) {
      this.recycle(segment);
      return;
    }
    this.pager?.sealed(segment);
    if (segment.isMostlyDead) this.markSparse(segment);
  }

  private markSparse(segment: MemorySegment): void {
    if (segment.isSparse) return;
    segment.isSparse = true;
    this.sparse.add(segment);
  }

  private unmarkSparse(segment: MemorySegment): void {
    if (segment.isSparse) this.sparse.delete(segment);
    segment.isSparse = false;
  }

  /** Nothing in the segment is alive: its memory and its number are free for others. */
  private recycle(segment: MemorySegment): void {
    segment.generation++;
    this.unmarkSparse(segment);
    this.pager?.forget(segment);
    if (!segment.isPagedOut) this.regions.give(segment.region);
    this.segments[segment.index] = undefined;
    this.freeIndexes.push(segment.index);
    if (this.messageCount === 0) this.slots.clear();
  }

  private compactIfDue(): void {
    const inlineOctets = this.liveOctets - this.bodies.octets - (this.pager?.liveOctets ?? 0);
    if (this.regions.occupiedOctets <= 2 * inlineOctets + SLACK_SEGMENTS * MEMORY_SEGMENT_OCTETS) return;
    for (const candidate of this.sparse) {
      this.compact(candidate);
      return; // one a release keeps pace: a segment becomes sparse only by many of them
    }
  }

  /** Moves what is alive in the segment to the log's end. */
  private compact(segment: MemorySegment): void {
    segment.eachLive(this.slots, (slot, offset, length) => this.move(slot, segment, offset, length));
    segment.live = 0;
    this.recycle(segment);
  }

  private move(slot: number, from: MemorySegment, offset: number, length: number): void {
    const target = this.segmentFor(length);
    const at = from.start + offset;
    copyOctets(from.octets, at, at + length, target.octets, target.start + target.used);
    this.slots.segment[slot] = target.index;
    this.slots.offset[slot] = target.used;
    target.used += length;
    target.live += length;
  }

  pageOut(octets: number): number {
    if (this.pager === undefined) return 0;
    if (this.bodies.residentOctets > this.regions.occupiedOctets) {
      const done = this.bodies.pageOut(octets);
      return done < octets ? done + this.pageSegmentsOut(octets - done) : done;
    }
    const done = this.pageSegmentsOut(octets);
    return done < octets ? done + this.bodies.pageOut(octets - done) : done;
  }

  private pageSegmentsOut(octets: number): number {
    const segments = this.pager!.pageOut(Math.ceil(octets / MEMORY_SEGMENT_OCTETS));
    for (const segment of segments) this.unmarkSparse(segment);
    return segments.length * MEMORY_SEGMENT_OCTETS;
  }

  private pageIn(segment: MemorySegment): void {
    this.liveOctets -= segment.live;
    try {
      readingMessage(() => this.pager!.pageIn(segment));
    } finally {
      this.liveOctets += segment.live;
    }
    if (segment.isMostlyDead) this.markSparse(segment);
  }

  /** The record is not read back for that. */
  private releasePagedOut(slot: number, segment: MemorySegment): void {
    const pager = this.pager!;
    this.liveOctets -= this.bodies.drop(slot) + pager.release(segment);
    this.slots.give(slot);
    this.messageCount--;
    if (this.liveOctets < 0 || this.messageCount < 0) this.violatesCounts(slot);
    if (segment.liveCount === 0) this.recycle(segment);
    else if (pager.compactable !== undefined) this.scratchCompaction ??= setImmediate(this.compactScratch);
  }

  /** Brings segments of the scratch file that are mostly dead back, a few a turn, to move what lives to the log's end. */
  private readonly compactScratch = (): void => {
    this.scratchCompaction = undefined;
    const pager = this.pager!;
    for (let i = 0; i < COMPACTED_A_TURN; i++) {
      const segment = pager.compactable;
      if (segment === undefined) return;
      try {
        this.pageIn(segment);
      } catch {
        pager.giveUp(segment); // who wants one of its messages is told
        continue;
      }
      this.compact(segment);
    }
    this.scratchCompaction = setImmediate(this.compactScratch);
  };

  /** Nothing is done of the store's own accord any more. */
  close(): void {
    clearImmediate(this.scratchCompaction);
  }

  private keepLargeBody(slot: number, message: Message): void {
    this.bodies.keep(slot, message.pieces ?? [message.body.subarray(message.bodyStart, message.bodyEnd)]);
    this.liveOctets += message.bodySize;
  }
}

/** The body size in a content header's payload. The upper half is zero: sizes are limited to far less. */
function bodySizeIn(octets: Buffer, headerStart: number): number {
  return getLong(octets, headerStart + 8);
}
