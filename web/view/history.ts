/** What was seen of some numbers over time, one after the other. */
export interface History {
  readonly timesS: readonly number[];
  readonly samples: readonly (readonly (number | undefined)[])[];
}

export const NO_HISTORY: History = { timesS: [], samples: [] };

/** As many samples as are kept: half an hour of them, where there is one every three seconds. */
const LENGTH = 600;

/** The history with one more sample; the oldest goes when there are too many. */
export function withSample(
  { timesS, samples }: History,
  timeS: number,
  sample: readonly (number | undefined)[],
): History {
  return { timesS: [...timesS, timeS].slice(-LENGTH), samples: [...samples, sample].slice(-LENGTH) };
}

/** One of the numbers over time. */
export function valuesOf({ samples }: History, index: number): (number | null)[] {
  return samples.map((sample) => sample[index] ?? null);
}
