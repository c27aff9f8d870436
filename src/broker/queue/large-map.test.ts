import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LargeMap } from './large-map.ts';

test('beyond a million entries there is a second part, which goes with its last entry', () => {
  const map = new LargeMap<number, number>();
  const { parts } = map as unknown as { parts: Map<number, number>[] };
  const [first] = parts;
  Object.defineProperty(first, 'size', { value: 2 ** 20, configurable: true }); // as if it were full
  map.set(1, 10);
  map.set(2, 20);
  map.set(1, 11);
  assert.deepEqual(
    [map.get(1), map.has(2), map.has(3), map.get(3), parts.length, first!.has(1)],
    [11, true, false, undefined, 2, false],
  );
  map.delete(1);
  map.delete(2);
  map.delete(3);
  assert.deepEqual([map.has(1), map.has(2), parts.length], [false, false, 1]);
});
