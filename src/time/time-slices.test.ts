import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countTurns, STEPS_IN_A_SLICE } from './time-slices.test.helper.ts';
import { TimeSlices } from './time-slices.ts';

async function work(steps: number): Promise<void> {
  const slices = new TimeSlices();
  for (let i = 0; i < steps; i++) if (slices.isOver) await slices.next();
}

test('long work takes many turns, and short work one', async (t) => {
  assert.ok((await countTurns(t, () => work(20 * STEPS_IN_A_SLICE))) >= 20);
  assert.ok((await countTurns(t, () => work(STEPS_IN_A_SLICE / 2))) <= 1);
});

test('works that are under way at the same time share the turns', async (t) => {
  const both = () => Promise.all([work(20 * STEPS_IN_A_SLICE), work(20 * STEPS_IN_A_SLICE)]);
  assert.ok((await countTurns(t, both)) >= 40);
});
