import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ReturnCounts } from './return-counts.ts';

test('counts are kept as in a map', () => {
  const slot = fc.oneof(fc.nat(600), fc.integer({ min: 2 ** 32 - 600, max: 2 ** 32 - 1 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(slot, fc.nat(3))), (steps) => {
      const counts = new ReturnCounts();
      const model = new Map<number, number>();
      for (const [slot, count] of steps) {
        if (count === 0) counts.delete(slot);
        else counts.set(slot, count);
        model.set(slot, count);
      }
      for (const [slot, count] of model) assert.equal(counts.get(slot), count);
      for (const slot of model.keys()) counts.delete(slot);
      assert.equal((counts as unknown as { pages: Map<number, object> }).pages.size, 0);
    }),
  );
});

test('a page beyond all that a Map could hold slots for', () => {
  const counts = new ReturnCounts();
  const { pages } = counts as unknown as { pages: Map<number, object> };
  for (let slot = 0; slot < 2 ** 24; slot += 256) counts.set(slot, 1);
  const page = pages.get(0)!;
  for (const number of pages.keys()) pages.set(number, page); // as if all slots of all pages had one
  counts.set(2 ** 24, 7);
  assert.deepEqual([counts.get(2 ** 24), pages.size], [7, 2 ** 16 + 1]);
});
