import { TimeSlices } from '../../time/time-slices.ts';
import { headText, histogramText, sampleText } from './exposition-text.ts';
import type { MetricFamily } from './metric.ts';
import type { HistogramMetric } from './own-metrics.ts';
import type { Scrape } from './scrape.ts';

/** Chunks are sent when there are so many characters. */
const CHUNK_LENGTH = 32 * 1024;

/** Families whose names on a page begin alike. */
export interface MetricSet {
  readonly prefix: string;
  readonly families: readonly MetricFamily[];
  readonly histograms?: readonly HistogramMetric[];
}

/** What a page has. */
export interface MetricsPage {
  readonly sets: readonly MetricSet[];
  /** Sums, rather than each object, of what there may be very many of. */
  readonly isSummed: boolean;
}

/** The page, made in slices of time and as fast as it is read, since there may be very many queues. */
export async function* metricsText({ sets, isSummed }: MetricsPage, scrape: Scrape): AsyncGenerator<string> {
  const slices = new TimeSlices();
  const written = new Set<string>();
  let chunk = '';
  for (const { prefix, families, histograms = [] } of sets) {
    for (const family of families) {
      for await (const text of familyText(family, prefix, scrape, { isSummed, slices, written })) {
        chunk += text;
        if (chunk.length < CHUNK_LENGTH) continue;
        yield chunk;
        chunk = '';
      }
    }
    for (const { name, help, read, factor } of histograms) {
      chunk += histogramText(prefix + name, help, read(scrape), factor);
    }
  }
  yield chunk;
}

interface Writing {
  readonly isSummed: boolean;
  readonly slices: TimeSlices;
  /** Names that are on the page already: families may share some. */
  readonly written: Set<string>;
}

async function* familyText(
  family: MetricFamily,
  prefix: string,
  scrape: Scrape,
  { isSummed, slices, written }: Writing,
): AsyncGenerator<string> {
  const metrics = family.metrics.filter(({ name }) => !written.has(prefix + name));
  for (const { name } of metrics) written.add(prefix + name);
  if (isSummed && family.isSummed) {
    yield await sumsText({ ...family, metrics }, prefix, scrape, slices);
    return;
  }
  let text = '';
  for (const { name, type, help, value } of metrics) {
    text += headText(prefix + name, type, help);
    for (const object of family.objects(scrape)) {
      text += sampleText(prefix + name, family.labels(object), value(object));
      if (text.length >= CHUNK_LENGTH) {
        yield text;
        text = '';
      }
      if (slices.isOver) await slices.next();
    }
  }
  yield text;
}

async function sumsText(
  { metrics, objects }: MetricFamily,
  prefix: string,
  scrape: Scrape,
  slices: TimeSlices,
): Promise<string> {
  const sums = new Float64Array(metrics.length);
  const areAllTotals = metrics.every(({ total }) => total !== undefined);
  for (const object of areAllTotals ? [] : objects(scrape)) {
    for (let i = 0; i < metrics.length; i++) sums[i]! += metrics[i]!.value(object);
    if (slices.isOver) await slices.next();
  }
  let text = '';
  metrics.forEach(({ name, type, help, total }, i) => {
    text += headText(prefix + name, type, help) + sampleText(prefix + name, {}, total?.(scrape) ?? sums[i]!);
  });
  return text;
}
