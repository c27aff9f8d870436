import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { DeliverySource } from '../../broker/consumer.ts';
import { extent } from '../../extent.test.helper.ts';
import { processorMs } from '../../time/processor-time.test.helper.ts';
import { type Settlement, UnackedRing } from './unacked-ring.ts';

function source(name: string): DeliverySource & { readonly name: string } {
  const nothing = () => undefined;
  const source = {
    acknowledge: nothing,
    settle: nothing,
    reject: nothing,
    requeue: nothing,
    pump: nothing,
    rejoin: nothing,
  };
  return { name, durableId: 0, consumerTimeoutMs: undefined, deadLetterExchange: undefined, ...source };
}

const SOURCES = [source('a'), source('b')];

interface Entry {
  readonly tag: number;
  readonly source: DeliverySource;
  readonly slot: number;
  readonly sequence: number;
  readonly bodySize: number;
}

/** Notes what leaves the ring. */
function collector(): { entries: Entry[]; settle: Settlement } {
  const entries: Entry[] = [];
  return {
    entries,
    settle: (from, consumer, slot, sequence, bodySize, tag) => {
      assert.equal(consumer, undefined);
      entries.push({ tag, source: from, slot, sequence, bodySize });
    },
  };
}

function push(ring: UnackedRing, { tag, source: from, slot, sequence, bodySize }: Entry): void {
  ring.push(tag, from, undefined, slot, sequence, bodySize);
}

/** A ring beside an ordinary list in order of tags. */
class World {
  readonly ring = new UnackedRing();
  private waiting: Entry[] = [];
  private taken: Entry[] = [];
  private lastTag = 0;

  push(gap: number): void {
    const tag = this.lastTag + 1 + (gap % 7 === 0 ? gap : 0);
    const entry = { tag, source: SOURCES[gap % 2]!, slot: gap, sequence: tag * 3, bodySize: tag * 5 };
    this.lastTag = tag;
    push(this.ring, entry);
    this.waiting.push(entry);
  }

  pushMany(count: number): void {
    for (let i = 0; i < count; i++) this.push(1);
  }

  take(at: number): void {
    const [entry] = this.waiting.splice(at % this.waiting.length, 1);
    if (entry === undefined) return;
    this.expectTaken([entry], (settle) => this.ring.take(entry.tag, settle));
  }

  takeUpTo(at: number): void {
    const entry = this.waiting[at % this.waiting.length];
    if (entry === undefined) return;
    const taken = this.waiting.filter(({ tag }) => tag <= entry.tag);
    this.waiting = this.waiting.filter(({ tag }) => tag > entry.tag);
    this.expectTaken(taken, (settle) => this.ring.takeUpTo(entry.tag, settle));
  }

  takeAll(): void {
    const taken = this.waiting.splice(0);
    this.expectTaken(taken, (settle) => this.ring.takeAll(settle));
  }

  /** A rollback: what was taken since the last one comes back. */
  restore(): void {
    for (const { tag, source: from, slot, sequence, bodySize } of this.taken) {
      this.ring.restore(tag, from, undefined, slot, sequence, bodySize);
    }
    this.waiting = [...this.waiting, ...this.taken].sort((a, b) => a.tag - b.tag);
    this.taken = [];
  }

  /** A commit: what was taken is gone for good. */
  forget(): void {
    this.taken = [];
  }

  private expectTaken(expected: Entry[], take: (settle: Settlement) => void): void {
    const { entries, settle } = collector();
    take(settle);
    assert.deepEqual(entries, expected);
    this.taken.push(...expected);
  }

  private checkFind(upTo: number): void {
    const seen = new Map<number, DeliverySource>();
    const see = (source: DeliverySource, tag: number): boolean => {
      seen.set(tag, source);
      return false;
    };
    assert.equal(this.ring.find(upTo, see), undefined);
    const expected = this.waiting.filter(({ tag }) => tag <= upTo);
    assert.deepEqual(seen, new Map(expected.map(({ tag, source }) => [tag, source])));
    const last = expected.at(-1);
    if (last !== undefined)
      assert.equal(
        this.ring.find(upTo, (_, tag) => tag === last.tag),
        last.source,
      );
  }

  check(): void {
    assert.equal(this.ring.count, this.waiting.length);
    assert.equal(this.ring.oldestTag, Math.min(...this.waiting.map(({ tag }) => tag)));
    this.checkFind(this.lastTag >> 1);
    const tags = new Set(this.waiting.map(({ tag }) => tag));
    for (const tag of [0, 1, this.lastTag, this.lastTag + 1, ...this.taken.map((entry) => entry.tag), ...tags]) {
      assert.equal(this.ring.has(tag), tags.has(tag), `tag ${tag}`);
    }
  }
}

