import { type Arena, ownRegion, type Region } from '../message/arena.ts';
import { MEMORY_SEGMENT_OCTETS, type SegmentRegion } from './memory-segment.ts';

/** So many regions outside of the arena are kept for the next segments. */
const MAX_SPARES = 16;

/** The memory of segments: what one has left is another's, and the arena's is used first. */
export class SegmentRegions {
  /** All that was taken from the arena and the system. */
  allocatedOctets = 0;
  private readonly arena: Arena;
  private readonly spares: SegmentRegion[] = [];

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** What segments have. */
  get occupiedOctets(): number {
    return this.allocatedOctets - this.spares.length * MEMORY_SEGMENT_OCTETS;
  }

  /** Memory for a segment that takes a record of so many octets. */
  take(recordOctets: number): SegmentRegion {
    if (recordOctets > MEMORY_SEGMENT_OCTETS) return this.allocated(ownRegion(recordOctets));
    return (
      this.spares.pop() ?? this.allocated(this.arena.take(MEMORY_SEGMENT_OCTETS) ?? ownRegion(MEMORY_SEGMENT_OCTETS))
    );
  }

  give(region: SegmentRegion): void {
    const size = region.end - region.start;
    if (region.octets === this.arena.octets) {
      this.spares.push(region); // on top: taken again first, and for good, since the arena takes nothing back
    } else if (size === MEMORY_SEGMENT_OCTETS && this.spares.length < MAX_SPARES) {
      this.spares.unshift(region);
    } else {
      this.allocatedOctets -= size;
    }
  }

  private allocated({ octets, start, end }: Region): SegmentRegion {
    this.allocatedOctets += end - start;
    return { octets, start, end, view: new DataView(octets.buffer, octets.byteOffset) };
  }
}
