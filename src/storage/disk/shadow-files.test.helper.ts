import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { DataFile, Files, Syncable } from './files.ts';
import type { Native } from './native.ts';
import { NodeFiles } from './node-files.ts';
import { SimulatedDisk, type SimulatedOpenFile } from './simulated-disk.test.helper.ts';
import type { Dice } from './simulated-file.test.helper.ts';

/**
 * Real files below a directory, such as can be mapped into memory, with a simulated disk as their shadow: at the beginning
 * of each sync it takes over what a file has become, by whatever way it was written. The shadow says what is on disk, fails
 * and holds syncs; what it finds after a power cut becomes real files in another directory.
 */
export class ShadowFiles implements Files {
  readonly disk: SimulatedDisk;
  readonly root: string;
  private readonly native: Native | undefined;
  private readonly real: NodeFiles;
  private readonly opened = new Set<ShadowFile>();

  constructor(root: string, native: Native | undefined, disk: SimulatedDisk = new SimulatedDisk()) {
    this.root = root;
    this.native = native;
    this.real = new NodeFiles(native);
    this.disk = disk;
  }

  open(path: string): DataFile {
    return this.shadowed(this.disk.open(this.inShadow(path)), () => this.real.open(path));
  }

  create(path: string): DataFile {
    return this.shadowed(this.disk.create(this.inShadow(path)), () => this.real.create(path));
  }

  exists(path: string): boolean {
    return this.real.exists(path);
  }

  rename(from: string, to: string): void {
    this.disk.rename(this.inShadow(from), this.inShadow(to));
    this.real.rename(from, to);
  }

  remove(path: string): void {
    this.disk.remove(this.inShadow(path));
    this.real.remove(path);
  }

  makeDirectory(path: string): void {
    this.disk.makeDirectory(this.inShadow(path));
    this.real.makeDirectory(path);
  }

  list(path: string): string[] {
    return this.real.list(path);
  }

  directory(path: string): Syncable {
    return this.disk.directory(this.inShadow(path));
  }

  space(): { freeOctets: number; totalOctets: number } {
    return this.disk.space();
  }

  /** The system writes some of what is dirty, without being asked. */
  writeBack(dice: Dice): void {
    this.takeOver();
    this.disk.writeBack(dice);
  }

  /** What is found after a power cut, as files in a directory that is empty yet. */
  afterPowerCut(dice: Dice, root: string): ShadowFiles {
    this.takeOver();
    return this.found(this.disk.afterPowerCut(dice), root);
  }

  /** What is found after the process was killed, likewise. */
  afterKill(root: string): ShadowFiles {
    this.takeOver();
    return this.found(this.disk.afterKill(), root);
  }

  private found(disk: SimulatedDisk, root: string): ShadowFiles {
    for (const [path, octets] of disk.contents()) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), octets);
    }
    return new ShadowFiles(root, this.native, disk);
  }

  private inShadow(path: string): string {
    return `/${relative(this.root, path)}`;
  }

  private shadowed(shadow: SimulatedOpenFile, openReal: () => DataFile): DataFile {
    const file = new ShadowFile(shadow, openReal(), (closed) => this.opened.delete(closed));
    this.opened.add(file);
    return file;
  }

  private takeOver(): void {
    for (const file of this.opened) file.takeOver();
  }
}

class ShadowFile implements DataFile {
  readonly path: string;
  readonly descriptor: number;
  private readonly shadow: SimulatedOpenFile;
  private readonly real: DataFile;
  private readonly onClosed: (file: ShadowFile) => void;

  constructor(shadow: SimulatedOpenFile, real: DataFile, onClosed: (file: ShadowFile) => void) {
    this.path = real.path;
    this.descriptor = real.descriptor;
    this.shadow = shadow;
    this.real = real;
    this.onClosed = onClosed;
  }

  /** Gives the shadow what the file is now. */
  takeOver(): void {
    const octets = Buffer.allocUnsafe(this.real.sizeOctets);
    this.real.read(octets, 0, octets.length, 0);
    this.shadow.become(octets);
  }

  get sizeOctets(): number {
    return this.real.sizeOctets;
  }

  preallocate(sizeOctets: number): void {
    this.shadow.preallocate(sizeOctets);
    this.real.preallocate(sizeOctets);
  }

  read(octets: Buffer, start: number, end: number, position: number): number {
    this.takeOver();
    return this.shadow.read(octets, start, end, position);
  }

  write(octets: Buffer, start: number, end: number, position: number): void {
    this.shadow.write(octets, start, end, position);
    this.real.write(octets, start, end, position);
  }

  truncate(sizeOctets: number): void {
    this.takeOver();
    this.shadow.truncate(sizeOctets);
    this.real.truncate(sizeOctets);
  }

  async sync(): Promise<void> {
    this.takeOver();
    await this.shadow.sync();
  }

  syncNow(): void {
    this.takeOver();
    this.shadow.syncNow();
  }

  close(): void {
    this.takeOver();
    this.onClosed(this);
    this.shadow.close();
    this.real.close();
  }
}
