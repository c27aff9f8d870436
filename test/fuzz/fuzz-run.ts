const { FUZZ_SEED, FUZZ_SECONDS = '1.5' } = process.env;

/** FUZZ_SEED, or any; tests print it, so that a failure can be had again. */
export function fuzzSeed(): number {
  return FUZZ_SEED === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(FUZZ_SEED);
}

/** FUZZ_SECONDS, or a few. */
export const FUZZ_MS: number = Number(FUZZ_SECONDS) * 1000;
