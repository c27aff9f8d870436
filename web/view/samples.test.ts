import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alignedTo, levelsOf, ratesOf } from './samples.ts';

const DETAILS = {
  rate: 0,
  samples: [
    { sample: 50, timestamp: 15_000 },
    { sample: 30, timestamp: 10_000 },
    { sample: 10, timestamp: 5000 },
  ],
};

test('samples come in the order of time', () => {
  assert.deepEqual(levelsOf(DETAILS), { timesS: [5, 10, 15], values: [10, 30, 50] });
  assert.deepEqual(levelsOf(undefined), { timesS: [], values: [] });
});

test('rates are those between samples, and never below zero', () => {
  assert.deepEqual(ratesOf(DETAILS), { timesS: [10, 15], values: [4, 4] });
  const restarted = { rate: 0, samples: [{ sample: 0, timestamp: 10_000 }, DETAILS.samples[2]!] };
  assert.deepEqual(ratesOf(restarted).values, [0]);
});

test('lines with samples of their own are brought together', () => {
  assert.deepEqual(alignedTo([5, 10, 15], ratesOf(DETAILS)), [null, 4, 4]);
});
