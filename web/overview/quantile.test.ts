import assert from 'node:assert/strict';
import { test } from 'node:test';
import { quantile, since } from './quantile.ts';

const bounds = [1, 2, 4];

test('a quantile lies within its bucket', () => {
  assert.equal(quantile({ bounds, counts: [0, 4, 0, 0] }, 0.5), 1.5);
  assert.equal(quantile({ bounds, counts: [50, 0, 50, 0] }, 0.5), 1);
  assert.equal(quantile({ bounds, counts: [50, 0, 50, 0] }, 0.99), 2 + 2 * 0.98);
});

test('beyond all bounds it is the last one, and of nothing there is none', () => {
  assert.equal(quantile({ bounds, counts: [0, 0, 0, 3] }, 0.5), 4);
  assert.equal(quantile({ bounds, counts: [0, 0, 0, 0] }, 0.5), undefined);
});

test('of two moments, what came between counts', () => {
  const later = { bounds, counts: [5, 3, 0, 1] };
  assert.deepEqual(since({ bounds, counts: [5, 1, 0, 0] }, later).counts, [0, 2, 0, 1]);
  assert.equal(since(undefined, later), later);
});
