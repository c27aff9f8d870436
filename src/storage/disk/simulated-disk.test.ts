import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anyDice, contentOf, diskWithFile, PATH, write } from './disk-with-file.test.helper.ts';
import { GroupCommit } from './group-commit.ts';
import { SimulatedDisk } from './simulated-disk.test.helper.ts';
import { type Dice, SECTOR_OCTETS } from './simulated-file.test.helper.ts';

/** Of everything that may happen, the first: what was done since the last sync is on disk. */
const first: Dice = { below: () => 0 };
/** The last: nothing of it is. */
const last: Dice = { below: (limit) => limit - 1 };

describe('after a power cut', () => {
  test('sectors that were written are there or not, each for itself', () => {
    const { disk, file } = diskWithFile();
    write(file, Buffer.alloc(8 * SECTOR_OCTETS, 1));
    file.syncNow();
    write(file, Buffer.alloc(8 * SECTOR_OCTETS, 2));
    const found = new Set<string>();
    fc.assert(
      fc.property(anyDice, (dice) => {
        const content = contentOf(disk.afterPowerCut(dice));
        found.add(Array.from({ length: 8 }, (_, i) => content[i * SECTOR_OCTETS]).join(''));
      }),
    );
    assert.ok(found.size > 20, `${found.size} different ones`);
    assert.deepEqual(contentOf(disk.afterPowerCut(first)), Buffer.alloc(8 * SECTOR_OCTETS, 2));
    assert.deepEqual(contentOf(disk.afterPowerCut(last)), Buffer.alloc(8 * SECTOR_OCTETS, 1));
  });

  test('nothing comes back where a file that was cut short grows again', () => {
    const { disk, file } = diskWithFile();
    write(file, Buffer.alloc(8 * SECTOR_OCTETS, 1));
    fc.assert(
      fc.property(anyDice, (dice) => {
        const found = disk.afterPowerCut(dice);
        const cutAt = contentOf(found).length;
        found.open(PATH).preallocate(9 * SECTOR_OCTETS);
        assert.ok(
          contentOf(found)
            .subarray(cutAt)
            .every((octet) => octet === 0),
        );
      }),
    );
  });

  test('nor does what the system had written of its own accord before the file was cut', () => {
    const { disk, file } = diskWithFile();
    write(file, 'gone');
    disk.writeBack(last);
    file.truncate(0);
    file.syncNow();
    file.preallocate(9);
    assert.deepEqual(contentOf(disk.afterPowerCut(first)), Buffer.alloc(9));
  });

  test('a sync that has not ended promises nothing; one that has covers what was written before it began', async () => {
    const { disk, file } = diskWithFile();
    disk.holdsSyncs = true;
    write(file, 'before');
    const synced = file.sync();
    write(file, 'after', SECTOR_OCTETS);
    assert.equal(contentOf(disk.afterPowerCut(last)).length, 0);
    disk.heldSyncs[0]?.end();
    await synced;
    assert.equal(disk.heldSyncs.length, 0);
    assert.equal(contentOf(disk.afterPowerCut(last)).toString(), 'before');
  });

  test('a later sync has done the work of an earlier one that has not ended', async () => {
    const { disk, file } = diskWithFile();
    disk.holdsSyncs = true;
    write(file, 'old');
    const earlier = file.sync();
    write(file, 'new');
    const later = file.sync();
    disk.heldSyncs[1]?.end();
    await later;
    disk.heldSyncs[0]?.end();
    await earlier;
    assert.equal(contentOf(disk.afterPowerCut(last)).toString(), 'new');
  });

  test('what was read after a kill may be lost still', () => {
    const { disk, file } = diskWithFile();
    write(file, 'written');
    const killed = disk.afterKill();
    assert.equal(contentOf(killed).toString(), 'written');
    assert.equal(contentOf(killed.afterPowerCut(last)).length, 0);
    killed.open(PATH).syncNow();
    assert.equal(contentOf(killed.afterPowerCut(last)).toString(), 'written');
  });

  test('the disk that was cut goes on unharmed, and apart', () => {
    const { disk, file } = diskWithFile();
    write(file, 'one');
    const found = disk.afterPowerCut(first);
    write(file, 'two');
    disk.create('/data/other');
    assert.equal(contentOf(found).toString(), 'one');
    assert.deepEqual(found.list('/data'), ['file']);
  });
});

