import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadNative } from './native.ts';
import { ShadowFiles } from './shadow-files.test.helper.ts';
import type { Dice } from './simulated-file.test.helper.ts';
import { TemporaryDirectory } from './temporary-directory.test.helper.ts';

const PAGE_OCTETS = 4096;
const native = await loadNative();
/** After a power cut, nothing of what was done since the last sync is there. */
const last: Dice = { below: (limit) => limit - 1 };
const first: Dice = { below: () => 0 };

/** Real files in a directory, and a way to have another for what is found later. */
function shadowIn(directory: TemporaryDirectory): { files: ShadowFiles; path: string; next: () => string } {
  let count = 0;
  const next = () => {
    const path = join(directory.path, String(count++));
    mkdirSync(path);
    return path;
  };
  const root = next();
  return { files: new ShadowFiles(root, native), path: join(root, 'file'), next };
}

function contentOf(files: ShadowFiles): string {
  return [...files.disk.contents()].map(([path, octets]) => `${path}: ${octets.toString('latin1')}`).join();
}

describe('files with a shadow', { skip: native === undefined }, () => {
  test('what is written through a mapping is on disk with the sync that begins after it', async () => {
    using directory = new TemporaryDirectory();
    const { files, path, next } = shadowIn(directory);
    const file = files.create(path);
    file.preallocate(PAGE_OCTETS);
    const memory = native!.reserve(PAGE_OCTETS);
    native!.map(memory, 0, PAGE_OCTETS, file.descriptor);
    memory.octets.write('one');
    files.directory(join(path, '..')).syncNow();
    files.disk.holdsSyncs = true;
    const synced = file.sync();
    memory.octets.write('two');
    files.disk.heldSyncs[0]?.end();
    await synced;
    for (const [found, expected] of [
      [files.afterPowerCut(last, next()), 'one'],
      [files.afterPowerCut(first, next()), 'two'],
      [files.afterKill(next()), 'two'],
    ] as const) {
      assert.equal(contentOf(found), `/file: ${expected}${'\0'.repeat(PAGE_OCTETS - 3)}`);
    }
    native!.unmap(memory, 0, PAGE_OCTETS);
    file.close();
  });

  test('what is found is real files, whose unsynced part may be lost still', () => {
    using directory = new TemporaryDirectory();
    const { files, path, next } = shadowIn(directory);
    const file = files.create(path);
    file.write(Buffer.from('text'), 0, 4, 0);
    file.close();
    const root = next();
    const found = files.afterKill(root);
    const again = found.open(join(root, 'file'));
    const octets = Buffer.alloc(8);
    assert.equal(again.read(octets, 0, 8, 0), 4);
    assert.equal(octets.toString('latin1', 0, 4), 'text');
    again.close();
    assert.equal(contentOf(found.afterPowerCut(last, next())), '');
  });

  test('faults of the shadow are those of the files', () => {
    using directory = new TemporaryDirectory();
    const { files, path } = shadowIn(directory);
    const file = files.create(path);
    files.disk.faults.plan({ on: 'preallocate', code: 'ENOSPC' }, { on: 'write', code: 'EIO', doneShare: 0.5 });
    assert.throws(() => file.preallocate(PAGE_OCTETS), { code: 'ENOSPC' });
    assert.throws(() => file.write(Buffer.from('text'), 0, 4, 0), { code: 'EIO' });
    assert.equal(file.sizeOctets, 0);
    file.close();
  });
});
