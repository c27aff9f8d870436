import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OrderRuns } from './order-runs.ts';

test('it is known whether all orders of a range are there', () => {
  const range = fc.tuple(fc.nat(30), fc.nat(30));
  fc.assert(
    fc.property(fc.array(fc.nat(30)), fc.array(range), (orders, ranges) => {
      const runs = new OrderRuns();
      for (const order of orders) runs.add(order);
      const covers = runs.coverage();
      for (const [from, to] of ranges) {
        const all = Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
        assert.equal(
          covers(from, to),
          all.every((order) => orders.includes(order)),
        );
      }
    }),
  );
});

test('a transaction may have more messages than a Set holds', () => {
  const runs = new OrderRuns();
  const count = 2 ** 24 + 2;
  for (let order = 1; order <= count; order++) runs.add(order);
  assert.equal(runs.coverage()(1, count + 1), true);
  assert.equal(runs.coverage()(1, count + 2), false);
});
