import type { Histogram } from '../api/answers.ts';

/** What was observed between two moments, the earlier of which may be the beginning. */
export function since(earlier: Histogram | undefined, later: Histogram): Histogram {
  if (earlier === undefined) return later;
  return {
    bounds: later.bounds,
    counts: later.counts.map((count, i) => Math.max(0, count - (earlier.counts[i] ?? 0))),
  };
}

/**
 * Below what so large a part of all observations was, spread evenly within buckets; beyond all bounds it is the last one.
 * Undefined: there was no observation.
 * @param share from 0 to 1
 */
export function quantile({ bounds, counts }: Histogram, share: number): number | undefined {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  for (const [i, count] of counts.entries()) {
    if (count > 0 && below + count >= wanted) {
      const [low, high] = [bounds[i - 1] ?? 0, bounds[i]];
      return high === undefined ? low : low + ((high - low) * (wanted - below)) / count;
    }
    below += count;
  }
  return undefined;
}
