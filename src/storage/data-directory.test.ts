import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { DataDirectoryError } from './disk/data-directory-error.ts';
import { loadNative } from './disk/native.ts';
import { NodeFiles } from './disk/node-files.ts';
import { identify, isRunning } from './disk/process-identity.ts';
import { TemporaryDirectory } from './disk/temporary-directory.test.helper.ts';

const native = await loadNative();
const IS_LINUX = process.platform === 'linux';

/** The same must hold with the system's locks and without. */
const WAYS = [
  { name: 'with the system’s lock', native },
  { name: 'by process id', native: undefined },
] as const;

function open(path: string, lock = native): DataDirectory {
  return openDataDirectory(path, new NodeFiles(lock), lock);
}

function refusal(path: string, lock = native): string {
  try {
    open(path, lock).close();
  } catch (error) {
    assert.ok(error instanceof DataDirectoryError, String(error));
    return error.message.replaceAll(path, 'DIR');
  }
  return 'opened';
}

test('a new directory is made, with those above it, and opened again later', () => {
  using base = new TemporaryDirectory();
  const path = join(base.path, 'a', 'b');
  const directory = open(path);
  assert.equal(directory.path, path);
  directory.close();
  assert.deepEqual(readdirSync(path), ['format.json', 'lock']);
  assert.deepEqual(JSON.parse(readFileSync(join(path, 'format.json'), 'utf8')), { product: 'leveret', format: 1 });
  open(path).close();
});

test('a first start that a crash has cut does not keep the next from starting', () => {
  using base = new TemporaryDirectory();
  for (const name of ['lock', 'format.json.new']) writeFileSync(join(base.path, name), '{"pro');
  mkdirSync(join(base.path, 'lost+found'));
  open(base.path).close();
});

describe('refused is', () => {
  test('a directory with other things in it, which stays as it was', () => {
    using base = new TemporaryDirectory();
    writeFileSync(join(base.path, 'thesis.txt'), '');
    assert.equal(
      refusal(base.path),
      'DIR holds files, such as thesis.txt, but no format.json: it is no data directory of leveret; ' +
        'choose an empty directory, or restore format.json if this is one that has lost it',
    );
    assert.deepEqual(readdirSync(base.path), ['thesis.txt']);
  });

  test('a newer format', () => {
    using base = new TemporaryDirectory();
    writeFileSync(join(base.path, 'format.json'), '{"product":"leveret","format":2}');
    assert.equal(
      refusal(base.path),
      'DIR has format 2, and this version of leveret knows formats up to 1; ' +
        'start it with the version that wrote it, or choose another directory',
    );
  });

  test('another product’s directory', () => {
    using base = new TemporaryDirectory();
    writeFileSync(join(base.path, 'format.json'), '{"product":"other"}');
    assert.equal(refusal(base.path), 'DIR is no data directory of leveret; choose another directory');
  });

  for (const text of ['', '{"product":"lev', 'null', '{"product":"leveret"}', '{"product":"leveret","format":"1"}']) {
    test(`a damaged format file: ${text}`, () => {
      using base = new TemporaryDirectory();
      writeFileSync(join(base.path, 'format.json'), text);
      assert.match(refusal(base.path), /^DIR\/format\.json is damaged; restore it from a backup; with data of this/);
    });
  }

  test('a path that is a file, or leads through one', () => {
    using base = new TemporaryDirectory();
    const path = join(base.path, 'file');
    writeFileSync(path, '');
    assert.match(refusal(path), /^the data directory DIR cannot be used \(EEXIST\); there is a file of that name/);
    assert.match(refusal(join(path, 'x')), /\(ENOTDIR\); a part of the path is a file: choose another directory$/);
  });

  test('a directory of somebody else’s', { skip: process.getuid?.() === 0 && 'root may do everything' }, () => {
    using base = new TemporaryDirectory();
    chmodSync(base.path, 0o500);
    assert.match(refusal(base.path), /cannot be used \(EACCES\); give it to the user that runs the broker, or/);
  });
});

for (const way of WAYS) {
  describe(`a locked directory, ${way.name}`, () => {
    test('is refused to a second broker in the process, until the first one ends', () => {
      using base = new TemporaryDirectory();
      const first = open(base.path, way.native);
      assert.equal(
        refusal(base.path, way.native),
        'DIR/lock is locked by another broker in this process; stop that broker, or choose another data directory',
      );
      first.close();
      assert.equal(refusal(base.path, way.native), 'opened');
    });

    test('is refused to a second process, until the first one is killed', async () => {
      using base = new TemporaryDirectory();
      const holder = await holdElsewhere(base.path, way.native !== undefined);
      try {
        assert.match(refusal(base.path, way.native), new RegExp(`^DIR/lock is locked by process ${holder.pid};`));
      } finally {
        holder.kill('SIGKILL');
      }
      await once(holder, 'exit');
      assert.equal(refusal(base.path, way.native), 'opened');
    });

    test('is free again after a crash whose process id is somebody else’s by now', { skip: !IS_LINUX }, () => {
      using base = new TemporaryDirectory();
      open(base.path, way.native).close();
      for (const pid of [process.pid, process.ppid]) {
        const owner = { pid, started: 'another boot/12', token: 'x' };
        writeFileSync(join(base.path, 'lock'), JSON.stringify(owner));
        assert.equal(refusal(base.path, way.native), 'opened');
      }
    });

    test('is free again after a crash in the middle of locking', () => {
      using base = new TemporaryDirectory();
      open(base.path, way.native).close();
      writeFileSync(join(base.path, 'lock'), '{"pid":1,"sta');
      assert.equal(refusal(base.path, way.native), 'opened');
    });
  });
}

test('a process without the system’s lock is respected by one that has it', { skip: native === undefined }, () => {
  using base = new TemporaryDirectory();
  const first = open(base.path, undefined);
  assert.match(refusal(base.path, native), /locked by another broker in this process/);
  first.close();
});

test('a process that has ended does not run, even if nobody has asked for its status', {
  skip: !IS_LINUX,
}, async () => {
  const child = spawn('sleep', ['60']);
  const identity = identify(child.pid!)!;
  assert.ok(isRunning(identity));
  assert.ok(!isRunning({ ...identity, started: 'then' }));
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  assert.ok(!isRunning(identity));
});

/** Another process that has the directory open. */
async function holdElsewhere(path: string, hasNative: boolean) {
  const at = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const program = `
    const { openDataDirectory } = await import(${at('./data-directory.js')});
    const { NodeFiles } = await import(${at('./disk/node-files.js')});
    const { loadNative } = await import(${at('./disk/native.js')});
    const native = ${hasNative} ? await loadNative() : undefined;
    openDataDirectory(${JSON.stringify(path)}, new NodeFiles(native), native);
    console.log('open');
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}
