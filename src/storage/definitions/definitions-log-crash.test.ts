import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { stringifyJson } from '../../json/exact-json.ts';
import type { DiskOperation } from '../disk/disk-faults.test.helper.ts';
import { GroupCommit } from '../disk/group-commit.ts';
import { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import type { Dice } from '../disk/simulated-file.test.helper.ts';
import { DefinitionsLog } from './definitions-log.ts';

const DIRECTORY = '/data';
/** A log of this size may be rewritten. */
const REWRITE_FROM_OCTETS = 64 * 1024;
const OPERATIONS: readonly DiskOperation[] = ['open', 'create', 'write', 'truncate', 'sync', 'rename', 'remove'];

const anyDice: fc.Arbitrary<Dice> = fc
  .infiniteStream(fc.nat())
  .map((numbers) => ({ below: (limit) => numbers.next().value % limit }));

function diskWithDirectory(): SimulatedDisk {
  const disk = new SimulatedDisk();
  disk.makeDirectory(DIRECTORY);
  disk.directory('/').syncNow();
  return disk;
}

function open(disk: SimulatedDisk): { log: DefinitionsLog; commit: GroupCommit } {
  const commit = new GroupCommit();
  return { log: DefinitionsLog.open(disk, DIRECTORY, commit), commit };
}

/** The name and value of every queue. */
function contentOf(log: DefinitionsLog): string {
  return stringifyJson([...log.definitions('queue')].map(({ key, value }) => [key[0], value]));
}

/** What a start finds, once and once more. */
function foundOn(disk: SimulatedDisk): string {
  const found = contentOf(open(disk).log);
  assert.equal(contentOf(open(disk.afterKill()).log), found);
  return found;
}

function sizeOf(disk: SimulatedDisk): number {
  return disk.contents().get(`${DIRECTORY}/definitions.log`)!.length;
}

/** Calls back in the middle of everything that is done to the disk. */
function atEachOperation(disk: SimulatedDisk, call: () => void): void {
  const when = () => {
    call();
    return false;
  };
  disk.faults.plan(...OPERATIONS.map((on) => ({ on, code: 'EIO' as const, when })));
}

/** Some definitions, each of some hundred octets, so that sectors are lost in all places. */
const write = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), size: fc.nat(700) }), {
  minLength: 1,
  maxLength: 3,
});

function writeTo(log: DefinitionsLog, definitions: readonly { name: string; size: number }[]): void {
  log.write(definitions.map(({ name, size }) => ['put', 'queue', [name], `${name}${'-'.repeat(size)}`]));
}

describe('after a power cut', () => {
  test('everything committed is there, and of the rest the first writes or none', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('write' as const), definitions: write }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'write back' as const) }) },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { maxLength: 12 }), { minLength: 3, maxLength: 3 }),
        anyDice,
        async (lives, dice) => {
          let disk = diskWithDirectory();
          let found = '[]';
          for (const steps of lives) {
            const { log, commit } = open(disk);
            assert.equal(contentOf(log), found);
            let possible = [found];
            for (const taken of steps) {
              if (taken.kind === 'write back') disk.writeBack(dice);
              else if (taken.kind === 'write') {
                writeTo(log, taken.definitions);
                possible.push(contentOf(log));
              } else {
                await commit.flushed();
                possible = possible.slice(-1);
              }
            }
            disk = disk.afterPowerCut(dice);
            found = foundOn(disk);
            assert.ok(possible.includes(found), `${found} of ${possible.join('\n')}`);
          }
        },
      ),
      { numRuns: extent({ usual: 80, soak: 2000 }) },
    );
  });

  test('in the middle of a first start, another one starts afresh', () => {
    fc.assert(
      fc.property(anyDice, (dice) => {
        const disk = diskWithDirectory();
        const cut: SimulatedDisk[] = [];
        atEachOperation(disk, () => cut.push(disk.afterPowerCut(dice), disk.afterKill()));
        open(disk);
        assert.ok(cut.length > 6);
        for (const found of cut) assert.equal(foundOn(found), '[]');
      }),
    );
  });

  test('in the middle of a rewrite, everything committed is there', async () => {
    await fc.assert(
      fc.asyncProperty(anyDice, async (dice) => {
        const disk = diskWithDirectory();
        const { log, commit } = open(disk);
        for (let round = 0; round < 7; round++) log.put('queue', ['changing'], 'x'.repeat(9000 - round));
        log.put('queue', ['kept'], 'k'.repeat(REWRITE_FROM_OCTETS - sizeOf(disk) - 120));
        await commit.flushed();
        const before = contentOf(log);
        const cut: SimulatedDisk[] = [];
        atEachOperation(disk, () => cut.push(disk.afterPowerCut(dice), disk.afterKill()));
        log.put('queue', ['changing'], 2);
        log.put('queue', ['changing'], 3);
        const [between, after] = [contentOf(log).replace('3', '2'), contentOf(log)];
        assert.ok(sizeOf(disk) < 4000, 'was rewritten');
        for (const found of cut.splice(0)) assert.ok([before, between, after].includes(foundOn(found)));
        await commit.flushed();
        assert.equal(disk.openFiles.size, 1, 'the old log is closed');
        assert.equal(foundOn(disk.afterPowerCut(dice)), after);
      }),
      { numRuns: extent({ usual: 15, soak: 200 }) },
    );
  });
});

