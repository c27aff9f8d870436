import type { OctetSource } from '../../protocol/message.ts';
import type { DataFile } from '../disk/files.ts';
import type { MappedMemory, Native } from '../disk/native.ts';

export const NOT_ATTACHED = -1;

/** A file's octets while they lie in the window. */
export interface Resident extends OctetSource {
  readonly file: DataFile;
  /** Where the file's first octet is in the window, or NOT_ATTACHED. */
  base: number;
  generation: number;
  /** What is there is the file itself, rather than a copy. */
  isMapped: boolean;
  /** It may be touched: it is a copy, or a mapping whose file was as long as it should be in this turn of the event loop. */
  isTouchable: boolean;
  /** The file has become too short to be mapped. */
  readonly isCut: boolean;
  /** Records are appended to it. */
  readonly isTail: boolean;
  /** How much of the file has something in it. */
  readonly usedOctets: number;
  /** How much of what is in the window came from the file: that may have changed there since it was written. */
  coldOctets: number;
  /** Looked at since the window last wanted its place for another. */
  isReferenced: boolean;
  /** Somebody still sends octets from here, or appends: it has to stay. */
  readonly isPinned: boolean;
  /** Writes what is only in the window to the file. */
  writeOut(): void;
}

/** Maps files over the window's octets. */
interface Mapper {
  map(base: number, sizeOctets: number, file: DataFile): void;
  /** Puts plain memory in place of a mapping. */
  unmap(base: number, sizeOctets: number): void;
}

/** So many places stay plain memory, for segments that are appended to or were until just now, where others are mapped. */
const WRITTEN_PLACES = 3;

/**
 * The stretch of memory that all octets on their way through the broker lie in: first the arena (see Arena), then places
 * for segments. One buffer for everything, because copying within a buffer is three times as fast as between two
 * (docs/adr/0002), and because memory that is never given back to the system can't be touched too late: a segment leaves
 * by another taking its place.
 *
 *     ┌─────────────────────────────────┬───────────┬───────────┬───────────┐
 *     │ arena: input, output, transient │ segment 8 │ segment 7 │ segment 3 │ …
 *     └─────────────────────────────────┴───────────┴───────────┴───────────┘
 *                                         written     mapped      mapped
 *
 * Where mapping is possible, a segment that is read is its file itself, in the system's page cache. One that is appended to
 * is a copy, whose new octets are written when they are to be synced: writing to a mapping costs a page fault for every
 * page after each sync, and an interrupt on all processors (docs/adr/0005). Without mapping, all are copies.
 */
export class SegmentWindow {
  readonly octets: Buffer;
  readonly words: Int32Array;
  readonly segmentSizeOctets: number;
  private readonly mapper: Mapper | undefined;
  private readonly firstPlaceAt: number;
  private readonly residents: (Resident | undefined)[];
  /** Whether there is a mapping at the place. */
  private readonly isMappedPlace: boolean[];
  private hand = 0;

  constructor(octets: Buffer, mapper: Mapper | undefined, layout: WindowLayout) {
    this.octets = octets;
    this.mapper = mapper;
    this.words = new Int32Array(octets.buffer, octets.byteOffset, octets.length >> 2);
    this.firstPlaceAt = layout.firstPlaceAt;
    this.segmentSizeOctets = layout.segmentSizeOctets;
    this.residents = new Array(layout.placeCount).fill(undefined);
    this.isMappedPlace = new Array(layout.placeCount).fill(false);
  }

  /** Whether one more segment can be pinned, so that enough places stay free for others. */
  get hasRoomForPins(): boolean {
    let pinned = 0;
    for (const resident of this.residents) if (resident?.isPinned === true) pinned++;
    return pinned * 2 < this.residents.length;
  }

