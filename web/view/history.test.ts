import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_HISTORY, valuesOf, withSample } from './history.ts';

test('samples are kept in order, and what was not known is null', () => {
  const history = withSample(withSample(NO_HISTORY, 1, [5, undefined]), 4, [6, 7]);
  assert.deepEqual(history.timesS, [1, 4]);
  assert.deepEqual(valuesOf(history, 0), [5, 6]);
  assert.deepEqual(valuesOf(history, 1), [null, 7]);
});

test('a page that stays open does not grow', () => {
  let history = NO_HISTORY;
  for (let timeS = 0; timeS < 2000; timeS++) history = withSample(history, timeS, [timeS]);
  assert.equal(history.timesS.length, 600);
  assert.equal(history.timesS.at(-1), 1999);
  assert.equal(history.samples.length, 600);
});
