import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { loadNative } from '../disk/native.ts';
import { NodeFiles } from '../disk/node-files.ts';
import { TemporaryDirectory } from '../disk/temporary-directory.test.helper.ts';
import { Arena } from '../message/arena.ts';
import { assertStored, hold, StoredMessages, storeOperation } from '../message/stored-messages.test.helper.ts';
import { MemoryStore } from './memory-store.ts';
import { ScratchDirectory } from './scratch-directory.ts';

const SEGMENT_OCTETS = 512 * 1024;
const MIB = 1024 * 1024;
const EVERYTHING = Number.MAX_SAFE_INTEGER;
/** What compaction tolerates, and what the file grows by. */
const SCRATCH_SLACK_OCTETS = 16 * SEGMENT_OCTETS + 8 * MIB;
const native = await loadNative();

/** A disk that is full when a test says so. */
class TestFiles extends NodeFiles {
  errorCode: string | undefined;

  override create(path: string) {
    const file = super.create(path);
    const preallocate = file.preallocate.bind(file);
    file.preallocate = (sizeOctets) => {
      if (this.errorCode !== undefined) throw Object.assign(new Error('no'), { code: this.errorCode });
      preallocate(sizeOctets);
    };
    return file;
  }
}

/** A store with a scratch directory, and whatever of the arena a test leaves to it. */
class World implements Disposable {
  readonly files = new TestFiles(native);
  private readonly temporary = new TemporaryDirectory();
  readonly path = join(this.temporary.path, 'scratch');
  readonly scratch = new ScratchDirectory(this.files, this.path);
  readonly clock = new TestClock();
  readonly store: MemoryStore;

  constructor(arenaLeftOctets = 0) {
    const arena = new Arena();
    arena.take(arena.octets.length - arenaLeftOctets);
    this.store = new MemoryStore(arena, this.scratch, this.clock);
  }

  get diskOctets(): number {
    return readdirSync(this.path).reduce((sum, name) => sum + statSync(join(this.path, name)).size, 0);
  }

  [Symbol.dispose](): void {
    this.store.close();
    this.scratch.close();
    assert.deepEqual(readdirSync(this.path), []);
    this.temporary[Symbol.dispose]();
  }
}

const pagingOperation = fc.oneof(
  { weight: 20, arbitrary: storeOperation },
  { weight: 2, arbitrary: fc.constantFrom('page out' as const, 'page some out', 'end turn') },
);

describe('whatever is held, read, released and paged out in whatever order', () => {
  for (const arenaLeft of [0, 2 * SEGMENT_OCTETS]) {
    test(`messages stay what they are (${arenaLeft} octets of arena)`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(pagingOperation, { maxLength: 600, size: 'max' }), async (steps) => {
          using world = new World(arenaLeft);
          const { store } = world;
          const messages = new StoredMessages(store);
          for (const step of steps) {
            if (step === 'page out') store.pageOut(EVERYTHING);
            else if (step === 'page some out') store.pageOut(SEGMENT_OCTETS);
            else if (step === 'end turn') await turn();
            else messages.apply(step);
          }
          messages.assertAllStored();
          messages.releaseAll();
          assert.equal(world.diskOctets, 0);
          assert.ok(store.occupiedOctets <= SEGMENT_OCTETS);
        }),
        { numRuns: extent({ usual: 12, soak: 300 }) },
      );
    });
  }
});

/** So many messages of about 1 KiB, numbered in their bodies. */
function fill({ store }: World, count: number): number[] {
  return Array.from({ length: count }, (_, i) => hold(store, { body: numbered(i) }));
}

function numbered(i: number): Buffer {
  const octets = Buffer.alloc(1000, i);
  octets.writeUInt32BE(i);
  return octets;
}

test('memory is given back for what is paged out, the oldest first, and taken again for what is read', () => {
  using world = new World();
  const { store } = world;
  const slots = fill(world, 10_000);
  const [before, live] = [store.occupiedOctets, store.liveOctets];
  assert.equal(store.pageOut(4 * SEGMENT_OCTETS), 4 * SEGMENT_OCTETS);
  assert.equal(store.occupiedOctets, before - 4 * SEGMENT_OCTETS);
  assertStored(store, slots[5000]!, { body: numbered(5000) });
  assert.equal(store.occupiedOctets, before - 4 * SEGMENT_OCTETS, 'a later one is still in memory');
  assertStored(store, slots[0]!, { body: numbered(0) });
  assert.equal(store.occupiedOctets, before - 3 * SEGMENT_OCTETS);
  store.pageOut(EVERYTHING);
  assert.equal(store.occupiedOctets, 2 * SEGMENT_OCTETS, 'the one that is being filled, and the one that was read');
  assert.equal(store.liveOctets, live);
  for (const [i, slot] of slots.entries()) assertStored(store, slot, { body: numbered(i) });
  assert.equal(store.occupiedOctets, before);
});

test('what was brought back goes out again without being written', () => {
  using world = new World();
  const { store } = world;
  const slots = fill(world, 2000);
  for (let round = 0; round < 5; round++) {
    store.pageOut(EVERYTHING);
    store.pageOut(EVERYTHING);
    assert.equal(store.occupiedOctets, SEGMENT_OCTETS);
    world.files.errorCode = 'EIO'; // nothing may be needed any more
    for (const [i, slot] of slots.entries()) assertStored(store, slot, { body: numbered(i) });
  }
});

