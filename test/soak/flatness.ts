/** What a broker takes of its machine at a time when it has nothing to do. */
export interface Sample {
  readonly atS: number;
  readonly value: number;
}

/** A line through the samples, by least squares. */
export interface Fit {
  /** By how much it rises from the first sample to the last. */
  readonly growth: number;
  /** What the growth may be by chance: its standard error. */
  readonly error: number;
  readonly mean: number;
}

/** How many standard errors a growth must be to be none by chance. */
const SIGNIFICANT_ERRORS = 3;
/** The beginning is left out: caches fill, code is compiled. */
const LEFT_OUT = 1 / 3;

export function fit(samples: readonly Sample[]): Fit {
  const n = samples.length;
  const meanOf = (of: (sample: Sample) => number) => samples.reduce((sum, sample) => sum + of(sample), 0) / n;
  const [meanS, mean] = [meanOf(({ atS }) => atS), meanOf(({ value }) => value)];
  const spread = samples.reduce((sum, { atS }) => sum + (atS - meanS) ** 2, 0);
  const slope = samples.reduce((sum, { atS, value }) => sum + (atS - meanS) * (value - mean), 0) / spread;
  const rest = samples.reduce((sum, { atS, value }) => sum + (value - mean - slope * (atS - meanS)) ** 2, 0);
  const durationS = samples[n - 1]!.atS - samples[0]!.atS;
  return { growth: slope * durationS, error: Math.sqrt(rest / (n - 2) / spread) * durationS, mean };
}

/**
 * The last two thirds of the samples, fitted, and whether their growth matters: it is more than what is allowed, and more than
 * chance explains.
 */
export function flatness(samples: readonly Sample[], allowedGrowth: number): Fit & { readonly isFlat: boolean } {
  const fitted = fit(samples.slice(Math.floor(samples.length * LEFT_OUT)));
  const isFlat = fitted.growth <= allowedGrowth || fitted.growth <= SIGNIFICANT_ERRORS * fitted.error;
  return { ...fitted, isFlat };
}
