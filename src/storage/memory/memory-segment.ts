import type { OctetSource } from '../../protocol/message.ts';
import type { Region } from '../message/arena.ts';
import type { SlotTable } from '../message/slot-table.ts';

/** Small enough to stay in the processor's cache while a short queue passes through, large against a message. */
export const MEMORY_SEGMENT_OCTETS: number = 512 * 1024;

/**
 * Record: length and slot (4 octets each), route length and flags (2 each), header length (4), when it came (milliseconds
 * since 1970, a double of 8), little-endian; then the route, then the content as frames. A large body is kept beside the segments, and its record ends with the header.
 */
export const RECORD_HEADER_OCTETS = 24;
export const SLOT_AT = 4;
export const ROUTE_LENGTH_AT = 8;
export const FLAGS_AT = 10;
export const HEADER_LENGTH_AT = 12;
export const TIMESTAMP_AT = 16;
export const FLAG_LARGE_BODY = 1;

/** A segment's memory. */
export interface SegmentRegion extends Region {
  /** Of the buffer that the region is a part of. */
  readonly view: DataView;
}

const NOTHING = Buffer.alloc(0);
const NOWHERE: SegmentRegion = { octets: NOTHING, start: 0, end: 0, view: new DataView(NOTHING.buffer, 0, 0) };

/** Records one behind the other, in memory or in a block of the scratch file. Slots give their offsets in the segment. */
export class MemorySegment implements OctetSource {
  /** Its number in the slot table. */
  readonly index: number;
  region: SegmentRegion;
  octets: Buffer;
  view: DataView;
  /** Where the segment begins in `octets`. */
  start: number;
  /** Octets of all records. */
  used = 0;
  /** Octets of the records that are referred to; while the segment is paged out, about so many. */
  live = 0;
  isSparse = false;
  /** See OctetSource: grows whenever the memory is used for others. */
  generation = 0;
  isPagedOut = false;
  /** The block of the scratch file that has the records; undefined: they were never paged out. */
  block: number | undefined = undefined;
  /** While the segment is paged out, how many records are referred to. */
  liveCount = 0;

  constructor(index: number, region: SegmentRegion) {
    this.index = index;
    this.region = region;
    this.octets = region.octets;
    this.view = region.view;
    this.start = region.start;
  }

  /** Gives it other memory; its content is not copied. */
  place(region: SegmentRegion): void {
    this.region = region;
    this.octets = region.octets;
    this.view = region.view;
    this.start = region.start;
    this.generation++;
    this.isPagedOut = false;
  }

  /** Lets go of its memory. */
  leave(): void {
    this.place(NOWHERE);
    this.isPagedOut = true;
  }

  get size(): number {
    return this.region.end - this.region.start;
  }
  get room(): number {
    return this.size - this.used;
  }
  /** Less than half of what was written is alive. */
  get isMostlyDead(): boolean {
    return this.live * 2 < this.used;
  }

  /**
   * Calls back for the records that are referred to, with their offsets. A row may have been given to another message
   * since: it must still point at the record.
   */
  eachLive(slots: SlotTable, callback: (slot: number, offset: number, length: number) => void): void {
    const { view, start, used, index } = this;
    for (let offset = 0; offset < used; ) {
      const length = view.getUint32(start + offset, true);
      const slot = view.getUint32(start + offset + SLOT_AT, true);
      const isLive = slots.references[slot]! > 0 && slots.segment[slot] === index && slots.offset[slot] === offset;
      if (isLive) callback(slot, offset, length);
      offset += length;
    }
  }
}
