/** Messages wait no longer than this for a slice to end. */
const SLICE_MS = 5;
/** The clock is looked at once in so many steps. */
const STEPS = 16;

/** Whoever waits for a slice, in order. There is one in a turn of the event loop, however much work is under way. */
const waiting: (() => void)[] = [];

function resumeFirst(): void {
  waiting.shift()!();
  if (waiting.length > 0) setImmediate(resumeFirst);
}

/** Long work in slices, between which the broker does what it is there for. */
export class TimeSlices {
  private endsAtMs = performance.now() + SLICE_MS;
  private steps = 0;

  /** Whether it is time for `next`. To be asked at each step, which should take some microseconds. */
  get isOver(): boolean {
    return ++this.steps % STEPS === 0 && performance.now() > this.endsAtMs;
  }

  /** The same for steps that may take long themselves: the clock is looked at after each. */
  get isOverNow(): boolean {
    return performance.now() > this.endsAtMs;
  }

  /** Takes a step for each item. */
  async each<T>(items: Iterable<T>, step: (item: T) => void): Promise<void> {
    for (const item of items) {
      step(item);
      if (this.isOverNow) await this.next();
    }
  }

  /** Resolves when the others have had their turn. */
  async next(): Promise<void> {
    await new Promise<void>((resolve) => {
      if (waiting.push(resolve) === 1) setImmediate(resumeFirst);
    });
    this.endsAtMs = performance.now() + SLICE_MS;
  }
}
