/** Where octets lie: a range of a buffer. */
export interface Region {
  readonly octets: Buffer;
  readonly start: number;
  readonly end: number;
}

/** Reserved in address space; the system gives the memory only where it is touched. */
export const ARENA_SIZE_OCTETS = 32 * 1024 * 1024;

/**
 * One large buffer for everything that octets are copied between on a message's way through: what was read, segments,
 * output. Copying within a buffer (`copyWithin`) costs about 20 ns whatever the length; between two buffers it takes a
 * view for each copy, 60 ns or more, and a loop costs 1.7 ns an octet (bench/copy-octets.bench.ts). When the arena is
 * used up, its users allocate elsewhere: all goes on, a little slower.
 */
export class Arena {
  readonly octets: Buffer;
  private used = 0;

  /** @param octets where the arena is at the beginning; others may lie behind it */
  constructor(octets: Buffer = Buffer.alloc(ARENA_SIZE_OCTETS)) {
    this.octets = octets;
  }

  /** A region of its own for the caller, for good; undefined: the arena is used up. */
  take(sizeOctets: number): Region | undefined {
    const start = this.used;
    const end = start + sizeOctets;
    if (end > ARENA_SIZE_OCTETS) return undefined;
    this.used = end;
    return { octets: this.octets, start, end };
  }
}

/** A region outside of any arena. */
export function ownRegion(sizeOctets: number): Region {
  return { octets: Buffer.allocUnsafeSlow(sizeOctets), start: 0, end: sizeOctets };
}