test('a message counts as come when it was stamped anew, also when it is paged out again after that', () => {
  using world = new World();
  const { store, clock } = world;
  const [first, second] = fill(world, 2000) as [number, number];
  const cameMs = clock.nowMs;
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 2; i++) store.pageOut(EVERYTHING);
    clock.advance(1000);
    store.restamp(first);
    for (let i = 0; i < 2; i++) store.pageOut(EVERYTHING);
    assert.deepEqual([store.timestampMs(first), store.timestampMs(second)], [clock.nowMs, cameMs]);
    assertStored(store, first, { body: numbered(0) });
  }
});

test('releasing what is paged out does not bring it back', () => {
  using world = new World();
  const { store } = world;
  const slots = fill(world, 10_000);
  store.pageOut(EVERYTHING);
  const { occupiedOctets } = store;
  for (const slot of slots.slice(0, 9000)) {
    store.release(slot);
    assert.equal(store.occupiedOctets, occupiedOctets);
  }
  assert.ok(Math.abs(store.liveOctets - 1000 * 1050) < 50_000, `${store.liveOctets} octets`);
  for (const slot of slots.slice(9000)) store.release(slot);
  assert.deepEqual([store.messageCount, store.liveOctets, world.diskOctets], [0, 0, 0]);
});

describe('a straggler in every segment does not keep the disk of all', () => {
  const COUNT = 30_000;
  const EVERY = 400;
  const isStraggler = (i: number) => i % EVERY === EVERY - 1;

  test('what is left is moved together, turn by turn', async () => {
    using world = new World();
    const { store } = world;
    const slots = fill(world, COUNT);
    store.pageOut(EVERYTHING);
    assert.ok(world.diskOctets > 28 * MIB);
    for (let i = 0; i < COUNT; i++) if (!isStraggler(i)) store.release(slots[i]!);
    for (let i = 0; i < 100; i++) await turn();
    for (const [i, slot] of slots.entries()) if (isStraggler(i)) assertStored(store, slot, { body: numbered(i) });
    const blocks = fill(world, 15_000);
    store.pageOut(EVERYTHING);
    assert.ok(world.diskOctets < 28 * MIB + SCRATCH_SLACK_OCTETS, 'what was freed was used again');
    for (const slot of blocks) store.release(slot);
  });
});

describe('a large body', () => {
  const parts = { body: Buffer.from(Array.from({ length: 100_000 }, (_, i) => i * 7)), layout: 5 } as const;

  test('is paged out alone, and read for each delivery', () => {
    using world = new World();
    const { store } = world;
    const slots = Array.from({ length: 20 }, () => hold(store, parts));
    const before = store.occupiedOctets;
    assert.equal(store.pageOut(150_000), 200_000);
    assert.equal(store.occupiedOctets, before - 200_000);
    for (const slot of slots) assertStored(store, slot, parts);
    assert.equal(store.occupiedOctets, before - 200_000);
    for (const slot of slots) store.release(slot);
    assert.deepEqual([store.liveOctets, world.diskOctets], [0, 0]);
  });

  test('goes with its record when that was paged out too', () => {
    using world = new World();
    const { store } = world;
    const large = hold(store, parts);
    const slots = fill(world, 2000);
    store.pageOut(EVERYTHING);
    assertStored(store, large, parts);
    store.pageOut(EVERYTHING);
    for (const slot of [large, ...slots]) store.release(slot);
    assert.deepEqual([store.messageCount, store.liveOctets, world.diskOctets], [0, 0, 0]);
  });
});

describe('a disk', () => {
  test('that is full takes nothing, and some once there is room', () => {
    using world = new World();
    const { store } = world;
    const slots = [...fill(world, 2000), hold(store, { body: Buffer.alloc(100_000) })];
    world.files.errorCode = 'ENOSPC';
    assert.equal(store.pageOut(EVERYTHING), 0);
    assert.equal(world.diskOctets, 0);
    assertStored(store, slots[1]!, { body: numbered(1) });
    world.files.errorCode = undefined;
    assert.ok(store.pageOut(EVERYTHING) > MIB);
    assertStored(store, slots[1]!, { body: numbered(1) });
  });

  test('that fails is reported, and the messages are where they were', () => {
    using world = new World();
    const { store } = world;
    const slots = fill(world, 2000);
    world.files.errorCode = 'EIO';
    assert.throws(() => store.pageOut(EVERYTHING), { code: 'EIO' });
    for (const [i, slot] of slots.entries()) assertStored(store, slot, { body: numbered(i) });
  });
});

test('the index counts as memory, and is given back with the last message', () => {
  using world = new World();
  const { store } = world;
  const initialOctets = store.indexOctets;
  const COUNT = extent({ usual: 80_000, soak: 500_000 });
  const slots = Array.from({ length: COUNT }, () => hold(store, { body: 'x' }));
  assert.ok(store.indexOctets >= COUNT * 20, `${store.indexOctets} octets`);
  for (const slot of slots) store.release(slot);
  assert.equal(store.indexOctets, initialOctets);
});

test('what an earlier broker has left is removed', () => {
  using temporary = new TemporaryDirectory();
  const files = new NodeFiles(native);
  new ScratchDirectory(files, temporary.path).close();
  const left = join(temporary.path, 'segments');
  writeFileSync(left, 'old');
  const scratch = new ScratchDirectory(files, temporary.path);
  assert.equal(existsSync(left), false);
  scratch.close();
});
