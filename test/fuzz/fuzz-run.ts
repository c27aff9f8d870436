import type { TestContext } from 'node:test';
import fc from 'fast-check';

const { FUZZ_SEED, FUZZ_SECONDS = '1.5' } = process.env;

/** FUZZ_SEED, or any; it is printed, so that a failure can be had again. */
export function fuzzSeed(t: TestContext): number {
  const seed = FUZZ_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(FUZZ_SEED);
  t.diagnostic(`FUZZ_SEED=${seed}`);
  return seed;
}

/** FUZZ_SECONDS, or a few. */
export const FUZZ_MS: number = Number(FUZZ_SECONDS) * 1000;

/** Decides whether a fuzz test goes on: for FUZZ_MS, and on a busy machine until it has done something in any case. */
export class FuzzBudget {
  private readonly leastRuns: number;
  private readonly untilMs = performance.now() + FUZZ_MS;

  constructor(leastRuns: number) {
    this.leastRuns = leastRuns;
  }

  allowsMoreThan(runs: number): boolean {
    return runs < this.leastRuns || performance.now() < this.untilMs;
  }
}

/** At least so many runs. All of them end: a run that fast-check interrupts would go on in the background. */
const RUNS_A_SEED = 5;
/** For the runs of a seed, and for making a failing value smaller. */
const SHRINK_LIMIT_MS = 30_000;

/** Looks for something that breaks the property, in as many runs as there is time for. */
export async function fuzz<Value>(
  t: TestContext,
  values: fc.Arbitrary<Value>,
  check: (value: Value) => Promise<void>,
): Promise<void> {
  let runs = 0;
  const property = fc.asyncProperty(values, async (value) => {
    await check(value);
    runs++;
  });
  const budget = new FuzzBudget(RUNS_A_SEED);
  for (let seed = fuzzSeed(t); budget.allowsMoreThan(runs); seed++) {
    await fc.assert(property, {
      seed,
      numRuns: RUNS_A_SEED,
      interruptAfterTimeLimit: SHRINK_LIMIT_MS,
      includeErrorInReport: true,
    });
  }
  t.diagnostic(`${runs} runs`);
}
