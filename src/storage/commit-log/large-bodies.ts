import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { DataFile, Files, Syncable } from '../disk/files.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isMediumError } from '../disk/system-error.ts';

const PIECE_OCTETS = 1024 * 1024;
/** CRC-32 of the body and of its order, behind the body, little-endian: 4 octets. */
const TRAILER_OCTETS = 4;

export function bodyFileName(order: number): string {
  return `${String(order).padStart(16, '0')}.body`;
}

/** The order of the message whose body the file holds; undefined: it is no such file. */
export function parseBodyFileName(name: string): number | undefined {
  const match = /^(\d{16})\.body$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/**
 * Bodies too large for a segment, a file each, written piece by piece so that others are not held up. Until the file is on
 * disk the body is served from the chunks that it came in.
 */
export class LargeBodies {
  private readonly path: string;
  private readonly files: Files;
  private readonly commit: GroupCommit;
  private readonly directory: Syncable;
  private readonly unwritten = new Map<number, LargeBodyWriter>();
  /** Size of each body by its message's order. */
  private readonly sizes = new Map<number, number>();
  totalOctets = 0;

  constructor(path: string, files: Files, commit: GroupCommit) {
    this.path = path;
    this.files = files;
    this.commit = commit;
    this.directory = files.directory(path);
  }

  /** Memory of bodies that are still being written. */
  get unwrittenOctets(): number {
    let octets = 0;
    for (const order of this.unwritten.keys()) octets += this.sizes.get(order)!;
    return octets;
  }

  private pathOf(order: number): string {
    return join(this.path, bodyFileName(order));
  }

  /** Writes the body; the group commit waits for it. @throws ENOSPC */
  add(order: number, pieces: readonly Buffer[], sizeOctets: number): void {
    const file = this.files.create(this.pathOf(order));
    try {
      file.preallocate(sizeOctets + TRAILER_OCTETS);
    } catch (error) {
      file.close();
      this.files.remove(file.path);
      throw error;
    }
    const writer = new LargeBodyWriter(file, pieces, order, () => this.unwritten.delete(order));
    this.unwritten.set(order, writer);
    this.note(order, sizeOctets);
    this.commit.markDirty(writer);
    this.commit.markDirty(this.directory);
  }

  private note(order: number, sizeOctets: number): void {
    this.sizes.set(order, sizeOctets);
    this.totalOctets += sizeOctets;
  }

  /** Undefined: it is not as it was written. The checksum costs a tenth of what reading does. */
  read(order: number): readonly Buffer[] | undefined {
    const writer = this.unwritten.get(order);
    if (writer !== undefined) return writer.pieces;
    const file = this.files.open(this.pathOf(order));
    try {
      return readPieces(file, order, this.sizes.get(order)!);
    } finally {
      file.close();
    }
  }

  /** The message is gone, and its body not counted any more. */
  forget(order: number): void {
    this.totalOctets -= this.sizes.get(order)!;
    this.sizes.delete(order);
  }

  /** Removes the file of a message that is gone, in whatever state it is. */
  remove(order: number): void {
    const writer = this.unwritten.get(order);
    if (writer !== undefined) {
      this.unwritten.delete(order);
      writer.abandon();
    }
    try {
      this.files.remove(this.pathOf(order));
    } catch {
      return; // the next start removes it
    }
    this.commit.markDirty(this.directory);
  }

  /** Takes over the file of a message found in the log; false: it is not there, or not as it was written. */
  recover(order: number, sizeOctets: number): boolean {
    if (!this.isWhole(order, sizeOctets)) return false;
    this.note(order, sizeOctets);
    return true;
  }

  /** Whether the file of a message found in the log is there, as it was written. */
  isWhole(order: number, sizeOctets: number): boolean {
    return this.check(order, sizeOctets, () => undefined);
  }

  /** Sees to it that the file of a message found in the log is on disk for good; false as for `recover`. */
  bringToDisk(order: number, sizeOctets: number): boolean {
    return this.check(order, sizeOctets, (file) => file.syncNow());
  }

  private check(order: number, sizeOctets: number, whenWhole: (file: DataFile) => void): boolean {
    try {
      return this.isReadable(order, sizeOctets, whenWhole);
    } catch (error) {
      if (!isMediumError(error)) throw error;
      return false;
    }
  }

  private isReadable(order: number, sizeOctets: number, whenWhole: (file: DataFile) => void): boolean {
    if (!this.files.exists(this.pathOf(order))) return false;
    const file = this.files.open(this.pathOf(order));
    try {
      if (!isWhole(file, order, sizeOctets)) return false;
      whenWhole(file);
      return true;
    } finally {
      file.close();
    }
  }

  /** How far the file of a message has come, going by its end, which is written last. */
  stateOf(order: number): 'missing' | 'unfinished' | 'written' {
    if (!this.files.exists(this.pathOf(order))) return 'missing';
    const file = this.files.open(this.pathOf(order));
    try {
      const trailer = Buffer.alloc(TRAILER_OCTETS);
      file.read(trailer, 0, TRAILER_OCTETS, Math.max(0, file.sizeOctets - TRAILER_OCTETS));
      return trailer.readInt32LE() === 0 ? 'unfinished' : 'written';
    } catch (error) {
      if (isMediumError(error)) return 'written';
      throw error;
    } finally {
      file.close();
    }
  }

  has(order: number): boolean {
    return this.sizes.has(order);
  }
}

/** A body on its way to its file. */
class LargeBodyWriter implements Syncable {
  readonly pieces: readonly Buffer[];
  private readonly file: DataFile;
  private readonly order: number;
  private readonly onWritten: () => void;
  private isAbandoned = false;

  constructor(file: DataFile, pieces: readonly Buffer[], order: number, onWritten: () => void) {
    this.file = file;
    this.pieces = pieces;
    this.order = order;
    this.onWritten = onWritten;
  }

  async sync(): Promise<void> {
    try {
      await this.write();
      if (this.isAbandoned) return;
      await this.file.sync();
      this.onWritten();
    } finally {
      this.file.close();
    }
  }

  private async write(): Promise<void> {
    let at = 0;
    let crc = 0;
    for (const piece of inPieces(this.pieces)) {
      if (this.isAbandoned) return;
      this.file.write(piece, 0, piece.length, at);
      crc = crc32(piece, crc);
      at += piece.length;
      await turn();
    }
    const trailer = trailerOf(crc, this.order);
    this.file.write(trailer, 0, trailer.length, at);
  }

  /** Never called: a large body takes long, and its directory is dirty as well. */
  syncNow(): void {
    throw new Error('a large body is not written at once');
  }

  /** The message is gone before its body was written. */
  abandon(): void {
    this.isAbandoned = true;
  }
}

function* inPieces(pieces: readonly Buffer[]): Generator<Buffer> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += PIECE_OCTETS) yield piece.subarray(at, at + PIECE_OCTETS);
  }
}

