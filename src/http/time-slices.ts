import { setImmediate as nextTurn } from 'node:timers/promises';

/** Messages wait no longer than this for an answer to be made. */
const SLICE_MS = 5;
/** The clock is looked at once in so many steps. */
const STEPS = 16;

/** Long work in slices, between which the broker does what it is there for. */
export class TimeSlices {
  private endsAtMs = performance.now() + SLICE_MS;
  private steps = 0;

  /** Whether it is time for `next`. To be asked at each step, which should take some microseconds. */
  get isOver(): boolean {
    return ++this.steps % STEPS === 0 && performance.now() > this.endsAtMs;
  }

  /** Resolves when the others have had their turn. */
  async next(): Promise<void> {
    await nextTurn();
    this.endsAtMs = performance.now() + SLICE_MS;
  }
}
