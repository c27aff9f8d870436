import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textHash } from './text-hash.ts';

test('the hash of a text stays the same, because queues keep their keys over restarts', () => {
  assert.deepEqual(['', 'a', 'orders.new', 'ü☃'].map(textHash), [2872998923, 444641715, 776554658, 2588536737]);
});

test('texts that differ in a single character, or in its upper half, have very different hashes', () => {
  for (const [a, b] of [
    ['key 1', 'key 2'],
    ['\u0141', '\u0041'],
  ]) {
    const different = (textHash(a!) ^ textHash(b!)).toString(2).replaceAll('0', '').replace('-', '').length;
    assert.ok(different > 5, `${different} bits`);
  }
});
