import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Histogram } from '../../observe/histogram.ts';
import { headText, histogramText, sampleText } from './exposition-text.ts';

test('quotes, backslashes and ends of lines in names are escaped', () => {
  const labels = { vhost: '/', queue: 'a"b\\c\nd' };
  assert.equal(sampleText('x', labels, 1), 'x{vhost="/",queue="a\\"b\\\\c\\nd"} 1\n');
  assert.equal(headText('x', 'gauge', 'a\\b\nc'), '# HELP x a\\\\b\\nc\n# TYPE x gauge\n');
});

test('numbers are written as Prometheus reads them', () => {
  assert.equal(sampleText('x', {}, 1e21), 'x 1e+21\n');
  assert.equal(sampleText('x', {}, Number.NaN), 'x NaN\n');
  assert.equal(sampleText('x', {}, Number.POSITIVE_INFINITY), 'x +Inf\n');
  assert.equal(sampleText('x', {}, Number.NEGATIVE_INFINITY), 'x -Inf\n');
});

test("a histogram's buckets count what is in those before them, too", () => {
  const histogram = new Histogram([1, 10]);
  for (const value of [1, 2, 3, 100]) histogram.observe(value);
  assert.equal(
    histogramText('x_seconds', 'X', histogram, 0.001),
    `# HELP x_seconds X
# TYPE x_seconds histogram
x_seconds_bucket{le="0.001"} 1
x_seconds_bucket{le="0.01"} 3
x_seconds_bucket{le="+Inf"} 4
x_seconds_sum 0.106
x_seconds_count 4
`,
  );
});
