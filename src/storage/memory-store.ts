import { FRAME_HEADER_SIZE_OCTETS, FRAME_OVERHEAD_OCTETS } from '../protocol/constants.ts';
import { contentFramesLength, putContentFrames } from '../protocol/content-frames.ts';
import { LARGE_BODY_OCTETS, type Message, NOT_STORED } from '../protocol/message.ts';
import { copyOctets, getLong } from '../protocol/octets.ts';
import { type Arena, ownRegion, type Region } from './arena.ts';
import type { MessageStore } from './message-store.ts';
import { SlotTable } from './slot-table.ts';

/** Small enough to stay in the processor's cache while a short queue passes through, large against a message. */
const SEGMENT_SIZE_OCTETS = 512 * 1024;
const MAX_SPARE_SEGMENTS = 16;
/** Compaction begins when the segments take twice what lives in them and this many segments more. */
const SLACK_SEGMENTS = 8;

/**
 * Record: length and slot (4 octets each), route length and flags (2 each), header length (4), little-endian; then the
 * route, then the content as frames. A large body is kept beside the segments, and its record ends with the header.
 */
const RECORD_HEADER_OCTETS = 16;
const SLOT_AT = 4;
const ROUTE_LENGTH_AT = 8;
const FLAGS_AT = 10;
const HEADER_LENGTH_AT = 12;
const FLAG_LARGE_BODY = 1;

class Segment {
  readonly index: number;
  readonly region: Region;
  readonly octets: Buffer;
  readonly view: DataView;
  /** End of the last record. */
  used: number;
  /** Octets of the records that are referred to. */
  live = 0;
  isSparse = false;

  constructor(index: number, region: Region) {
    this.index = index;
    this.region = region;
    this.octets = region.octets;
    this.view = new DataView(region.octets.buffer, region.octets.byteOffset);
    this.used = region.start;
  }

  get size(): number {
    return this.region.end - this.region.start;
  }
  get room(): number {
    return this.region.end - this.used;
  }
  /** Less than half of what was written is alive. */
  get isMostlyDead(): boolean {
    return this.live * 2 < this.used - this.region.start;
  }
}

/**
 * The store in plain memory: records appended to fixed-size segments, one after the other. A segment is recycled when
 * nothing in it is alive, in any order. When a few stragglers keep many segments, the live records of the emptiest are
 * moved to the log's end, so that memory stays within about twice what is alive.
 */
export class MemoryStore implements MessageStore {
  messageCount = 0;
  liveOctets = 0;

  private readonly arena: Arena;
  private readonly slots = new SlotTable();
  private readonly segments: (Segment | undefined)[] = [];
  private readonly freeIndexes: number[] = [];
  private readonly spares: Segment[] = [];
  private tail: Segment | undefined;
  /** Sealed segments that are less than half alive: what compaction takes, the first to fall so low first. */
  private readonly sparse = new Set<Segment>();
  private segmentOctets = 0;
  private readonly largeBodies = new Map<number, readonly Buffer[]>();
  private largeBodyOctets = 0;

  constructor(arena: Arena) {
    this.arena = arena;
  }

  get allocatedOctets(): number {
    return this.segmentOctets + this.largeBodyOctets;
  }

  get occupiedOctets(): number {
    return this.inUseSegmentOctets + this.largeBodyOctets;
  }

  get indexOctets(): number {
    return this.slots.sizeOctets;
  }

  /** Everything stays in memory. */
  pageOut(): number {
    return 0;
  }

  private get inUseSegmentOctets(): number {
    return this.segmentOctets - this.spares.length * SEGMENT_SIZE_OCTETS;
  }

  hold(message: Message): number {
    let { slot } = message;
    if (slot === NOT_STORED) {
      slot = this.append(message);
      message.slot = slot;
      this.messageCount++;
    }
    this.slots.references[slot]!++;
    return slot;
  }

  read(slot: number, into: Message): void {
    const segment = this.segments[this.slots.segment[slot]!]!;
    const at = this.slots.offset[slot]!;
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
    into.slot = slot;
    into.isFramed = view.getUint16(at + FLAGS_AT, true) === 0;
    into.bodyStart = headerEnd + FRAME_OVERHEAD_OCTETS;
    into.bodyEnd = into.bodyStart + into.bodySize;
    into.pieces = into.isFramed ? undefined : this.largeBodies.get(slot);
  }

  release(slot: number): void {
    if (--this.slots.references[slot]! > 0) return;
    const segment = this.segments[this.slots.segment[slot]!]!;
    const at = this.slots.offset[slot]!;
    const length = segment.view.getUint32(at, true);
    if (segment.view.getUint16(at + FLAGS_AT, true) !== 0) this.dropLargeBody(slot);
    this.slots.give(slot);
    this.messageCount--;
    this.liveOctets -= length;
    segment.live -= length;
    if (segment === this.tail) {
      if (segment.live === 0) segment.used = segment.region.start; // a short queue stays in the same few pages
      return;
    }
    if (segment.live === 0) this.recycle(segment);
    else if (segment.isMostlyDead) {
      this.markSparse(segment);
      this.compactIfDue();
    }
  }

