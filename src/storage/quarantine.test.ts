import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Logger } from '../observe/logger.ts';
import type { Damage } from './commit-log/damage.ts';
import { GroupCommit } from './disk/group-commit.ts';
import { SimulatedDisk } from './disk/simulated-disk.test.helper.ts';
import { Quarantine } from './quarantine.ts';

const DIRECTORY = '/data';

/** What was logged, as `level file-offset reason`. */
function recordingLogger(lines: string[]): Logger {
  const line = (level: string) => (facts: Damage) => {
    lines.push(`${level} ${facts.file}-${facts.offset} ${facts.reason}`);
  };
  return { warn: line('warn'), error: line('error') } as unknown as Logger;
}

function damage(facts: Partial<Damage> = {}): Damage {
  const octets = Buffer.from('damaged');
  const file = '/data/messages/0000000001.log';
  return { file, offset: 64, sizeOctets: octets.length, reason: 'why', isUnfinished: false, octets, ...facts };
}

describe('the quarantine', () => {
  test('keeps the octets on disk, once for each place', async () => {
    const disk = new SimulatedDisk();
    const commit = new GroupCommit();
    disk.makeDirectory(DIRECTORY);
    await disk.directory('/').sync();
    await disk.directory(DIRECTORY).sync();
    const quarantine = new Quarantine(DIRECTORY, disk, commit, recordingLogger([]));
    quarantine.setAside(damage());
    quarantine.setAside(damage());
    quarantine.setAside(damage({ offset: 128, octets: Buffer.from('also') }));
    await commit.flushed();
    await disk.directory(DIRECTORY).sync();
    const contents = [...disk.afterPowerCut({ below: (limit) => limit - 1 }).contents()];
    assert.deepEqual(
      contents.map(([path, octets]) => `${path} ${octets}`),
      ['/data/quarantine/0000000001.log-64 damaged', '/data/quarantine/0000000001.log-128 also'],
    );
    assert.equal(disk.openFiles.size, 0);
  });

  test('tells of damage as an error, and of what a crash has left as a warning', () => {
    const disk = new SimulatedDisk();
    const lines: string[] = [];
    const quarantine = new Quarantine(DIRECTORY, disk, new GroupCommit(), recordingLogger(lines));
    quarantine.setAside(damage());
    quarantine.setAside(damage({ offset: 128, isUnfinished: true, reason: 'not finished' }));
    assert.deepEqual(lines, [
      'error /data/messages/0000000001.log-64 why',
      'warn /data/messages/0000000001.log-128 not finished',
    ]);
  });
});
