import type { RateDetails } from '../api/answers.ts';

/** Numbers over time, the oldest first. */
export interface Line {
  readonly timesS: readonly number[];
  readonly values: readonly number[];
}

/** What a number was at each sample. */
export function levelsOf(details: RateDetails | undefined): Line {
  const samples = [...(details?.samples ?? [])].reverse();
  return {
    timesS: samples.map(({ timestamp }) => timestamp / 1000),
    values: samples.map(({ sample }) => sample),
  };
}

/** How fast a count has grown from each sample to the next, per second: told at the later one. */
export function ratesOf(details: RateDetails | undefined): Line {
  const { timesS, values } = levelsOf(details);
  return {
    timesS: timesS.slice(1),
    values: values.slice(1).map((value, i) => Math.max(0, (value - values[i]!) / (timesS[i + 1]! - timesS[i]!))),
  };
}

/** The line's values at these times; null where it has none. */
export function alignedTo(timesS: readonly number[], line: Line): (number | null)[] {
  const valueAt = new Map(line.timesS.map((timeS, i) => [timeS, line.values[i]!]));
  return timesS.map((timeS) => valueAt.get(timeS) ?? null);
}
