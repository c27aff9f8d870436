import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { DataFile } from './files.ts';
import { SimulatedDisk } from './simulated-disk.test.helper.ts';
import type { Dice } from './simulated-file.test.helper.ts';

export const PATH = '/data/file';

/** A disk with one empty file on it. */
export function diskWithFile(): { disk: SimulatedDisk; file: DataFile } {
  const disk = new SimulatedDisk();
  disk.makeDirectory('/data');
  const file = disk.create(PATH);
  for (const directory of ['/', '/data']) disk.directory(directory).syncNow();
  return { disk, file };
}

export function write(file: DataFile, octets: Buffer | string, position = 0): void {
  const from = Buffer.from(octets);
  file.write(from, 0, from.length, position);
}

export function contentOf(disk: SimulatedDisk, path = PATH): Buffer {
  const octets = disk.contents().get(path);
  assert.ok(octets, `${path} is there`);
  return octets;
}

/** What a power cut may leave, in any of all ways. */
export const anyDice: fc.Arbitrary<Dice> = fc
  .infiniteStream(fc.nat())
  .map((numbers) => ({ below: (limit) => numbers.next().value % limit }));
