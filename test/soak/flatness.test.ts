import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../support/random.ts';
import { flatness } from './flatness.ts';

/** A hundred samples, each by so much above the one before, with some noise. */
function rising(step: number, noise: number) {
  const random = new Random(1);
  return Array.from({ length: 99 }, (_, i) => ({ atS: i * 10, value: 1000 + i * step + random.below(noise) }));
}

test('what grows by more than is allowed, and than chance explains, is not flat', () => {
  const { isFlat, growth } = flatness(rising(1, 20), 30);
  assert.equal(isFlat, false);
  assert.ok(Math.abs(growth - 65) < 10, `${growth}`);
});

test('what grows by less is flat, and so is noise', () => {
  assert.ok(flatness(rising(1, 20), 100).isFlat);
  assert.ok(flatness(rising(0, 1000), 1).isFlat);
});

test('the beginning does not count', () => {
  const samples = rising(0, 5).map(({ atS, value }, i) => ({ atS, value: value + Math.min(i, 30) * 100 }));
  assert.ok(flatness(samples, 10).isFlat);
});
