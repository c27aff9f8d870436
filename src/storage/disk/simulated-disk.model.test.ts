import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anyDice, contentOf, diskWithFile, write } from './disk-with-file.test.helper.ts';
import type { DataFile } from './files.ts';
import type { SimulatedDisk } from './simulated-disk.test.helper.ts';
import { type Dice, SECTOR_OCTETS } from './simulated-file.test.helper.ts';

const sectorOf = (octets: Buffer, index: number) =>
  Buffer.concat([octets.subarray(index * SECTOR_OCTETS, (index + 1) * SECTOR_OCTETS)], SECTOR_OCTETS).toString('hex');

/** What a disk does with one file, and what of it the model has to remember. */
type Step =
  | { readonly kind: 'write'; readonly position: number; readonly size: number; readonly octet: number }
  | { readonly kind: 'truncate' | 'preallocate'; readonly size: number }
  | { readonly kind: 'sync' | 'begin' | 'end' | 'write back' };

const size = fc.nat(4 * SECTOR_OCTETS);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      position: size,
      size,
      octet: fc.integer({ min: 1, max: 255 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('truncate' as const, 'preallocate' as const), size }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('sync' as const, 'begin' as const, 'end' as const, 'write back' as const),
    }),
  },
);

/** One file beside a model of it: all that it has been since the last sync that has ended. */
class Observed {
  readonly disk: SimulatedDisk;
  private readonly file: DataFile;
  private readonly dice: Dice;
  versions: Buffer[] = [Buffer.alloc(0)];
  private readonly begun: Buffer[] = [];

  constructor(dice: Dice) {
    const { disk, file } = diskWithFile();
    this.disk = disk;
    this.file = file;
    this.dice = dice;
    disk.holdsSyncs = true;
  }

  get content(): Buffer {
    return this.versions.at(-1)!;
  }

  do(step: Step): void {
    if ('size' in step) this.change(step);
    else if (step.kind === 'sync') {
      this.disk.holdsSyncs = false;
      this.file.syncNow();
      this.disk.holdsSyncs = true;
      this.versions = [this.content];
    } else if (step.kind === 'begin') this.begin();
    else if (step.kind === 'end') this.end();
    else this.disk.writeBack(this.dice);
  }

  private begin(): void {
    void this.file.sync();
    this.begun.push(this.content);
  }

  private end(): void {
    const content = this.begun.shift();
    this.disk.heldSyncs[0]?.end();
    if (content !== undefined && this.versions.includes(content)) {
      this.versions = this.versions.slice(this.versions.indexOf(content));
    }
  }

  private change(step: Extract<Step, { size: number }>): void {
    const old = this.content;
    if (step.kind === 'write') {
      const octets = Buffer.alloc(step.size, step.octet);
      write(this.file, octets, step.position);
      const end = step.size === 0 ? 0 : step.position + step.size;
      const content = Buffer.concat([old], Math.max(old.length, end));
      octets.copy(content, step.position);
      this.versions.push(content);
    } else if (step.kind === 'truncate') {
      this.file.truncate(step.size);
      this.versions.push(Buffer.concat([old], step.size));
    } else {
      this.file.preallocate(step.size);
      this.versions.push(Buffer.concat([old], Math.max(old.length, step.size)));
    }
  }
}

describe('whatever is done to a file', () => {
  test('programs read what was written, and so do those after a kill', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), anyDice, (steps, dice) => {
        const observed = new Observed(dice);
        for (const step of steps) observed.do(step);
        assert.deepEqual(contentOf(observed.disk), observed.content);
        assert.deepEqual(contentOf(observed.disk.afterKill()), observed.content);
      }),
    );
  });

  test('after a power cut each sector is as it was at some time since the last sync', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.boolean(), anyDice, (steps, isKilledBefore, dice) => {
        const observed = new Observed(dice);
        for (const step of steps) observed.do(step);
        const disk = isKilledBefore ? observed.disk.afterKill() : observed.disk;
        const found = contentOf(disk.afterPowerCut(dice));
        const sizes = observed.versions.map((content) => content.length);
        assert.ok(found.length >= Math.min(...sizes) && found.length <= Math.max(...sizes), 'a size in between');
        for (let i = 0; i * SECTOR_OCTETS < found.length; i++) {
          const end = Math.min(found.length, (i + 1) * SECTOR_OCTETS);
          const ends = [...sizes, end].filter((size) => size <= end); // a sector may be older than a cut that went through it
          const was = new Set(
            observed.versions.flatMap((content) => ends.map((size) => sectorOf(content.subarray(0, size), i))),
          );
          was.add(sectorOf(Buffer.alloc(0), i)); // not there any more in between
          assert.ok(was.has(sectorOf(found, i)), `sector ${i}`);
        }
      }),
    );
  });
});
