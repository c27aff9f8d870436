import fc from 'fast-check';
import { EXCHANGES, type ExchangeName, LINES, type Line, QUEUES, type QueueName } from './plan.ts';

/** The arbitraries that the parts of a plan are made of. */

export const oneOf = <const T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

/** Undefined in all but one of `outOf` cases. */
export const oneIn = <T>(outOf: number, value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: outOf - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

/** False in all but one of `outOf` cases. */
export const seldom = (outOf: number): fc.Arbitrary<boolean> => fc.nat(outOf - 1).map((number) => number === outOf - 1);

export const anyLine: fc.Arbitrary<Line> = oneOf(...LINES);
export const anyQueue: fc.Arbitrary<QueueName> = oneOf(...QUEUES);
export const anyExchange: fc.Arbitrary<ExchangeName> = oneOf(...EXCHANGES);
/** Names of queues lead to them, by the default exchange. */
export const anyKey: fc.Arbitrary<string> = oneOf(...QUEUES, ...QUEUES, 'key', 'a.key', '#', '*.key', '');

/** Times to live are over at once or never: with anything in between it would be a race which broker is faster. */
export const LONG_MS = 3_600_000;

/** Those of the entries that have a value. */
export function given<Value>(entries: Readonly<Record<string, Value | undefined>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, Value] => entry[1] !== undefined),
  );
}
