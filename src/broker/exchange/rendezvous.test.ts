import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { Rendezvous } from './rendezvous.ts';
import { textHash } from './text-hash.ts';

const HASHES = Array.from({ length: 20_000 }, (_, i) => textHash(`key ${i}`));

function rendezvous(weights: Readonly<Record<string, number>>): Rendezvous<string> {
  const all = new Rendezvous<string>();
  for (const [name, weight] of Object.entries(weights)) all.set(name, name, weight);
  return all;
}

/** How many of the hashes each item gets. */
function shares(all: Rendezvous<string>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const hash of HASHES) {
    const item = all.choose(hash)!;
    counts.set(item, (counts.get(item) ?? 0) + 1);
  }
  return counts;
}

describe('each item gets its share by weight', () => {
  const cases: readonly (readonly [what: string, weights: Readonly<Record<string, number>>])[] = [
    ['two', { a: 1, b: 1 }],
    ['one to three', { a: 1, b: 3 }],
    ['very different ones', { a: 1, b: 10, c: 100 }],
    ['weights that no memory would hold points for', { a: 1e15, b: 3e15 }],
    ['a hundred', Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`queue-${i}`, 1]))],
  ];
  for (const [what, weights] of cases) {
    test(what, () => {
      const total = Object.values(weights).reduce((sum, weight) => sum + weight, 0);
      const counts = shares(rendezvous(weights));
      for (const [name, weight] of Object.entries(weights)) {
        const expected = (HASHES.length * weight) / total;
        const deviation = Math.abs((counts.get(name) ?? 0) - expected);
        assert.ok(deviation < 5 * Math.sqrt(expected), `${name}: ${counts.get(name)} instead of ${expected}`);
      }
    });
  }
});

test('an item that comes only takes, an item that goes only leaves, whatever the weights', () => {
  const items = fc.uniqueArray(fc.tuple(fc.string(), fc.integer({ min: 1, max: 50 })), {
    selector: ([name]) => name,
    minLength: 2,
    maxLength: 10,
  });
  fc.assert(
    fc.property(items, (weighted) => {
      const all = rendezvous(Object.fromEntries(weighted));
      const [name, weight] = weighted[0]!;
      const hashes = HASHES.slice(0, 500);
      const before = hashes.map((hash) => all.choose(hash));
      all.delete(name);
      for (const [i, hash] of hashes.entries()) {
        const after = all.choose(hash);
        assert.notEqual(after, name);
        if (before[i] !== name) assert.equal(after, before[i]);
      }
      all.set(name, name, weight);
      assert.deepEqual(
        hashes.map((hash) => all.choose(hash)),
        before,
      );
    }),
    { numRuns: 50 },
  );
});

test('more weight only takes', () => {
  const all = rendezvous({ a: 1, b: 1, c: 1 });
  const before = HASHES.map((hash) => all.choose(hash));
  all.set('b', 'b', 2);
  for (const [i, hash] of HASHES.entries()) {
    const after = all.choose(hash);
    if (after !== 'b') assert.equal(after, before[i]);
  }
});

test('of nothing, nothing is chosen', () => {
  assert.equal(new Rendezvous().choose(1), undefined);
});
