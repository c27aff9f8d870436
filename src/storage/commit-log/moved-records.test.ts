import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MovedRecords } from './moved-records.ts';

/** What a Set or a Map holds at most. */
const MAP_LIMIT = 2 ** 24;
const HIGHEST_ORDER = 2 ** 48 - 1;

test('records are sorted by order, and found', () => {
  const orders = fc.array(
    fc.oneof(
      fc.nat(20),
      fc.maxSafeNat().map((n) => n % 2 ** 48),
      fc.constant(HIGHEST_ORDER),
    ),
  );
  fc.assert(
    fc.property(orders, fc.array(fc.nat(25)), (added, searched) => {
      const records = new MovedRecords();
      for (const [i, order] of added.entries()) records.add(order, i, 8 * i);
      records.sort();
      const found = Array.from({ length: records.length }, (_, i) => [records.orderAt(i), records.segmentAt(i)]);
      const expected = added.map((order, i) => [order, i] as const).sort(([a, i], [b, j]) => a - b || i - j);
      assert.deepEqual(found, expected);
      for (const order of [...searched, ...added]) {
        const at = records.find(order);
        assert.equal(
          at,
          expected.findLastIndex(([each]) => each === order),
        );
        if (at >= 0) assert.equal(records.offsetAt(at), 8 * records.segmentAt(at));
      }
    }),
  );
});

test('there may be more than a Map holds', () => {
  const records = new MovedRecords();
  const count = MAP_LIMIT + 2;
  for (let i = 0; i < count; i++) records.add(count - i, 1, 64);
  records.sort();
  assert.equal(records.length, count);
  assert.equal(records.orderAt(0), 1);
  assert.equal(records.find(count), count - 1);
  assert.equal(records.find(1), 0);
});
