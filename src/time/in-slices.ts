import type { Clock } from './clock.ts';
import { TimeSlices } from './time-slices.ts';

/** So many steps are taken in one go, which is less than a millisecond: few have nothing to wait for. */
const STEPS_AT_ONCE = 1024;

/**
 * Takes steps until there are none left: some now, the rest in slices of time, unless the broker ends before.
 *
 * @param step returns whether there are more
 * @returns resolves when there are none left; undefined: that is so already
 */
export function inSlices(clock: Clock, step: () => boolean): Promise<void> | undefined {
  return goesOn(step) ? theRest(clock, step) : undefined;
}

async function theRest(clock: Clock, step: () => boolean): Promise<void> {
  const slices = new TimeSlices();
  do {
    if (!slices.isOverNow) continue;
    await slices.next();
    await new Promise<void>((resolve) => clock.soon(resolve)); // it does not, once the broker has ended
  } while (goesOn(step));
}

/** Takes as many steps as are taken in one go. Returns whether there are more. */
function goesOn(step: () => boolean): boolean {
  for (let i = 0; i < STEPS_AT_ONCE; i++) if (!step()) return false;
  return true;
}
