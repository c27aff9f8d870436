import type { SlotTable } from '../message/slot-table.ts';
import { MEMORY_SEGMENT_OCTETS, type MemorySegment } from './memory-segment.ts';
import type { ScratchFile } from './scratch-file.ts';
import type { SegmentRegions } from './segment-regions.ts';

/** Compaction begins when what is paged out takes twice what lives in it and this many segments more. */
const SLACK_SEGMENTS = 8;

/**
 * Moves segments between memory and the scratch file. A block keeps the records of a segment that was brought back, too,
 * since records hardly ever change: so that segment goes out again without being written.
 */
export class SegmentPager {
  /** Octets of records that are referred to and paged out, about. */
  liveOctets = 0;
  private readonly file: ScratchFile;
  private readonly regions: SegmentRegions;
  private readonly slots: SlotTable;
  /** Those in memory that could be paged out; those that came there first go first. */
  private readonly resident = new Set<MemorySegment>();
  /** Those brought back since the last paging out: somebody is reading them, and they stay until the next. */
  private readonly recent = new Set<MemorySegment>();
  private pagedOutCount = 0;
  /** Those paged out that are less than half alive. */
  private readonly sparse = new Set<MemorySegment>();

  constructor(file: ScratchFile, regions: SegmentRegions, slots: SlotTable) {
    this.file = file;
    this.regions = regions;
    this.slots = slots;
  }

  /** The segment is full: from now on it may be paged out. */
  sealed(segment: MemorySegment): void {
    if (segment.size === MEMORY_SEGMENT_OCTETS) this.resident.add(segment);
  }

  /** A record of the segment, which is in memory, has changed: what the file has of it is void. */
  changed(segment: MemorySegment): void {
    if (segment.block !== undefined) this.file.give([segment.block]);
    segment.block = undefined;
  }

  /** The segment is no longer needed, whether it is in memory or not. */
  forget(segment: MemorySegment): void {
    if (segment.block !== undefined) this.file.give([segment.block]);
    segment.block = undefined;
    if (!segment.isPagedOut) {
      this.resident.delete(segment);
      this.recent.delete(segment);
      return;
    }
    this.liveOctets -= segment.live;
    this.pagedOutCount--;
    this.sparse.delete(segment);
  }

  /**
   * Pages so many segments out, the oldest first, and returns those that it did: fewer when there are no more, or when
   * the disk is full. @throws the system's error, if nothing could be done because of it
   */
  pageOut(count: number): MemorySegment[] {
    const done: MemorySegment[] = [];
    for (const segment of this.resident) {
      if (done.length >= count) break;
      if (this.recent.has(segment)) continue;
      segment.block ??= this.write(segment, done.length === 0);
      if (segment.block === undefined) break;
      this.letGo(segment);
      done.push(segment);
    }
    this.recent.clear();
    return done;
  }

  private write({ octets, start, used }: MemorySegment, isFirst: boolean): number | undefined {
    try {
      return this.file.put([octets.subarray(start, start + used)])?.[0];
    } catch (error) {
      if (isFirst) throw error;
      return undefined; // it will be met again
    }
  }

  private letGo(segment: MemorySegment): void {
    let liveCount = 0;
    segment.eachLive(this.slots, () => liveCount++);
    segment.liveCount = liveCount;
    this.resident.delete(segment);
    this.regions.give(segment.region);
    segment.leave();
    this.pagedOutCount++;
    this.liveOctets += segment.live;
    if (segment.isMostlyDead) this.sparse.add(segment);
  }

  /** Reads the segment back into memory, and counts exactly what is alive in it. @throws if that fails */
  pageIn(segment: MemorySegment): void {
    const region = this.regions.take(segment.used);
    try {
      this.file.read([segment.block!], region.octets, region.start, region.start + segment.used);
    } catch (error) {
      this.regions.give(region);
      throw error;
    }
    this.pagedOutCount--;
    this.liveOctets -= segment.live;
    this.sparse.delete(segment);
    segment.place(region);
    let live = 0;
    segment.eachLive(this.slots, (_slot, _offset, length) => {
      live += length;
    });
    segment.live = live;
    this.resident.add(segment);
    this.recent.add(segment);
  }

  /**
   * A record of a segment that is paged out is no longer referred to. How long it is could only be read there: it is
   * taken to be as long as those beside it. Returns that length.
   */
  release(segment: MemorySegment): number {
    const length = Math.floor(segment.live / segment.liveCount);
    segment.liveCount--;
    segment.live -= length;
    this.liveOctets -= length;
    if (segment.isMostlyDead) this.sparse.add(segment);
    return length;
  }

  /** One that should be compacted, since what is paged out takes more of the disk than it may; undefined: it does not. */
  get compactable(): MemorySegment | undefined {
    const bound = 2 * this.liveOctets + SLACK_SEGMENTS * MEMORY_SEGMENT_OCTETS;
    if (this.pagedOutCount * MEMORY_SEGMENT_OCTETS <= bound) return undefined;
    for (const segment of this.sparse) return segment;
    return undefined;
  }

  /** The segment can't be read: there is no point in trying to compact it. */
  giveUp(segment: MemorySegment): void {
    this.sparse.delete(segment);
  }
}
