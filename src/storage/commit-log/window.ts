import type { DataFile } from '../files.ts';
import type { MappedMemory, Native } from '../native.ts';

export const NOT_ATTACHED = -1;

/** A file's octets while they lie in the window. */
export interface Resident {
  readonly file: DataFile;
  /** Where the file's first octet is in the window, or NOT_ATTACHED. */
  base: number;
  /** How much of the file has something in it. */
  readonly usedOctets: number;
  /** Looked at since the window last wanted its place for another. */
  isReferenced: boolean;
  /** Somebody still sends octets from here, or appends: it has to stay. */
  readonly isPinned: boolean;
  /** Writes what is only in the window to the file. */
  writeOut(): void;
}

/** How files come into the window. */
interface WindowMemory {
  readonly octets: Buffer;
  readonly isMapped: boolean;
  load(resident: Resident, base: number, sizeOctets: number): void;
  unload(base: number, sizeOctets: number): void;
}

/**
 * The stretch of memory that all octets on their way through the broker lie in: first the arena (see Arena), then places
 * for segments. One buffer for everything, because copying within a buffer is three times as fast as between two
 * (docs/adr/0002), and because memory that is never given back to the system can't be touched too late: a segment leaves
 * by another taking its place.
 *
 *     ┌─────────────────────────────────┬───────────┬───────────┬───────────┐
 *     │ arena: input, output, transient │ segment 7 │ segment 3 │ segment 8 │ …
 *     └─────────────────────────────────┴───────────┴───────────┴───────────┘
 *
 * With mapped memory a place is the file itself, in the system's page cache. Otherwise it is a copy that is read when the
 * file is attached, and written by whoever changes it.
 */
export class SegmentWindow {
  readonly octets: Buffer;
  readonly words: Int32Array;
  readonly isMapped: boolean;
  readonly segmentSizeOctets: number;
  private readonly memory: WindowMemory;
  private readonly firstPlaceAt: number;
  private readonly residents: (Resident | undefined)[];
  private hand = 0;

  constructor(memory: WindowMemory, firstPlaceAt: number, placeCount: number, segmentSizeOctets: number) {
    this.memory = memory;
    this.octets = memory.octets;
    this.isMapped = memory.isMapped;
    this.words = new Int32Array(this.octets.buffer, this.octets.byteOffset, this.octets.length >> 2);
    this.firstPlaceAt = firstPlaceAt;
    this.segmentSizeOctets = segmentSizeOctets;
    this.residents = new Array(placeCount).fill(undefined);
  }

  get placeCount(): number {
    return this.residents.length;
  }

  /** Whether one more segment can be pinned, so that enough places stay free for others. */
  get hasRoomForPins(): boolean {
    let pinned = 0;
    for (const resident of this.residents) if (resident?.isPinned === true) pinned++;
    return pinned * 2 < this.residents.length;
  }

  /** Brings the file into the window, in place of one that was not looked at for a while. @throws if every place is pinned */
  attach(resident: Resident): void {
    const place = this.findPlace();
    const base = this.firstPlaceAt + place * this.segmentSizeOctets;
    const former = this.residents[place];
    if (former !== undefined) this.leave(former);
    this.residents[place] = undefined;
    this.memory.load(resident, base, this.segmentSizeOctets);
    this.residents[place] = resident;
    resident.base = base;
    resident.isReferenced = true;
  }

  /** Takes the file out of the window, because it is about to be removed. */
  detach(resident: Resident): void {
    if (resident.base === NOT_ATTACHED) return;
    const place = (resident.base - this.firstPlaceAt) / this.segmentSizeOctets;
    this.residents[place] = undefined;
    this.memory.unload(resident.base, this.segmentSizeOctets);
    resident.base = NOT_ATTACHED;
  }

  private leave(resident: Resident): void {
    resident.writeOut();
    resident.base = NOT_ATTACHED;
  }

  /** A free place, or the next whose file was not looked at since the hand last passed (the clock algorithm). */
  private findPlace(): number {
    const { residents } = this;
    const free = residents.indexOf(undefined);
    if (free >= 0) return free;
    for (let steps = 0; steps < 2 * residents.length; steps++) {
      const place = this.hand;
      this.hand = (this.hand + 1) % residents.length;
      const resident = residents[place]!;
      if (resident.isPinned) continue;
      if (!resident.isReferenced) return place;
      resident.isReferenced = false;
    }
    throw new Error('every place of the segment window is pinned');
  }
}

/** A window whose places are mappings of the files. */
export function mappedWindow(
  native: Native,
  memory: MappedMemory,
  firstPlaceAt: number,
  placeCount: number,
  segmentSizeOctets: number,
): SegmentWindow {
  const mapped: WindowMemory = {
    octets: memory.octets,
    isMapped: true,
    load: ({ file }, base, size) => native.map(memory, base, size, file.descriptor),
    unload: (base, size) => native.unmap(memory, base, size),
  };
  return new SegmentWindow(mapped, firstPlaceAt, placeCount, segmentSizeOctets);
}

/** A window of plain memory that files are read into. */
export function plainWindow(
  octets: Buffer,
  firstPlaceAt: number,
  placeCount: number,
  segmentSizeOctets: number,
): SegmentWindow {
  const plain: WindowMemory = {
    octets,
    isMapped: false,
    load: ({ file, usedOctets }, base) => {
      file.read(octets, base, base + usedOctets, 0);
    },
    unload: () => undefined,
  };
  return new SegmentWindow(plain, firstPlaceAt, placeCount, segmentSizeOctets);
}
