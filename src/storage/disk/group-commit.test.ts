import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Syncable } from './files.ts';
import { GroupCommit } from './group-commit.ts';

/** A file whose syncs end when the test says so. */
class HeldFile implements Syncable {
  readonly begun: PromiseWithResolvers[] = [];
  /** Ends a sync that holds up the process. */
  syncNow: () => void = () => undefined;

  sync(): Promise<void> {
    return new Promise((resolve, reject) => this.begun.push({ resolve, reject }));
  }

  async end(): Promise<void> {
    this.begun.shift()!.resolve();
    await turn();
  }

  async fail(): Promise<void> {
    this.begun.shift()!.reject(new Error('EIO'));
    await turn();
  }
}

interface PromiseWithResolvers {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** What listeners were told, in order. */
class Told {
  readonly entries: string[] = [];

  listener(name: string) {
    return {
      committed: () => void this.entries.push(name),
      commitFailed: (error: Error) => void this.entries.push(`${name} failed: ${error.message}`),
    };
  }

  take(): string[] {
    return this.entries.splice(0);
  }
}

/** A commit that has a sync of `file` under way, for two who wait. */
async function begun(): Promise<{ commit: GroupCommit; file: HeldFile; told: Told }> {
  const commit = new GroupCommit();
  const file = new HeldFile();
  const told = new Told();
  commit.markDirty(file);
  commit.wait(told.listener('a'));
  commit.wait(told.listener('b'));
  await turn();
  assert.equal(file.begun.length, 1);
  return { commit, file, told };
}

/** Runs, and returns what was thrown outside of anybody's call. */
async function strayErrors(run: () => Promise<void>): Promise<string[]> {
  const errors: string[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => errors.push(error.message));
  try {
    await run();
    await turn();
  } finally {
    process.setUncaughtExceptionCaptureCallback(null);
  }
  return errors;
}

describe('a group commit', () => {
  test('tells who waits once the sync has ended that began after they had written, and not before', async () => {
    const { commit, file, told } = await begun();
    commit.markDirty(file);
    for (const name of ['c', 'd']) commit.wait(told.listener(name));
    await turn();
    assert.deepEqual(told.take(), []);
    assert.equal(file.begun.length, 1);
    await file.end();
    assert.deepEqual([told.take(), commit.committedBatch], [['a', 'b'], 1]);
    assert.equal(file.begun.length, 1);
    await file.end();
    assert.deepEqual([told.take(), commit.committedBatch], [['c', 'd'], 2]);
  });

  test('tells everybody at once where nothing is to be synced, but never within the call', async () => {
    const commit = new GroupCommit();
    const told = new Told();
    commit.wait(told.listener('a'));
    assert.deepEqual(told.take(), []);
    await turn();
    assert.deepEqual(told.take(), ['a']);
  });

  test('syncs all files of a batch, and none that is gone', async () => {
    const commit = new GroupCommit();
    const files = [new HeldFile(), new HeldFile(), new HeldFile()];
    const told = new Told();
    for (const file of files) commit.markDirty(file);
    commit.forget(files[1]!);
    commit.wait(told.listener('a'));
    await turn();
    assert.deepEqual(
      files.map(({ begun }) => begun.length),
      [1, 0, 1],
    );
    await files[0]!.end();
    assert.deepEqual(told.take(), []);
    await files[2]!.end();
    assert.deepEqual(told.take(), ['a']);
  });

  test('never commits anything again when a sync has failed, and tells so everybody who waits', async () => {
    const { commit, file, told } = await begun();
    commit.markDirty(file);
    commit.wait(told.listener('c'));
    await file.fail();
    assert.deepEqual(told.take(), ['a failed: EIO', 'b failed: EIO', 'c failed: EIO']);
    commit.markDirty(file);
    commit.wait(told.listener('d'));
    await turn();
    assert.deepEqual(told.take(), ['d failed: EIO']);
    assert.deepEqual([file.begun.length, commit.committedBatch], [0, 0]);
    await assert.rejects(commit.flushed(), { message: 'EIO' });
  });

  test('does the same when a sync fails that holds up the process', async () => {
    const commit = new GroupCommit();
    const file = new HeldFile();
    const told = new Told();
    file.syncNow = () => {
      throw new Error('EIO');
    };
    commit.markDirty(file);
    commit.wait(told.listener('a'));
    await turn();
    file.syncNow = () => undefined;
    commit.markDirty(file);
    commit.wait(told.listener('b'));
    await turn();
    assert.deepEqual(told.take(), ['a failed: EIO', 'b failed: EIO']);
    assert.equal(commit.committedBatch, 0);
  });

  test('tells the others although one of them throws, and goes on', async () => {
    const { commit, file, told } = await begun();
    commit.markDirty(file);
    commit.wait({ committed: throwing, commitFailed: throwing });
    commit.wait(told.listener('c'));
    commit.wait(told.listener('d'));
    await file.end();
    told.take();
    assert.deepEqual(await strayErrors(() => file.end()), ['a mistake']);
    assert.deepEqual(told.take(), ['c', 'd']);
    commit.markDirty(file);
    await commit.flushed();
  });

  test('tells the others of a failure although one of them throws', async () => {
    const { commit, file, told } = await begun();
    commit.wait({ committed: throwing, commitFailed: throwing });
    commit.wait(told.listener('c'));
    assert.deepEqual(await strayErrors(() => file.fail()), ['a mistake']);
    assert.deepEqual(told.take(), ['a failed: EIO', 'b failed: EIO', 'c failed: EIO']);
  });
});

function throwing(): void {
  throw new Error('a mistake');
}