  /** Brings the file into the window, in place of one that was not looked at for a while. @throws if every place is pinned */
  attach(resident: Resident): void {
    const isWritten = this.mapper === undefined || resident.isTail || resident.isCut;
    const place = this.findPlace(isWritten);
    const base = this.firstPlaceAt + place * this.segmentSizeOctets;
    this.vacate(place);
    if (isWritten) this.load(resident, place, base);
    else this.map(resident, place, base);
    this.residents[place] = resident;
    resident.base = base;
    resident.isMapped = !isWritten;
    resident.isTouchable = isWritten;
    resident.coldOctets = resident.usedOctets;
    resident.isReferenced = true;
  }

  private vacate(place: number): void {
    const former = this.residents[place];
    if (former === undefined) return;
    former.writeOut();
    former.base = NOT_ATTACHED;
    former.isTouchable = false;
    former.generation++;
    this.residents[place] = undefined;
  }

  private load({ file, usedOctets }: Resident, place: number, base: number): void {
    if (this.isMappedPlace[place]) this.unmap(place, base);
    const readOctets = usedOctets === 0 ? 0 : file.read(this.octets, base, base + usedOctets, 0);
    this.octets.fill(0, base + readOctets, base + usedOctets); // what is missing must not be of another segment
  }

  private map({ file }: Resident, place: number, base: number): void {
    this.mapper!.map(base, this.segmentSizeOctets, file);
    this.isMappedPlace[place] = true;
  }

  private unmap(place: number, base: number): void {
    this.mapper!.unmap(base, this.segmentSizeOctets);
    this.isMappedPlace[place] = false;
  }

  /** Takes the file out of the window, because it is about to be removed; what is only here is lost. */
  detach(resident: Resident): void {
    const { base } = resident;
    if (base === NOT_ATTACHED) return;
    const place = (base - this.firstPlaceAt) / this.segmentSizeOctets;
    this.residents[place] = undefined;
    resident.base = NOT_ATTACHED;
    resident.isTouchable = false;
    resident.generation++;
    if (this.isMappedPlace[place]) this.unmap(place, base); // a mapping keeps a removed file's disk space
  }

  /** A free place of the kind, or one whose file was not looked at lately; one of the other kind, where all of this are pinned. */
  private findPlace(isWritten: boolean): number {
    const written =
      this.mapper === undefined ? this.residents.length : Math.min(WRITTEN_PLACES, this.residents.length - 1);
    const own = isWritten ? this.findAmong(0, written) : this.findAmong(written, this.residents.length);
    if (own >= 0) return own;
    const other = this.mapper === undefined ? -1 : this.findAmong(0, this.residents.length);
    if (other < 0) throw new Error('every place of the segment window is pinned');
    return other;
  }

  /** The clock algorithm; -1: all are pinned. */
  private findAmong(from: number, to: number): number {
    const { residents } = this;
    const free = residents.indexOf(undefined, from);
    if (free >= 0 && free < to) return free;
    const count = to - from;
    for (let steps = 0; steps < 2 * count; steps++) {
      this.hand++;
      const place = from + (this.hand % count);
      const resident = residents[place]!;
      if (resident.isPinned) continue;
      if (!resident.isReferenced) return place;
      resident.isReferenced = false;
    }
    return -1;
  }
}

/** How a window is divided. */
export interface WindowLayout {
  readonly firstPlaceAt: number;
  readonly placeCount: number;
  readonly segmentSizeOctets: number;
}

/** A window that files are mapped into. */
export function mappedWindow(native: Native, memory: MappedMemory, layout: WindowLayout): SegmentWindow {
  const mapper: Mapper = {
    map: (base, size, { descriptor }) => native.map(memory, base, size, descriptor),
    unmap: (base, size) => native.unmap(memory, base, size),
  };
  return new SegmentWindow(memory.octets, mapper, layout);
}

/** A window of plain memory that files are read into. */
export function plainWindow(octets: Buffer, layout: WindowLayout): SegmentWindow {
  return new SegmentWindow(octets, undefined, layout);
}