function readPieces(file: DataFile, order: number, sizeOctets: number): Buffer[] | undefined {
  if (file.sizeOctets !== sizeOctets + TRAILER_OCTETS) return undefined;
  const pieces: Buffer[] = [];
  let crc = 0;
  for (let at = 0; at < sizeOctets; at += PIECE_OCTETS) {
    const piece = Buffer.allocUnsafeSlow(Math.min(PIECE_OCTETS, sizeOctets - at));
    if (file.read(piece, 0, piece.length, at) < piece.length) return undefined;
    crc = crc32(piece, crc);
    pieces.push(piece);
  }
  return hasTrailer(file, sizeOctets, trailerOf(crc, order)) ? pieces : undefined;
}

function hasTrailer(file: DataFile, sizeOctets: number, expected: Buffer): boolean {
  const trailer = Buffer.alloc(TRAILER_OCTETS);
  file.read(trailer, 0, TRAILER_OCTETS, sizeOctets);
  return trailer.equals(expected);
}

function trailerOf(crc: number, order: number): Buffer {
  const trailer = Buffer.alloc(TRAILER_OCTETS);
  trailer.writeUInt32LE(crc32(String(order), crc));
  return trailer;
}

function isWhole(file: DataFile, order: number, sizeOctets: number): boolean {
  if (file.sizeOctets !== sizeOctets + TRAILER_OCTETS) return false;
  let crc = 0;
  const piece = Buffer.allocUnsafe(PIECE_OCTETS);
  for (let at = 0; at < sizeOctets; at += PIECE_OCTETS) {
    const length = file.read(piece, 0, Math.min(PIECE_OCTETS, sizeOctets - at), at);
    crc = crc32(piece.subarray(0, length), crc);
  }
  return hasTrailer(file, sizeOctets, trailerOf(crc, order));
}
