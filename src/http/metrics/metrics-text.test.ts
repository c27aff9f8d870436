import assert from 'node:assert/strict';
import { test } from 'node:test';
import { turnsDuring } from '../../time/time-slices.test.helper.ts';
import { gauge, summedFamily } from './metric.ts';
import { type MetricsPage, metricsText } from './metrics-text.ts';
import type { Scrape } from './scrape.ts';

const SCRAPE = {} as Scrape; // the family below does not look at it

/** A family of so many objects, each of which takes a millisecond. */
function slowFamily(count: number) {
  const value = (object: number) => {
    for (const endMs = performance.now() + 1; performance.now() < endMs; );
    return object;
  };
  return summedFamily<number>({
    name: 'slow',
    objects: () => Array.from({ length: count }, (_, i) => i),
    labels: (object) => ({ object: String(object) }),
    metrics: [gauge('slow', 'Slow', value)],
  });
}

for (const isSummed of [false, true]) {
  test(`others have their turn while very many objects are ${isSummed ? 'added up' : 'written'}`, async () => {
    const page: MetricsPage = { sets: [{ prefix: 'x_', families: [slowFamily(100)] }], isSummed };
    let text = '';
    const turns = await turnsDuring(async () => {
      for await (const chunk of metricsText(page, SCRAPE)) text += chunk;
    });
    assert.ok(turns >= 5, `${turns} turns`);
    assert.match(text, isSummed ? /^x_slow 4950$/m : /^x_slow\{object="99"\} 99$/m);
  });
}
