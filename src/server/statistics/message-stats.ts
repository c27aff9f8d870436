import type { History, Sample, SampleRange } from '../../observe/history.ts';

/**
 * How a number has changed, as RabbitMQ's management API tells it: `rate` is its growth between the last two samples, per
 * second; `avg` that of the samples, and `avg_rate` the growth over them, per second.
 */
type Rate = { readonly rate: number };
type RateWithSamples = Rate & {
  readonly samples: readonly Sample[];
  readonly avg: number;
  readonly avg_rate: number;
};
type Details = Rate | RateWithSamples;

/** Numbers, and under their names with `_details` how they have changed. */
export type NumbersWithDetails = Record<string, number | Details>;

/** The numbers of an object, and what they were; valid until others are asked for. */
export interface Numbers {
  readonly names: readonly string[];
  readonly values: Float64Array;
  readonly history: History;
  /** When the last samples were taken, in milliseconds since 1970. */
  readonly lastMs: number;
}

/** @param range which samples are asked for; undefined: none */
export function withDetails(numbers: Numbers, names: readonly string[], range?: SampleRange): NumbersWithDetails {
  const result: NumbersWithDetails = {};
  for (const name of names) {
    const column = numbers.names.indexOf(name);
    result[name] = numbers.values[column]!;
    result[`${name}_details`] = detailsOf(numbers, column, range);
  }
  return result;
}

function detailsOf({ history, lastMs }: Numbers, column: number, range: SampleRange | undefined): Details {
  const rate = history.rate(column, lastMs);
  if (range === undefined) return { rate };
  const samples = history.samples(column, range, lastMs);
  const [newest] = samples;
  const oldest = samples[samples.length - 1];
  if (newest === undefined || oldest === undefined) return { rate };
  const avg = samples.reduce((sum, { sample }) => sum + sample, 0) / samples.length;
  const seconds = (newest.timestamp - oldest.timestamp) / 1000;
  return { rate, samples, avg, avg_rate: seconds === 0 ? 0 : (newest.sample - oldest.sample) / seconds };
}

const PUBLISHED = ['publish', 'confirm', 'return_unroutable', 'drop_unroutable'];
const DELIVERED = ['deliver', 'deliver_no_ack', 'deliver_get', 'get', 'get_no_ack', 'get_empty', 'ack', 'redeliver'];
/** What is told together, as soon as there is any of it. */
const GROUPS = [PUBLISHED, DELIVERED, ['publish_in'], ['publish_out'], ['disk_writes']];

/** RabbitMQ's `message_stats`; undefined: nothing has happened yet. */
export function messageStats(numbers: Numbers, range?: SampleRange): NumbersWithDetails | undefined {
  const stats: NumbersWithDetails = {};
  for (const group of GROUPS) {
    const names = group.filter((name) => numbers.names.includes(name));
    const hasAny = names.some((name) => numbers.values[numbers.names.indexOf(name)] !== 0);
    if (hasAny) Object.assign(stats, withDetails(numbers, names, range));
  }
  return Object.keys(stats).length === 0 ? undefined : stats;
}
