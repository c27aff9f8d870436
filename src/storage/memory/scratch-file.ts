import type { DataFile, Files } from '../disk/files.ts';

/** The file grows by so much at a time. */
const GROWTH_OCTETS = 8 * 1024 * 1024;
/** No more is read or written in one call than so many blocks. */
const MAX_RUN_BLOCKS = 64;
/** What the system says when there is no room for more. */
const FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * A file of equal blocks for what memory has no room for. Nothing in it is meant to outlive the process, so it is never
 * synced. Disk space is reserved before blocks are given out: a full disk is noticed there, and not while writing.
 */
export class ScratchFile {
  private readonly files: Files;
  private readonly path: string;
  private readonly blockOctets: number;
  private file: DataFile | undefined;
  private blockCount = 0;
  /** The last is taken first. */
  private readonly free: number[] = [];

  /** The file is created when it is first needed. */
  constructor(files: Files, path: string, blockOctets: number) {
    this.files = files;
    this.path = path;
    this.blockOctets = blockOctets;
  }

  get sizeOctets(): number {
    return this.blockCount * this.blockOctets;
  }

  /**
   * Writes the pieces, one behind the other, and returns the blocks that have them now; undefined: the disk is full.
   * @throws the system's error when it is something else
   */
  put(pieces: readonly Buffer[]): readonly number[] | undefined {
    const blocks = this.take(pieces.reduce((sum, piece) => sum + piece.length, 0));
    if (blocks === undefined) return undefined;
    try {
      this.write(blocks, pieces);
    } catch (error) {
      this.give(blocks);
      throw error;
    }
    return blocks;
  }

  private take(octets: number): number[] | undefined {
    const count = this.blocksFor(octets);
    if (this.free.length < count && !this.grow(count - this.free.length)) return undefined;
    return this.free.splice(-count).reverse();
  }

  give(blocks: readonly number[]): void {
    for (const block of blocks) this.free.push(block);
    if (this.free.length === this.blockCount) this.truncate();
  }

  private write(blocks: readonly number[], pieces: readonly Buffer[]): void {
    let offset = 0;
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) {
        const length = Math.min(this.contiguousOctets(blocks, offset), piece.length - at);
        this.file!.write(piece, at, at + length, this.positionOf(blocks, offset));
        at += length;
        offset += length;
      }
    }
  }

  /** Fills `octets[start, end)` with what the blocks begin with. @throws the system's error, or that something is missing */
  read(blocks: readonly number[], octets: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const length = Math.min(this.contiguousOctets(blocks, at - start), end - at);
      const count = this.file!.read(octets, at, at + length, this.positionOf(blocks, at - start));
      if (count < length) throw new Error(`${this.path} is shorter than it was: somebody has changed it`);
      at += length;
    }
  }

  /** Closes the file and removes it. */
  close(): void {
    if (this.file === undefined) return;
    this.file.close();
    this.files.remove(this.path);
    this.file = undefined;
    this.blockCount = 0;
    this.free.length = 0;
  }

  private blocksFor(octets: number): number {
    return Math.ceil(octets / this.blockOctets);
  }

  private positionOf(blocks: readonly number[], offset: number): number {
    return blocks[Math.floor(offset / this.blockOctets)]! * this.blockOctets + (offset % this.blockOctets);
  }

  /** From the offset on, so many octets lie in the file one behind the other. */
  private contiguousOctets(blocks: readonly number[], offset: number): number {
    const first = Math.floor(offset / this.blockOctets);
    let count = 1;
    while (count < MAX_RUN_BLOCKS && blocks[first + count] === blocks[first]! + count) count++;
    return count * this.blockOctets - (offset % this.blockOctets);
  }

  private grow(missingBlocks: number): boolean {
    const { blockCount } = this;
    const added = Math.max(missingBlocks, this.blocksFor(GROWTH_OCTETS));
    try {
      this.file ??= this.files.create(this.path);
      this.file.preallocate((blockCount + added) * this.blockOctets);
    } catch (error) {
      this.file?.truncate(this.sizeOctets); // a part may have been reserved
      if (FULL_CODES.has((error as NodeJS.ErrnoException).code)) return false;
      throw error;
    }
    this.blockCount += added;
    for (let block = blockCount; block < this.blockCount; block++) this.free.unshift(block); // the lowest is taken first
    return true;
  }

  private truncate(): void {
    this.file?.truncate(0);
    this.blockCount = 0;
    this.free.length = 0;
  }
}
