import type { TestContext } from 'node:test';

/** So many steps are in a slice, while `countTurns` is at work. */
export const STEPS_IN_A_SLICE = 96;

/**
 * How many turns of the event loop the work takes, where each look at the clock takes a millisecond: no matter how fast the
 * machine is, `TimeSlices` ends a slice after so many steps.
 */
export async function countTurns(test: TestContext, work: () => Promise<unknown>): Promise<number> {
  let nowMs = 0;
  const clock = test.mock.method(performance, 'now', () => nowMs++);
  const turns = await turnsDuring(work);
  clock.mock.restore();
  return turns;
}

/** How many turns of the event loop the work takes. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isDone = false;
  const count = () => {
    turns++;
    if (!isDone) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isDone = true;
  return turns;
}
