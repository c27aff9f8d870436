import type { Scrape } from './scrape.ts';

export type MetricType = 'counter' | 'gauge' | 'untyped';
export type Labels = Readonly<Record<string, string>>;

/** A number that is told of each object of a kind. */
export interface Metric<T> {
  /** Without what all names of a page begin with. */
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly value: (object: T) => number;
  /** Of the whole broker, where that is more than the sum of the objects that there are; undefined: it is the sum. */
  readonly total: ((scrape: Scrape) => number) | undefined;
}

export function counter<T>(
  name: string,
  help: string,
  value: (object: T) => number,
  total?: (scrape: Scrape) => number,
): Metric<T> {
  return { name, type: 'counter', help, value, total };
}

export function gauge<T>(name: string, help: string, value: (object: T) => number): Metric<T> {
  return { name, type: 'gauge', help, value, total: undefined };
}

export function untyped<T>(name: string, help: string, value: (object: T) => number): Metric<T> {
  return { name, type: 'untyped', help, value, total: undefined };
}

/** What is told of the objects of a kind: one of RabbitMQ's families, or a part of one. */
export interface MetricFamily {
  /** What `/metrics/detailed` is asked for. */
  readonly name: string;
  readonly metrics: readonly Metric<unknown>[];
  readonly objects: (scrape: Scrape) => Iterable<unknown>;
  readonly labels: (object: unknown) => Labels;
  /** Whether `/metrics` tells the sum, or of each object. */
  readonly isSummed: boolean;
}

interface FamilyOf<T> {
  readonly name: string;
  readonly metrics: readonly Metric<T>[];
  readonly objects: (scrape: Scrape) => Iterable<T>;
  readonly labels: (object: T) => Labels;
}

/** A family of which there may be very many objects, and `/metrics` tells the sum. */
export function summedFamily<T>(family: FamilyOf<T>): MetricFamily {
  return { ...(family as unknown as FamilyOf<unknown>), isSummed: true };
}

/** A family of a few objects. */
export function family<T>(family: FamilyOf<T>): MetricFamily {
  return { ...(family as unknown as FamilyOf<unknown>), isSummed: false };
}

/** A family of the broker itself. */
export function brokerFamily(name: string, metrics: readonly Metric<Scrape>[]): MetricFamily {
  return family({ name, metrics, objects: (scrape) => [scrape], labels: () => ({}) });
}