  private append(message: Message): number {
    const { routeStart, routeEnd, headerStart, headerEnd } = message;
    const isLarge = message.bodySize > LARGE_BODY_OCTETS;
    const routeLength = routeEnd - routeStart;
    const headerLength = headerEnd - headerStart;
    const contentLength = isLarge ? FRAME_HEADER_SIZE_OCTETS + headerLength : contentFramesLength(message);
    const length = RECORD_HEADER_OCTETS + routeLength + contentLength;
    const segment = this.segmentFor(length);
    const at = segment.used;
    const slot = this.slots.take(segment.index, at);
    const { octets, view } = segment;
    view.setUint32(at, length, true);
    view.setUint32(at + SLOT_AT, slot, true);
    view.setUint16(at + ROUTE_LENGTH_AT, routeLength, true);
    view.setUint16(at + FLAGS_AT, isLarge ? FLAG_LARGE_BODY : 0, true);
    view.setUint32(at + HEADER_LENGTH_AT, headerLength, true);
    const end = copyOctets(message.route, routeStart, routeEnd, octets, at + RECORD_HEADER_OCTETS);
    if (isLarge) {
      copyOctets(message.header, headerStart, headerEnd, octets, end + FRAME_HEADER_SIZE_OCTETS);
      this.keepLargeBody(slot, message);
    } else {
      putContentFrames(message, octets, end);
    }
    segment.used = at + length;
    segment.live += length;
    this.liveOctets += length;
    return slot;
  }

  private segmentFor(length: number): Segment {
    const { tail } = this;
    if (tail !== undefined && tail.room >= length) return tail;
    const next = this.takeSegment(length);
    this.tail = next;
    if (tail !== undefined) this.seal(tail);
    return next;
  }

  private takeSegment(length: number): Segment {
    const isUsual = length <= SEGMENT_SIZE_OCTETS;
    const spare = isUsual ? this.spares.pop() : undefined;
    if (spare !== undefined) return spare;
    const region =
      (isUsual ? this.arena.take(SEGMENT_SIZE_OCTETS) : undefined) ?? ownRegion(Math.max(length, SEGMENT_SIZE_OCTETS));
    const index = this.freeIndexes.pop() ?? this.segments.length;
    const segment = new Segment(index, region);
    this.segments[index] = segment;
    this.segmentOctets += segment.size;
    return segment;
  }

  private seal(segment: Segment): void {
    if (segment.live === 0) this.recycle(segment);
    else if (segment.isMostlyDead) this.markSparse(segment);
  }

  private markSparse(segment: Segment): void {
    if (segment.isSparse) return;
    segment.isSparse = true;
    this.sparse.add(segment);
  }

  private recycle(segment: Segment): void {
    if (segment.isSparse) this.sparse.delete(segment);
    segment.isSparse = false;
    segment.used = segment.region.start;
    if (segment.octets === this.arena.octets) {
      this.spares.push(segment); // on top: taken again first, and for good, since the arena takes nothing back
      return;
    }
    if (segment.size === SEGMENT_SIZE_OCTETS && this.spares.length < MAX_SPARE_SEGMENTS) {
      this.spares.unshift(segment);
      return;
    }
    this.segments[segment.index] = undefined;
    this.freeIndexes.push(segment.index);
    this.segmentOctets -= segment.size;
  }

  private compactIfDue(): void {
    const inlineOctets = this.liveOctets - this.largeBodyOctets;
    if (this.inUseSegmentOctets <= 2 * inlineOctets + SLACK_SEGMENTS * SEGMENT_SIZE_OCTETS) return;
    for (const candidate of this.sparse) {
      this.compact(candidate);
      return; // one a release keeps pace: a segment becomes sparse only by many of them
    }
  }

  /** Moves what is alive in the segment to the log's end. */
  private compact(segment: Segment): void {
    const { octets, view, used } = segment;
    for (let at = segment.region.start; at < used; ) {
      const length = view.getUint32(at, true);
      const slot = view.getUint32(at + SLOT_AT, true);
      if (this.isLive(slot, segment.index, at)) this.move(slot, octets, at, length);
      at += length;
    }
    segment.live = 0;
    this.recycle(segment);
  }

  /** A row may have been given to another message since: it must still point at this record. */
  private isLive(slot: number, segmentIndex: number, at: number): boolean {
    const { slots } = this;
    return slots.references[slot]! > 0 && slots.segment[slot] === segmentIndex && slots.offset[slot] === at;
  }

  private move(slot: number, octets: Buffer, at: number, length: number): void {
    const target = this.segmentFor(length);
    copyOctets(octets, at, at + length, target.octets, target.used);
    this.slots.segment[slot] = target.index;
    this.slots.offset[slot] = target.used;
    target.used += length;
    target.live += length;
  }

  private keepLargeBody(slot: number, message: Message): void {
    const pieces = message.pieces ?? [message.body.subarray(message.bodyStart, message.bodyEnd)];
    this.largeBodies.set(slot, pieces);
    this.largeBodyOctets += message.bodySize;
    this.liveOctets += message.bodySize;
  }

  private dropLargeBody(slot: number): void {
    const pieces = this.largeBodies.get(slot);
    if (pieces === undefined) return;
    this.largeBodies.delete(slot);
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
    this.largeBodyOctets -= size;
    this.liveOctets -= size;
  }
}

/** The body size in a content header's payload. The upper half is zero: sizes are limited to far less. */
function bodySizeIn(octets: Buffer, headerStart: number): number {
  return getLong(octets, headerStart + 8);
}
