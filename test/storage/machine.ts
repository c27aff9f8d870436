import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Files } from '#src/storage/disk/files.js';
import type { Native } from '#src/storage/disk/native.js';
import { ShadowFiles } from '#src/storage/disk/shadow-files.test.helper.js';
import { SimulatedDisk } from '#src/storage/disk/simulated-disk.test.helper.js';
import type { Dice } from '#src/storage/disk/simulated-file.test.helper.js';

/** A machine whose power can be cut, and that kills processes. What it finds afterwards is a machine of its own. */
export interface Machine {
  readonly files: Files;
  /** What is on disk, and what fails. */
  readonly disk: SimulatedDisk;
  /** Where the commit log is. */
  readonly path: string;
  /** With it segments are mapped into memory. */
  readonly native: Native | undefined;
  writeBack(dice: Dice): void;
  afterPowerCut(dice: Dice): Machine;
  afterKill(): Machine;
}

/** Segments are read and written, and all files are in memory. */
export class PlainMachine implements Machine {
  readonly disk: SimulatedDisk;
  readonly files: SimulatedDisk;
  readonly path = '/messages';
  readonly native = undefined;

  constructor(disk: SimulatedDisk = new SimulatedDisk()) {
    this.disk = this.files = disk;
  }

  writeBack(dice: Dice): void {
    this.disk.writeBack(dice);
  }

  afterPowerCut(dice: Dice): Machine {
    return new PlainMachine(this.disk.afterPowerCut(dice));
  }

  afterKill(): Machine {
    return new PlainMachine(this.disk.afterKill());
  }
}

/** Segments are mapped into memory: their files are real, in a directory for each machine. */
export class MappedMachine implements Machine {
  readonly files: ShadowFiles;
  readonly path: string;
  readonly native: Native;
  private readonly directory: string;

  /** @param directory for all machines' directories */
  constructor(native: Native, directory: string, files = new ShadowFiles(newRoot(directory), native)) {
    this.native = native;
    this.directory = directory;
    this.files = files;
    this.path = join(files.root, 'messages');
  }

  get disk(): SimulatedDisk {
    return this.files.disk;
  }

  writeBack(dice: Dice): void {
    this.files.writeBack(dice);
  }

  afterPowerCut(dice: Dice): Machine {
    return this.found((root) => this.files.afterPowerCut(dice, root));
  }

  afterKill(): Machine {
    return this.found((root) => this.files.afterKill(root));
  }

  private found(find: (root: string) => ShadowFiles): Machine {
    return new MappedMachine(this.native, this.directory, find(newRoot(this.directory)));
  }
}

function newRoot(directory: string): string {
  return mkdtempSync(join(directory, 'machine-'));
}
