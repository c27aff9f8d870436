import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { DeliveryAges } from './delivery-ages.ts';

test('a delivery was made by the time of the next mark', () => {
  const ages = new DeliveryAges();
  assert.equal(ages.madeByMs(1), undefined);
  assert.equal(ages.lastMadeBy(1000), 0);
  ages.note(40, 10);
  ages.note(90, 20);
  ages.note(90, 25);
  ages.note(93, 30);
  assert.deepEqual(
    [1, 40, 41, 90, 91, 94].map((tag) => ages.madeByMs(tag)),
    [10, 10, 20, 20, 30, undefined],
  );
  assert.deepEqual(
    [9, 10, 19, 29, 1000].map((timeMs) => ages.lastMadeBy(timeMs)),
    [0, 40, 40, 90, 93],
  );
});

test('what is only about older deliveries is forgotten', () => {
  const ages = new DeliveryAges();
  for (const tag of [10, 20, 30]) ages.note(tag, tag);
  ages.forgetBefore(20);
  assert.deepEqual([ages.markCount, ages.madeByMs(20)], [2, 20]);
  ages.forgetBefore(31);
  assert.equal(ages.markCount, 0);
});

test('ages are never too high, and too low by little', () => {
  const LOOKED_AT_EVERY_MS = 100;
  const gaps = fc.array(fc.nat(900), { minLength: 1, maxLength: 2000, size: 'max' });
  fc.assert(
    fc.property(gaps, (list) => {
      const ages = new DeliveryAges();
      const madeMs: number[] = [];
      let nowMs = 0;
      let nextLookMs = LOOKED_AT_EVERY_MS;
      for (const gapMs of list) {
        nowMs += gapMs;
        for (; nextLookMs <= nowMs; nextLookMs += LOOKED_AT_EVERY_MS) ages.note(madeMs.length, nextLookMs);
        madeMs.push(nowMs);
      }
      ages.note(madeMs.length, nextLookMs);
      for (const [i, made] of madeMs.entries()) {
        const ageMs = nextLookMs - made;
        const knownMs = nextLookMs - ages.madeByMs(i + 1)!;
        assert.ok(knownMs <= ageMs);
        assert.ok(ageMs - knownMs <= LOOKED_AT_EVERY_MS + ageMs / 8, `${knownMs} instead of ${ageMs}`);
      }
    }),
    { numRuns: 50 },
  );
});

test('hours of deliveries take few marks, even where it is looked at ten times a second', () => {
  const untilMs = extent({ usual: 3, soak: 48 }) * 3_600_000;
  const ages = new DeliveryAges();
  for (let timeMs = 0; timeMs < untilMs; timeMs += 100) ages.note(timeMs + 1, timeMs);
  assert.ok(ages.markCount < 400, `${ages.markCount} marks`);
});
