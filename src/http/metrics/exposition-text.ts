import type { Histogram } from '../../observe/histogram.ts';
import type { Labels } from './metric.ts';

/*
 * Prometheus' text format, version 0.0.4. The numbers are kept elsewhere, and read when they are asked for; a library
 * (prom-client) would keep them a second time, and write all of a page in one go.
 */

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What comes before the samples of a metric. @param type `counter`, `gauge`, `histogram` or `untyped` */
export function headText(name: string, type: string, help: string): string {
  const text = help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${text}\n# TYPE ${name} ${type}\n`;
}

export function sampleText(name: string, labels: Labels, value: number): string {
  return `${name}${labelsText(labels)} ${numberText(value)}\n`;
}

/** Empty without labels. */
function labelsText(labels: Labels): string {
  let text = '';
  for (const name in labels) text += `${text === '' ? '{' : ','}${name}="${escaped(labels[name]!)}"`;
  return text === '' ? '' : `${text}}`;
}

/** Most names have nothing in them that would have to be escaped. */
function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

/** @param factor what bounds and sum are to be multiplied by */
export function histogramText(name: string, help: string, { bounds, counts, sum }: Histogram, factor: number): string {
  let text = headText(name, 'histogram', help);
  let count = 0;
  for (let i = 0; i < counts.length; i++) {
    count += counts[i]!;
    const bound = i === bounds.length ? Number.POSITIVE_INFINITY : Number((bounds[i]! * factor).toPrecision(6));
    text += sampleText(`${name}_bucket`, { le: numberText(bound) }, count);
  }
  return `${text}${sampleText(`${name}_sum`, {}, sum * factor)}${sampleText(`${name}_count`, {}, count)}`;
}