const ACTIONS = ['push', 'push', 'push', 'take', 'take', 'takeUpTo', 'takeAll', 'restore', 'forget'] as const;

test('whatever is delivered, settled and rolled back, the ring agrees with a list', () => {
  const number = fc.oneof(fc.nat(20), fc.nat(200), fc.nat(20_000));
  const steps = fc.array(fc.tuple(fc.constantFrom(...ACTIONS), number), { maxLength: 150, size: 'max' });
  fc.assert(
    fc.property(steps, (list) => {
      const world = new World();
      for (const [action, at] of list) {
        world[action](at);
        world.check();
      }
    }),
    { numRuns: extent({ usual: 150, soak: 5000 }) },
  );
});

test('the same with a ring of many blocks', () => {
  const number = fc.oneof(fc.nat(50), fc.nat(30_000));
  const action = fc.constantFrom(...ACTIONS, 'pushMany', 'pushMany', 'pushMany');
  fc.assert(
    fc.property(fc.array(fc.tuple(action, number), { minLength: 10, maxLength: 40, size: 'max' }), (list) => {
      const world = new World();
      for (const [name, at] of list) world[name](at);
      world.check();
      world.takeAll();
      world.check();
    }),
    { numRuns: extent({ usual: 15, soak: 1000 }) },
  );
});

test('a hundred thousand wait at once, and are acknowledged with one tag', () => {
  const ring = new UnackedRing();
  for (let tag = 1; tag <= 100_000; tag++)
    push(ring, { tag, source: SOURCES[0]!, slot: tag, sequence: tag, bodySize: 1 });
  const { entries, settle } = collector();
  ring.takeUpTo(99_999, settle);
  assert.deepEqual([entries.length, ring.count, ring.has(100_000)], [99_999, 1, true]);
});

test('beyond 2^25 it goes on growing, and nobody waits for that', () => {
  const ring = new UnackedRing();
  const places = 2 ** 25;
  const blocks = new Array(places / 4096).fill(undefined); // as if what was in them were settled
  Object.assign(ring, { capacity: places, placeMask: 4095, blocks, head: 1, next: 1, inRing: places / 4 });
  const tags = [places - 5000, places, places + 1, places + 2, places + 5000];
  const expected = tags.map((tag) => ({ tag, source: SOURCES[0]!, slot: tag, sequence: tag * 3, bodySize: 1 }));
  const beganMs = processorMs();
  for (const entry of expected) push(ring, entry);
  assert.ok(processorMs() - beganMs < 100);
  const { entries, settle } = collector();
  Object.assign(ring, { inRing: expected.length });
  for (const { tag } of expected) ring.take(tag, settle);
  assert.deepEqual([entries, ring.count], [expected, 0]);
});

describe('a delivery that is never acknowledged does not cost more the longer it waits', () => {
  const deliver: readonly (readonly [what: string, next: (ring: UnackedRing, tag: number) => void])[] = [
    ['while others are acknowledged one by one', (ring, tag) => pushAndTake(ring, tag)],
    ['while others need no acknowledgement', (ring, tag) => tag % 100_000 === 0 && pushAndTake(ring, tag)],
  ];
  const pushAndTake = (ring: UnackedRing, tag: number) => {
    push(ring, { tag, source: SOURCES[0]!, slot: 1, sequence: tag, bodySize: 1 });
    ring.take(tag, () => undefined);
  };
  for (const [what, next] of deliver) {
    test(what, () => {
      const ring = new UnackedRing();
      push(ring, { tag: 1, source: SOURCES[1]!, slot: 7, sequence: 70, bodySize: 700 });
      const before = process.memoryUsage().arrayBuffers; // the ring's columns; the heap has garbage in it
      for (let tag = 2; tag <= 1_500_000; tag++) next(ring, tag);
      const grown = process.memoryUsage().arrayBuffers - before;
      assert.ok(grown < 4 * 1024 * 1024, `${Math.round(grown / 1024 / 1024)} MiB`);
      const { entries, settle } = collector();
      ring.takeAll(settle);
      assert.deepEqual(entries, [{ tag: 1, source: SOURCES[1]!, slot: 7, sequence: 70, bodySize: 700 }]);
    });
  }
});
