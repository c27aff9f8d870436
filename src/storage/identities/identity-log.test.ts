import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { GroupCommit } from '../disk/group-commit.ts';
import { NodeFiles } from '../disk/node-files.ts';
import { SimulatedDisk } from '../disk/simulated-disk.test.helper.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { IdentityLog, type IdentitySource } from './identity-log.ts';
import { IDENTITY_RECORD_OCTETS, type IdentityRecord } from './identity-record.ts';

function record(number: number, owner = 7): IdentityRecord {
  return {
    owner,
    identity: `${number}`.padStart(16, '\u00ff'),
    expiresMs: number % 2 ? number : Number.POSITIVE_INFINITY,
  };
}

function open(directory: string): { log: IdentityLog; commit: GroupCommit } {
  const commit = new GroupCommit();
  return { log: new IdentityLog(new NodeFiles(undefined), directory, commit), commit };
}

async function written(directory: string, count: number): Promise<void> {
  const { log, commit } = open(directory);
  for (let i = 0; i < count; i++) log.append(record(i));
  await commit.flushed();
  log.close();
}

describe('the log of identities', () => {
  test('has again what was in it, in order', async () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    assert.deepEqual(open(directory).log.recovered, []);
    await written(directory, 3);
    const again = open(directory);
    assert.deepEqual(again.log.recovered, [record(0), record(1), record(2)]);
    again.log.append(record(3, 8));
    await again.commit.flushed();
    again.log.close();
    assert.deepEqual(open(directory).log.recovered, [record(0), record(1), record(2), record(3, 8)]);
  });

  test('ends where a crash has cut it', async () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    await written(directory, 3);
    const path = join(directory, 'identities.log');
    const octets = readFileSync(path);
    for (let cut = 1; cut <= IDENTITY_RECORD_OCTETS; cut++) {
      writeFileSync(path, octets.subarray(0, octets.length - cut));
      const { log } = open(directory);
      assert.equal(log.recovered.length, 2);
      const isRecordGone = cut === IDENTITY_RECORD_OCTETS; // which nobody can tell from it never having been there
      assert.deepEqual(
        log.damage,
        isRecordGone ? undefined : { reason: 'cut short', cutOctets: IDENTITY_RECORD_OCTETS - cut },
      );
      log.close();
      assert.equal(readFileSync(path).length, 3 * IDENTITY_RECORD_OCTETS);
    }
    writeFileSync(path, Buffer.concat([octets, Buffer.alloc(1000)]));
    const { log } = open(directory);
    assert.deepEqual([log.recovered.length, log.damage], [3, { reason: 'cut short', cutOctets: 1000 }]);
    log.close();
  });

  test('loses a damaged record and nothing else', async () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    await written(directory, 3);
    const path = join(directory, 'identities.log');
    const octets = readFileSync(path);
    octets[2 * IDENTITY_RECORD_OCTETS + 20]! ^= 1;
    writeFileSync(path, octets);
    const { log } = open(directory);
    assert.deepEqual(log.recovered, [record(0), record(2)]);
    assert.deepEqual(log.damage, { reason: 'damaged records', count: 1, cutOctets: 0 });
    log.close();
  });

  test('is not begun anew in the place of something else', () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    writeFileSync(join(directory, 'identities.log'), 'x'.repeat(100));
    assert.throws(() => open(directory), { name: 'DataDirectoryError', message: /newer version/ });
  });

  test('is written anew when most of it is forgotten, with what comes in meanwhile', async () => {
    using temporary = new TemporaryDirectory();
    const directory = temporary.path;
    const { log, commit } = open(directory);
    const known: IdentityRecord[] = [];
    const source: IdentitySource = {
      get size() {
        return known.length;
      },
      records: () => [...known],
    };
    log.add(source);
    const path = join(directory, 'identities.log');
    for (let i = 0; i < 70_000; i++) {
      known.push(record(i));
      if (known.length > 5000) known.shift();
      log.append(record(i));
      if (i % 1000 === 0) await commit.flushed();
    }
    await commit.flushed();
    await commit.flushed();
    assert.ok(readFileSync(path).length < 20_000 * IDENTITY_RECORD_OCTETS);
    log.append(record(70_000));
    known.push(record(70_000));
    await commit.flushed();
    log.close();
    const recovered = new Set(open(directory).log.recovered.map(({ identity }) => identity));
    for (const { identity } of known) assert.ok(recovered.has(identity));
  });

  for (const { name, before } of [
    { name: 'is new', before: undefined },
    { name: 'was empty', before: 0 },
    { name: 'was cut within its title', before: 20 },
  ]) {
    test(`can be read after a power cut before the first sync, if it ${name}`, () => {
      for (const chance of [0, 1]) {
        const disk = new SimulatedDisk();
        if (before !== undefined) disk.create('/identities.log').write(Buffer.alloc(before), 0, before, 0);
        const log = new IdentityLog(disk, '/', new GroupCommit());
        for (let i = 0; i < 20; i++) log.append(record(i));
        // The name is there, the file has its size, and of its sectors only every other one was written.
        disk.directory('/').syncNow();
        let sectors = chance;
        const dice = { below: (limit: number) => (limit === 2 ? sectors++ % 2 : 0) };
        assert.doesNotThrow(() => new IdentityLog(disk.afterPowerCut(dice), '/', new GroupCommit()).close());
      }
    });
  }
});