describe('where the disk fails', () => {
  test('a write leaves nothing behind that could come back between two others', async () => {
    const attempt = fc.record({
      definitions: write,
      doneShare: fc.double({ min: 0, max: 1, noNaN: true }),
      fails: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 10 }), anyDice, async (attempts, dice) => {
        const disk = diskWithDirectory();
        const { log, commit } = open(disk);
        const possible = [contentOf(log)];
        for (const { definitions, doneShare, fails } of attempts) {
          if (fails) disk.faults.plan({ on: 'write', code: 'ENOSPC', doneShare });
          if (fails) assert.throws(() => writeTo(log, definitions), { code: 'ENOSPC' });
          else writeTo(log, definitions);
          disk.faults.clear();
          disk.writeBack(dice);
          possible.push(contentOf(log));
          assert.equal(foundOn(disk.afterKill()), contentOf(log));
          assert.ok(possible.includes(foundOn(disk.afterPowerCut(dice))));
        }
        await commit.flushed();
        assert.equal(foundOn(disk.afterPowerCut(dice)), contentOf(log));
      }),
    );
  });

  test('a rewrite is given up, and the log goes on as it was', async () => {
    for (const on of ['create', 'write', 'sync', 'rename'] as const) {
      const disk = diskWithDirectory();
      const { log, commit } = open(disk);
      disk.faults.plan({ on, code: 'EIO', path: /\.new$/ });
      for (let round = 0; round < 20; round++) log.put('queue', ['q'], `${round}${'x'.repeat(9000)}`);
      assert.ok(disk.faults.struckCount > 0, on);
      disk.faults.clear();
      log.put('queue', ['q'], 'small');
      await commit.flushed();
      assert.equal(foundOn(disk.afterKill()), '[["q","small"]]');
      for (let round = 0; round < 30; round++) log.put('queue', ['q'], `${round}${'x'.repeat(9000)}`);
      assert.ok(sizeOf(disk) < 200_000, 'was rewritten later');
    }
  });

  test('a sync that failed is the end: nothing more is written', async () => {
    const disk = diskWithDirectory();
    const { log, commit } = open(disk);
    disk.faults.plan({ on: 'sync', code: 'EIO' });
    log.put('queue', ['q'], 1);
    await assert.rejects(commit.flushed(), { code: 'EIO' });
    disk.faults.clear();
    assert.throws(() => log.put('queue', ['r'], 1), { code: 'EIO' });
    log.close();
  });

  test('so is one that was to cut off what a failed write had left', async () => {
    const disk = diskWithDirectory();
    const { log, commit } = open(disk);
    disk.faults.plan({ on: 'write', code: 'ENOSPC', doneShare: 0.5 });
    assert.throws(() => log.put('queue', ['q'], 1), { code: 'ENOSPC' });
    disk.faults.clear();
    disk.faults.plan({ on: 'sync', code: 'EIO' });
    assert.throws(() => log.put('queue', ['q'], 1), { code: 'EIO' });
    disk.faults.clear();
    await assert.rejects(commit.flushed(), { code: 'EIO' });
  });
});
