import { closeSync, existsSync, fstatSync, openSync, readdirSync, statfsSync } from 'node:fs';
import type { DataFile, Files, Syncable } from './files.ts';
import { readUpTo } from './node-files.ts';

/** The real file system for those who look and change nothing: whatever would write throws. */
export class ReadOnlyFiles implements Files {
  open(path: string): DataFile {
    return new ReadOnlyFile(path, openSync(path, 'r'));
  }

  exists(path: string): boolean {
    return existsSync(path);
  }

  list(path: string): string[] {
    return readdirSync(path);
  }

  space(path: string): { freeOctets: number; totalOctets: number } {
    const { bavail, blocks, bsize } = statfsSync(path);
    return { freeOctets: bavail * bsize, totalOctets: blocks * bsize };
  }

  create(path: string): DataFile {
    return refuse(path);
  }

  rename(from: string): void {
    refuse(from);
  }

  remove(path: string): void {
    refuse(path);
  }

  makeDirectory(path: string): void {
    refuse(path);
  }

  /** There is never anything to sync. */
  directory(path: string): Syncable {
    return { sync: async () => refuse(path), syncNow: () => refuse(path) };
  }
}

class ReadOnlyFile implements DataFile {
  readonly path: string;
  readonly descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.descriptor = descriptor;
  }

  get sizeOctets(): number {
    return fstatSync(this.descriptor).size;
  }

  read(octets: Buffer, start: number, end: number, position: number): number {
    return readUpTo(this.descriptor, octets, start, end, position);
  }

  close(): void {
    closeSync(this.descriptor);
  }

  preallocate(): void {
    refuse(this.path);
  }

  write(): void {
    refuse(this.path);
  }

  truncate(): void {
    refuse(this.path);
  }

  async sync(): Promise<void> {
    refuse(this.path);
  }

  syncNow(): void {
    refuse(this.path);
  }
}

function refuse(path: string): never {
  throw new Error(`${path} is only to be looked at`);
}
