import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import type { DataFile, Files, Syncable } from './files.ts';
import type { Native } from './native.ts';
import { OWNER_ONLY_DIRECTORY_MODE, OWNER_ONLY_FILE_MODE } from './owner-only.ts';

const ZEROS = Buffer.alloc(1024 * 1024);

/** The real file system. With the native library, disk space is reserved without writing to it. */
export class NodeFiles implements Files {
  private readonly native: Native | undefined;
  private readonly directories = new Map<string, NodeDirectory>();

  constructor(native: Native | undefined) {
    this.native = native;
  }

  open(path: string): DataFile {
    return new NodeFile(path, openSync(path, 'r+'), this.native);
  }

  create(path: string): DataFile {
    return new NodeFile(path, openSync(path, 'wx+', OWNER_ONLY_FILE_MODE), this.native);
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  rename(from: string, to: string): void {
    renameSync(from, to);
  }

  remove(path: string): void {
    unlinkSync(path);
  }

  makeDirectory(path: string): void {
    mkdirSync(path, { recursive: true, mode: OWNER_ONLY_DIRECTORY_MODE });
  }

  list(path: string): string[] {
    return readdirSync(path);
  }

  directory(path: string): Syncable {
    const known = this.directories.get(path) ?? new NodeDirectory(path);
    this.directories.set(path, known);
    return known;
  }

  /** Closes the directories that were to be synced; files are closed by whoever opened them. */
  close(): void {
    for (const directory of this.directories.values()) directory.close();
    this.directories.clear();
  }

  space(path: string): { freeOctets: number; totalOctets: number } {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeOctets: bavail * bsize, totalOctets: blocks * bsize };
  }
}

/** Reads into `octets[start, end)`, however many calls it takes; returns how many came: fewer only at the file's end. */
export function readUpTo(descriptor: number, octets: Buffer, start: number, end: number, position: number): number {
  let at = start;
  while (at < end) {
    const count = readSync(descriptor, octets, at, end - at, position + at - start);
    if (count === 0) break;
    at += count;
  }
  return at - start;
}

class NodeFile implements DataFile {
  readonly path: string;
  readonly descriptor: number;
  private readonly native: Native | undefined;

  constructor(path: string, descriptor: number, native: Native | undefined) {
    this.path = path;
    this.descriptor = descriptor;
    this.native = native;
  }

  get sizeOctets(): number {
    return fstatSync(this.descriptor).size;
  }

  preallocate(sizeOctets: number): void {
    if (this.native !== undefined) {
      this.native.preallocate(this.descriptor, sizeOctets);
      return;
    }
    for (let at = this.sizeOctets; at < sizeOctets; ) {
      const length = Math.min(ZEROS.length, sizeOctets - at);
      this.write(ZEROS, 0, length, at);
      at += length;
    }
  }

  read(octets: Buffer, start: number, end: number, position: number): number {
    return readUpTo(this.descriptor, octets, start, end, position);
  }

  write(octets: Buffer, start: number, end: number, position: number): void {
    for (let at = start; at < end; ) at += writeSync(this.descriptor, octets, at, end - at, position + at - start);
  }

  truncate(sizeOctets: number): void {
    ftruncateSync(this.descriptor, sizeOctets);
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  syncNow(): void {
    fdatasyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Open for as long as it may have to be synced: a sync must not fail because there are too many connections. */
class NodeDirectory implements Syncable {
  private readonly descriptor: number;

  constructor(path: string) {
    this.descriptor = openSync(path, 'r');
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fsync(this.descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }

  syncNow(): void {
    fsyncSync(this.descriptor);
  }

  close(): void {
    closeSync(this.descriptor);
  }
}
