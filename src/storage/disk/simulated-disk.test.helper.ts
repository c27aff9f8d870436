import { DiskFaults, diskError } from './disk-faults.test.helper.ts';
import type { DataFile, Files, Syncable } from './files.ts';
import { type Entry, SimulatedDirectory, SimulatedNames } from './simulated-directory.test.helper.ts';
import { type BegunSync, type Dice, SimulatedFile } from './simulated-file.test.helper.ts';

/** A sync that has begun, and ends when the test says so. */
export interface HeldSync {
  readonly path: string;
  /** Everything written before the sync began is on disk. */
  end(): void;
  /** The sync fails with EIO; so much of what was to be written is on disk all the same: 0, which is the default, to 1. */
  fail(doneShare?: number): void;
}

/** Longer than a sync may take for it to be worth holding up the process. */
const HELD_SYNC_MS = 0.3;

/**
 * A file system in memory that forgets what real ones may forget. What is written reaches its disk with the syncs, names
 * with those of their directory. Two things can happen to it at any instant: the process that uses it is killed, or the
 * power is cut; `afterKill` and `afterPowerCut` give the disk that is found then, and leave this one as it is.
 *
 * Its files have no descriptor: nobody can map them into memory.
 */
export class SimulatedDisk implements Files {
  readonly faults = new DiskFaults();
  /** Syncs begin, and end when the test says so. Those that hold up the process end at once, but take their time. */
  holdsSyncs = false;
  /** The syncs that have begun, in that order. */
  readonly heldSyncs: HeldSync[] = [];
  /** Files that were opened and not closed. */
  readonly openFiles = new Set<DataFile>();
  capacityOctets: number = Number.MAX_SAFE_INTEGER;
  private readonly names: SimulatedNames;

  constructor(names: SimulatedNames = new SimulatedNames()) {
    this.names = names;
  }

  open(path: string): SimulatedOpenFile {
    this.faults.check('open', path);
    return new SimulatedOpenFile(this, path, this.fileAt(path));
  }

  create(path: string): SimulatedOpenFile {
    this.faults.check('create', path);
    if (this.entryAt(path) !== undefined) throw diskError('EEXIST', 'create', path);
    const file = new SimulatedFile();
    this.names.change({ ...this.place(path), entry: file });
    return new SimulatedOpenFile(this, path, file);
  }

  exists(path: string): boolean {
    return this.entryAt(path) !== undefined;
  }

  rename(from: string, to: string): void {
    this.faults.check('rename', from);
    const entry = this.entryAt(from);
    if (entry === undefined) throw diskError('ENOENT', 'rename', from);
    this.names.change({ ...this.place(from), entry: undefined }, { ...this.place(to), entry });
  }

  remove(path: string): void {
    this.faults.check('remove', path);
    this.fileAt(path);
    this.names.change({ ...this.place(path), entry: undefined });
  }

  makeDirectory(path: string): void {
    const parts = namesOf(path);
    for (const i of parts.keys()) {
      const above = `/${parts.slice(0, i + 1).join('/')}`;
      const entry = this.entryAt(above);
      if (entry instanceof SimulatedFile) throw diskError('ENOTDIR', 'mkdir', above);
      if (entry === undefined) this.names.change({ ...this.place(above), entry: new SimulatedDirectory() });
    }
  }

  list(path: string): string[] {
    return [...this.directoryAt(path).entries.keys()];
  }

  directory(path: string): Syncable {
    return new SyncableOnDisk(this, path, () => this.names.beginSync(this.directoryAt(path)));
  }

  space(): { freeOctets: number; totalOctets: number } {
    return { freeOctets: Math.max(0, this.capacityOctets - this.usedOctets), totalOctets: this.capacityOctets };
  }

  /** Every file's path, with what it holds. */
  contents(): Map<string, Buffer> {
    const contents = new Map<string, Buffer>();
    for (const [path, file] of this.files()) {
      const octets = Buffer.alloc(file.sizeOctets);
      file.read(octets, 0, octets.length, 0);
      contents.set(path, octets);
    }
    return contents;
  }

  /** The system writes some of what is dirty, without being asked: what is found later may be older than what was last written. */
  writeBack(dice: Dice): void {
    for (const [, file] of this.files()) file.writeBack(dice);
  }

  afterPowerCut(dice: Dice): SimulatedDisk {
    return this.found(this.names.afterPowerCut(dice));
  }

  afterKill(): SimulatedDisk {
    return this.found(this.names.afterKill());
  }

  /** @throws ENOSPC if files may not grow by so much */
  checkRoom(call: string, path: string, growthOctets: number): void {
    if (this.capacityOctets === Number.MAX_SAFE_INTEGER || growthOctets <= 0) return;
    if (this.usedOctets + growthOctets > this.capacityOctets) throw diskError('ENOSPC', call, path);
  }

  private get usedOctets(): number {
    let used = 0;
    for (const [, file] of this.files()) used += file.sizeOctets;
    return used;
  }

  private found(names: SimulatedNames): SimulatedDisk {
    const disk = new SimulatedDisk(names);
    disk.holdsSyncs = this.holdsSyncs;
    disk.capacityOctets = this.capacityOctets;
    return disk;
  }

