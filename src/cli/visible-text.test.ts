import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cellCount, fitted, visible } from './visible-text.ts';

test('nothing that a terminal would obey stays', () => {
  assert.equal(visible('orders, 100 %'), 'orders, 100 %');
  assert.equal(visible('a\nb\tc\u001b[2J\u0007'), 'a\\nb\\tc\\x1b[2J\\x07');
  assert.equal(visible('\u202eabc\u200b'), '\\u202eabc\\u200b');
  assert.equal(visible('häschen 队列 🐇'), 'häschen 队列 🐇');
});

test('wide characters take two cells, and marks above others none', () => {
  assert.deepEqual(['abc', 'häre', '队列', '🐇', 'e\u0301'].map(cellCount), [3, 4, 4, 2, 1]);
});

test('what does not fit ends with an ellipsis, and is never too wide', () => {
  assert.equal(fitted('abc', 3), 'abc');
  assert.equal(fitted('abcd', 3), 'ab…');
  assert.equal(fitted('队列', 4), '队列');
  assert.equal(fitted('队列a', 4), '队…');
  assert.equal(fitted('队列ab', 4), '队…');
});
