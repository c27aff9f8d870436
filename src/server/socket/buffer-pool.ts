import { type Arena, ownRegion, type Region } from '../../storage/message/arena.ts';

export const OUTPUT_BUFFER_SIZE_OCTETS = 64 * 1024;
const ARENA_BUFFERS = 64;
const MAX_SPARE_BUFFERS = 128;

/** Output buffers, lent to connections only while they have something to send: an idle connection costs none. */
export class BufferPool {
  private readonly spare: Region[] = [];

  constructor(arena: Arena) {
    for (let i = 0; i < ARENA_BUFFERS; i++) {
      const region = arena.take(OUTPUT_BUFFER_SIZE_OCTETS);
      if (region !== undefined) this.spare.unshift(region);
    }
  }

  take(): Region {
    return this.spare.pop() ?? ownRegion(OUTPUT_BUFFER_SIZE_OCTETS);
  }

  give(region: Region): void {
    const isUsual = region.end - region.start === OUTPUT_BUFFER_SIZE_OCTETS;
    if (isUsual && this.spare.length < MAX_SPARE_BUFFERS) this.spare.push(region);
  }
}