  private *files(directory = this.names.root, path = ''): Generator<[path: string, file: SimulatedFile]> {
    for (const [name, entry] of directory.entries) {
      if (entry instanceof SimulatedFile) yield [`${path}/${name}`, entry];
      else yield* this.files(entry, `${path}/${name}`);
    }
  }

  private entryAt(path: string): Entry | undefined {
    let entry: Entry | undefined = this.names.root;
    for (const name of namesOf(path)) {
      entry = entry instanceof SimulatedDirectory ? entry.entries.get(name) : undefined;
    }
    return entry;
  }

  private fileAt(path: string): SimulatedFile {
    const entry = this.entryAt(path);
    if (entry instanceof SimulatedFile) return entry;
    throw diskError(entry === undefined ? 'ENOENT' : 'EISDIR', 'open', path);
  }

  private directoryAt(path: string): SimulatedDirectory {
    const entry = this.entryAt(path);
    if (entry instanceof SimulatedDirectory) return entry;
    throw diskError(entry === undefined ? 'ENOENT' : 'ENOTDIR', 'scandir', path);
  }

  private place(path: string): { directory: SimulatedDirectory; name: string } {
    const parts = namesOf(path);
    const name = parts.pop()!;
    return { directory: this.directoryAt(`/${parts.join('/')}`), name };
  }
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '');
}

class SyncableOnDisk implements Syncable {
  readonly path: string;
  protected readonly disk: SimulatedDisk;
  private readonly beginSync: () => BegunSync;

  constructor(disk: SimulatedDisk, path: string, beginSync: () => BegunSync) {
    this.disk = disk;
    this.path = path;
    this.beginSync = beginSync;
  }

  async sync(): Promise<void> {
    const { disk, path } = this;
    const fault = disk.faults.strike('sync', path);
    const sync = this.beginSync();
    await new Promise<void>((resolve, reject) => {
      const end = () => {
        sync.succeed();
        resolve();
      };
      const fail = (doneShare = 0) => {
        sync.fail(doneShare);
        reject(diskError(fault?.code ?? 'EIO', 'fdatasync', path));
      };
      if (fault !== undefined) setImmediate(fail, fault.doneShare);
      else if (disk.holdsSyncs) this.hold(end, fail);
      else setImmediate(end);
    });
  }

  syncNow(): void {
    const { disk, path } = this;
    const beganMs = performance.now();
    while (disk.holdsSyncs && performance.now() - beganMs < HELD_SYNC_MS);
    const fault = disk.faults.strike('sync', path);
    const sync = this.beginSync();
    if (fault === undefined) {
      sync.succeed();
      return;
    }
    sync.fail(fault.doneShare ?? 0);
    throw diskError(fault.code, 'fdatasync', path);
  }

  private hold(end: () => void, fail: (doneShare?: number) => void): void {
    const { heldSyncs } = this.disk;
    const letGo = () => heldSyncs.splice(heldSyncs.indexOf(held), 1);
    const held: HeldSync = {
      path: this.path,
      end: () => {
        letGo();
        end();
      },
      fail: (doneShare) => {
        letGo();
        fail(doneShare);
      },
    };
    heldSyncs.push(held);
  }
}

/** A file of a simulated disk that was opened. */
export class SimulatedOpenFile extends SyncableOnDisk implements DataFile {
  readonly descriptor = -1;
  private readonly file: SimulatedFile;

  constructor(disk: SimulatedDisk, path: string, file: SimulatedFile) {
    super(disk, path, () => {
      this.checkOpen();
      return file.beginSync();
    });
    this.file = file;
    disk.openFiles.add(this);
  }

  get sizeOctets(): number {
    this.checkOpen();
    return this.file.sizeOctets;
  }

  preallocate(sizeOctets: number): void {
    this.check('preallocate');
    this.disk.checkRoom('preallocate', this.path, sizeOctets - this.file.sizeOctets);
    this.file.grow(sizeOctets);
  }

  read(octets: Buffer, start: number, end: number, position: number): number {
    this.check('read');
    return this.file.read(octets, start, end, position);
  }

  write(octets: Buffer, start: number, end: number, position: number): void {
    this.checkOpen();
    const { disk, path, file } = this;
    disk.checkRoom('write', path, position + end - start - file.sizeOctets);
    const fault = disk.faults.strike('write', path);
    const done = fault === undefined ? end : start + Math.floor((end - start) * (fault.doneShare ?? 0));
    if (done > start) file.write(octets, start, done, position);
    if (fault !== undefined) throw diskError(fault.code, 'write', path);
  }

  /** Takes over what the file is now, where it was written past this disk. */
  become(octets: Buffer): void {
    this.file.become(octets);
  }

  truncate(sizeOctets: number): void {
    this.check('truncate');
    this.file.truncate(sizeOctets);
  }

  close(): void {
    this.checkOpen();
    this.disk.openFiles.delete(this);
  }

  private check(operation: 'preallocate' | 'read' | 'truncate'): void {
    this.checkOpen();
    this.disk.faults.check(operation, this.path);
  }

  private checkOpen(): void {
    if (!this.disk.openFiles.has(this)) throw diskError('EBADF', 'access', this.path);
  }
}
