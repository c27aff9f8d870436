import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arena } from './arena.ts';

test('an arena gives regions that do not overlap, until it is used up', () => {
  const arena = new Arena();
  const half = arena.octets.length / 2;
  assert.deepEqual(arena.take(half), { octets: arena.octets, start: 0, end: half });
  assert.equal(arena.take(half + 1), undefined);
  assert.equal(arena.take(half)?.start, half);
  assert.equal(arena.take(1), undefined);
});
