import type { ScratchFile } from './scratch-file.ts';

/** What it takes to remember where a body is that was paged out. */
const PAGED_OUT_INDEX_OCTETS = 200;

interface PagedOutBody {
  readonly size: number;
  readonly blocks: readonly number[];
}

/** Large bodies by slot: as the pieces they came in, or in blocks of a scratch file. */
export class LargeBodies {
  /** What the bodies have in all. */
  octets = 0;
  /** What of it is in memory. */
  residentOctets = 0;
  private readonly file: ScratchFile | undefined;
  /** The longest there first. */
  private readonly resident = new Map<number, readonly Buffer[]>();
  private readonly pagedOut = new Map<number, PagedOutBody>();

  /** Without a file, all stay in memory. */
  constructor(file: ScratchFile | undefined) {
    this.file = file;
  }

  get indexOctets(): number {
    return this.pagedOut.size * PAGED_OUT_INDEX_OCTETS;
  }

  keep(slot: number, pieces: readonly Buffer[]): void {
    const size = sizeOf(pieces);
    this.resident.set(slot, pieces);
    this.residentOctets += size;
    this.octets += size;
  }

  /** One that was paged out stays so: it is read for this one delivery. @throws the system's error if that fails */
  read(slot: number): readonly Buffer[] | undefined {
    const pieces = this.resident.get(slot);
    if (pieces !== undefined) return pieces;
    const body = this.pagedOut.get(slot);
    if (body === undefined) return undefined;
    const octets = Buffer.allocUnsafeSlow(body.size);
    this.file!.read(body.blocks, octets, 0, body.size);
    return [octets];
  }

  /** Returns the body's size; 0: the slot has none. */
  drop(slot: number): number {
    const pieces = this.resident.get(slot);
    if (pieces === undefined) return this.dropPagedOut(slot);
    const size = sizeOf(pieces);
    this.resident.delete(slot);
    this.residentOctets -= size;
    this.octets -= size;
    return size;
  }

  private dropPagedOut(slot: number): number {
    const body = this.pagedOut.get(slot);
    if (body === undefined) return 0;
    this.pagedOut.delete(slot);
    this.file!.give(body.blocks);
    this.octets -= body.size;
    return body.size;
  }

  /** Pages the oldest out, at least so many octets if there are; returns how many. @throws the system's error */
  pageOut(octets: number): number {
    const { file } = this;
    if (file === undefined) return 0;
    let done = 0;
    for (const [slot, pieces] of this.resident) {
      const size = sizeOf(pieces);
      const blocks = file.put(pieces);
      if (blocks === undefined) break;
      this.pagedOut.set(slot, { size, blocks });
      this.resident.delete(slot);
      this.residentOctets -= size;
      done += size;
      if (done >= octets) break;
    }
    return done;
  }
}

function sizeOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}
