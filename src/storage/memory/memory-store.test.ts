import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { assertViolates } from '../../observe/invariants.test.helper.ts';
import { detach } from '../../protocol/detached-message.ts';
import { incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import { Message, NOT_STORED } from '../../protocol/message.ts';
import { rewriteProperties } from '../../protocol/rewritten-message.ts';
import { Arena } from '../message/arena.ts';
import { assertStored, hold, StoredMessages, storeOperation } from '../message/stored-messages.test.helper.ts';
import { MemoryStore } from './memory-store.ts';

const SEGMENT_OCTETS = 512 * 1024;
const MIB = 1024 * 1024;
/** What compaction tolerates, spare segments, the one being filled and the one being compacted. */
const SLACK_OCTETS = (8 + 16 + 2) * SEGMENT_OCTETS;

/** A store whose segments are all outside of the arena, unless some of it is left to it. */
function newStore(arenaLeftOctets = 0): MemoryStore {
  const arena = new Arena();
  arena.take(arena.octets.length - arenaLeftOctets);
  return new MemoryStore(arena);
}

describe('whatever is held, read and released in whatever order', () => {
  for (const arenaLeft of [0, 2 * SEGMENT_OCTETS]) {
    test(`messages stay what they are (${arenaLeft} octets of arena)`, () => {
      fc.assert(
        fc.property(fc.array(storeOperation, { maxLength: 400, size: 'max' }), (steps) => {
          const store = newStore(arenaLeft);
          const messages = new StoredMessages(store);
          for (const step of steps) messages.apply(step);
          messages.assertAllStored();
          assert.ok(store.allocatedOctets <= 2 * store.liveOctets + SLACK_OCTETS);
          messages.releaseAll();
          assert.ok(store.allocatedOctets <= SLACK_OCTETS);
        }),
        { numRuns: extent({ usual: 20, soak: 500 }) },
      );
    });
  }
});

/** So many messages of about 1 KiB, numbered in their bodies. */
function fill(store: MemoryStore, count: number): number[] {
  return Array.from({ length: count }, (_, i) => hold(store, { body: numbered(i) }));
}

function numbered(i: number): Buffer {
  const octets = Buffer.alloc(1000, i);
  octets.writeUInt32BE(i);
  return octets;
}

describe('a straggler in every segment does not keep the memory of all', () => {
  const COUNT = extent({ usual: 30_000, soak: 120_000 });
  const EVERY = 400;
  const inOrder = (step: number) => step;
  /** One message of each segment, then the next one of each, and so on. */
  const across = (step: number) => ((step * EVERY) % COUNT) + Math.floor((step * EVERY) / COUNT);
  for (const [what, order] of [
    ['segment by segment', inOrder],
    ['all segments side by side', across],
  ] as const) {
    test(what, () => {
      const store = newStore();
      const slots = fill(store, COUNT);
      const isStraggler = (i: number) => i % EVERY === EVERY - 1;
      assert.ok(store.allocatedOctets > COUNT * 1000);
      for (let step = 0; step < COUNT; step++) if (!isStraggler(order(step))) store.release(slots[order(step)]!);
      assert.equal(store.messageCount, COUNT / EVERY);
      assert.ok(store.allocatedOctets <= 2 * store.liveOctets + SLACK_OCTETS, `${store.allocatedOctets} octets`);
      for (const [i, slot] of slots.entries()) if (isStraggler(i)) assertStored(store, slot, { body: numbered(i) });
    });
  }
});

const CHANGES = extent({ usual: 16_000, soak: 100_000 });

test('memory follows what is alive while old and new messages go in random order', () => {
  const store = newStore();
  const random = fc.sample(fc.nat(), { numRuns: CHANGES, seed: 1 });
  const alive = fill(store, CHANGES / 2); // a third of the changes takes one away
  for (const number of random) {
    const last = alive.pop()!;
    const index = number % alive.length;
    store.release(alive[index]!);
    alive[index] = last;
    alive.push(hold(store, { body: numbered(number) }));
    assert.ok(store.allocatedOctets <= 2 * store.liveOctets + SLACK_OCTETS);
    if (number % 3 === 0) store.release(alive.pop()!);
  }
});

describe('what is empty is used again', () => {
  test('a short queue stays in one segment', () => {
    const store = newStore();
    for (let i = 0; i < 5000; i++) store.release(hold(store, { body: numbered(i) }));
    assert.equal(store.allocatedOctets, SEGMENT_OCTETS);
  });

  test('segments of the arena are kept, and filled again before others are taken', () => {
    const store = newStore(4 * SEGMENT_OCTETS);
    for (let round = 0; round < 5; round++) {
      for (const slot of fill(store, 1900)) store.release(slot);
      assert.equal(store.allocatedOctets, 4 * SEGMENT_OCTETS);
    }
  });

  test('of the others a few are kept', () => {
    const store = newStore();
    for (const slot of fill(store, 15_000)) store.release(slot);
    assert.ok(store.allocatedOctets <= 17 * SEGMENT_OCTETS);
  });
});

test('a record larger than a segment has one of its own, and it goes with it', () => {
  const store = newStore();
  const headers = new Map([['h', { type: 'longstr', value: 'x'.repeat(MIB) } as const]]);
  const parts: MessageParts = { properties: { headers }, body: 'small' };
  const slot = hold(store, parts);
  const next = hold(store, { body: 'next' });
  assertStored(store, slot, parts);
  store.release(slot);
  assert.ok(store.allocatedOctets <= 2 * SEGMENT_OCTETS);
  assertStored(store, next, { body: 'next' });
});

describe('a large body', () => {
  const parts: MessageParts = { body: Buffer.alloc(MIB, 7), layout: 5 };

  test('is kept as the pieces in which it came, and counted', () => {
    const store = newStore();
    const incoming = incomingMessage(parts);
    const slot = store.keepCopy(incoming);
    const outgoing = new Message();
    store.read(slot, outgoing);
    assert.deepEqual(
      outgoing.pieces?.map((piece) => piece.buffer),
      incoming.pieces?.map((piece) => piece.buffer),
    );
    assert.equal(store.allocatedOctets, MIB + SEGMENT_OCTETS);
    store.release(slot);
    assert.deepEqual([store.allocatedOctets, store.liveOctets], [SEGMENT_OCTETS, 0]);
  });

  test('moves with its record', () => {
    const store = newStore();
    const slots = fill(store, 4000);
    const large = hold(store, parts);
    const others = fill(store, 20_000);
    for (const slot of [...slots, ...others]) store.release(slot);
    assertStored(store, large, parts);
    store.release(large);
    assert.deepEqual([store.messageCount, store.liveOctets], [0, 0]);
  });
});

test('a message that many hold is stored once, and gone with the last', () => {
  const store = newStore();
  const message = incomingMessage({ body: 'shared' });
  const slots = [store.hold(message), store.hold(message), store.hold(message)];
  const [slot] = slots;
  store.endPublish(message);
  assert.deepEqual([new Set(slots).size, store.messageCount, message.slot], [1, 1, NOT_STORED]);
  for (const left of [1, 1, 0]) {
    assertStored(store, slot!, { body: 'shared' });
    store.release(slot!);
    assert.equal(store.messageCount, left);
  }
});

test('a message that is being published stays where it is until that ends, whoever releases it before', () => {
  const store = newStore();
  const message = incomingMessage({ body: 'public' });
  const slot = store.hold(message);
  store.release(slot);
  hold(store, { body: 'secret' });
  assertStored(store, store.hold(message), { body: 'public' });
  store.release(slot);
  store.endPublish(message);
  assert.equal(store.messageCount, 1);
});

test('what is kept for somebody else is not what a message that is being published is known by', () => {
  const store = newStore();
  const message = incomingMessage({ body: 'public' });
  store.release(store.keepCopy(message));
  hold(store, { body: 'secret' });
  assertStored(store, store.hold(message), { body: 'public' });
});

test('a message too many is refused, and leaves nothing behind', () => {
  const store = new MemoryStore(new Arena(), undefined, undefined, 2000);
  const slots = Array.from({ length: 2000 }, (_, i) => hold(store, { body: `${i}` }));
  const message = incomingMessage({ body: 'one too many' });
  assert.throws(() => store.hold(message), { replyCode: 506 });
  store.endPublish(message);
  const { liveOctets } = store;
  store.release(slots[5]!);
  assertStored(store, hold(store, { body: '5' }), { body: '5' });
  assert.deepEqual([store.messageCount, store.liveOctets], [2000, liveOctets]);
});

describe('a view of a message whose octets were given up', () => {
  const view = new Message();
  const uses: [string, (store: MemoryStore) => void][] = [
    ['is not decoded', () => view.properties()],
    ['is not stored', (store) => store.keepCopy(view)],
    ['is not held', (store) => store.hold(view)],
    ['is not rewritten', () => rewriteProperties(view, {}, new Message())],
    ['is not copied', () => detach(view)],
  ];
  for (const [what, use] of uses) {
    test(what, () => {
      const store = newStore();
      const slot = hold(store, { body: 'gone' });
      store.read(slot, view);
      store.release(slot);
      assertViolates(() => use(store), /nobody refers to it|after its octets were given up/);
      view.clear();
    });
  }

  test('is one that compaction has moved, too', () => {
    const store = newStore();
    const slots = fill(store, 30_000);
    store.read(slots[0]!, view);
    for (const [i, slot] of slots.entries()) if (i % 400 > 0) store.release(slot);
    assertViolates(() => view.properties(), /after its octets were given up/);
    assertStored(store, slots[0]!, { body: numbered(0) });
  });
});

test('the reference of a message that is being published is not lost', () => {
  const store = newStore();
  const slot = hold(store, { body: 'another' });
  const message = incomingMessage({ body: 'm' });
  store.release(store.hold(message));
  assertViolates(() => message.clear(), /its publish has not ended/);
  assertViolates(() => store.read(slot, message), /it is being published/);
  store.endPublish(message);
  assert.equal(store.messageCount, 1);
});