describe('a sync that fails', () => {
  test('has lost what it was to write: later ones succeed without it', async () => {
    const { disk, file } = diskWithFile();
    disk.faults.plan({ on: 'sync', code: 'EIO', when: (call) => call === 1 });
    write(file, 'lost');
    await assert.rejects(file.sync(), { code: 'EIO' });
    await file.sync();
    const octets = Buffer.alloc(4);
    assert.equal(file.read(octets, 0, 4, 0), 4);
    assert.equal(octets.toString(), 'lost');
    assert.deepEqual(contentOf(disk.afterPowerCut(first)), Buffer.alloc(4));
    write(file, 'back');
    file.syncNow();
    assert.equal(contentOf(disk.afterPowerCut(last)).toString(), 'back');
  });

  test('may have written a part', () => {
    const { disk, file } = diskWithFile();
    disk.faults.plan({ on: 'sync', code: 'EIO', doneShare: 0.5 });
    write(file, Buffer.alloc(4 * SECTOR_OCTETS, 1));
    assert.throws(() => file.syncNow(), { code: 'EIO' });
    disk.faults.clear();
    file.syncNow();
    const half = Buffer.alloc(2 * SECTOR_OCTETS);
    assert.deepEqual(contentOf(disk.afterPowerCut(last)), Buffer.concat([half.fill(1), Buffer.alloc(half.length)]));
  });

  test('can be let fail when it is held', async () => {
    const { disk, file } = diskWithFile();
    disk.holdsSyncs = true;
    write(file, 'lost');
    const synced = file.sync();
    disk.heldSyncs[0]?.fail();
    await assert.rejects(synced, { code: 'EIO' });
  });
});

describe('names', () => {
  test('are there after a cut only as far as their directory was synced', () => {
    const { disk, file } = diskWithFile();
    write(file, 'content');
    file.syncNow();
    disk.create('/data/new').syncNow();
    disk.remove(PATH);
    assert.deepEqual(disk.afterPowerCut(last).list('/data'), ['file']);
    assert.equal(contentOf(disk.afterPowerCut(last)).toString(), 'content');
    disk.directory('/data').syncNow();
    assert.deepEqual(disk.afterPowerCut(last).list('/data'), ['new']);
  });

  test('change in their order', () => {
    fc.assert(
      fc.property(anyDice, (dice) => {
        const disk = new SimulatedDisk();
        disk.makeDirectory('/data');
        disk.directory('/').syncNow();
        const names = Array.from({ length: 6 }, (_, i) => `${i}`);
        for (const name of names) disk.create(`/data/${name}`);
        const found = disk.afterPowerCut(dice).list('/data');
        assert.deepEqual(found, names.slice(0, found.length));
      }),
    );
  });

  for (const to of ['/data/renamed', '/other/renamed']) {
    test(`a rename to ${to} is seen whole or not at all`, () => {
      fc.assert(
        fc.property(anyDice, fc.constantFrom(undefined, '/data', '/other'), (dice, synced) => {
          const { disk } = diskWithFile();
          disk.makeDirectory('/other');
          disk.directory('/').syncNow();
          disk.rename(PATH, to);
          if (synced !== undefined) disk.directory(synced).syncNow();
          const found = [...disk.afterPowerCut(dice).contents().keys()];
          assert.equal(found.length, 1);
          if (synced !== undefined && to.startsWith(synced)) assert.deepEqual(found, [to]);
        }),
      );
    });
  }

  test('a directory that nobody synced is gone with all that is in it', () => {
    const disk = new SimulatedDisk();
    disk.makeDirectory('/data/inner');
    disk.create('/data/inner/file').syncNow();
    for (const directory of ['/data/inner', '/data']) disk.directory(directory).syncNow();
    assert.equal(disk.afterPowerCut(last).exists('/data'), false);
    assert.equal(disk.afterKill().exists('/data/inner/file'), true);
  });

  test('a removed file can be used while it is open', () => {
    const { disk, file } = diskWithFile();
    disk.remove(PATH);
    write(file, 'unseen');
    assert.equal(file.sizeOctets, 6);
    assert.throws(() => disk.open(PATH), { code: 'ENOENT' });
  });
});

