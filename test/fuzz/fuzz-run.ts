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
  await fc.assert(property, {
    seed: fuzzSeed(t),
    numRuns: 1_000_000,
    interruptAfterTimeLimit: FUZZ_MS,
    markInterruptAsFailure: false,
    includeErrorInReport: true,
  });
  t.diagnostic(`${runs} runs`);
}