describe('faults', () => {
  test('strike the calls they are planned for', () => {
    const { disk, file } = diskWithFile();
    disk.faults.plan(
      { on: 'write', code: 'EIO', path: /file/, when: (call) => call === 2 },
      { on: 'write', code: 'ENOSPC', path: /other/ },
    );
    write(file, 'a');
    assert.throws(() => write(file, 'b'), { code: 'EIO', path: PATH, syscall: 'write' });
    write(file, 'c');
    assert.equal(contentOf(disk).toString(), 'c');
    assert.equal(disk.faults.struckCount, 1);
  });

  test('a write may have been done in part', () => {
    const { disk, file } = diskWithFile();
    disk.faults.plan({ on: 'write', code: 'ENOSPC', doneShare: 0.5 });
    assert.throws(() => write(file, 'half'), { code: 'ENOSPC' });
    assert.equal(contentOf(disk).toString(), 'ha');
  });

  test('every other call can fail, too', () => {
    const { disk, file } = diskWithFile();
    for (const on of ['open', 'create', 'read', 'preallocate', 'truncate', 'rename', 'remove'] as const) {
      disk.faults.plan({ on, code: 'EMFILE' });
    }
    const failing = { code: 'EMFILE' };
    assert.throws(() => disk.open(PATH), failing);
    assert.throws(() => disk.create('/data/new'), failing);
    assert.throws(() => disk.rename(PATH, '/data/new'), failing);
    assert.throws(() => disk.remove(PATH), failing);
    assert.throws(() => file.read(Buffer.alloc(1), 0, 1, 0), failing);
    assert.throws(() => file.preallocate(1), failing);
    assert.throws(() => file.truncate(1), failing);
    assert.deepEqual(disk.list('/data'), ['file']);
  });

  test('a disk can be full', () => {
    const { disk, file } = diskWithFile();
    disk.capacityOctets = 1000;
    file.preallocate(600);
    assert.throws(() => disk.create('/data/other').preallocate(401), { code: 'ENOSPC' });
    assert.deepEqual(disk.space(), { freeOctets: 400, totalOctets: 1000 });
    write(file, Buffer.alloc(600, 1));
    assert.throws(() => write(file, Buffer.alloc(401), 600), { code: 'ENOSPC' });
    assert.equal(file.sizeOctets, 600);
  });
});

describe('with group commit', () => {
  test('a commit is reported when its sync has ended', async () => {
    const { disk, file } = diskWithFile();
    disk.holdsSyncs = true;
    const commit = new GroupCommit();
    write(file, 'x');
    commit.markDirty(file);
    commit.markDirty(disk.directory('/data'));
    let isFlushed = false;
    const flushed = commit.flushed().then(() => {
      isFlushed = true;
    });
    while (disk.heldSyncs.length < 2) await new Promise(setImmediate);
    disk.heldSyncs[0]?.end();
    await new Promise(setImmediate);
    assert.equal(isFlushed, false);
    disk.heldSyncs[0]?.end();
    await flushed;
  });

  test('after a sync that failed nothing is ever reported as committed', async () => {
    const { disk, file } = diskWithFile();
    disk.faults.plan({ on: 'sync', code: 'EIO', when: (call) => call === 1 });
    const commit = new GroupCommit();
    for (let i = 0; i < 2; i++) {
      write(file, 'x');
      commit.markDirty(file);
      await assert.rejects(commit.flushed(), { code: 'EIO' });
    }
    assert.equal(disk.faults.struckCount, 1);
  });
});
