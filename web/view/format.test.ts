import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  formatBriefly,
  formatClock,
  formatCount,
  formatDuration,
  formatMilliseconds,
  formatMoment,
  formatOctets,
  formatRate,
  formatValue,
} from './format.ts';

test('counts have separators; what is not known is a dash', () => {
  assert.equal(formatCount(1234567, 'en'), '1,234,567');
  assert.equal(formatCount(0, 'en'), '0');
  assert.equal(formatCount(undefined, 'en'), '–');
});

test('millions are shortened where there is little room', () => {
  assert.equal(formatBriefly(999_999, 'en'), '999,999');
  assert.equal(formatBriefly(1_234_567, 'en'), '1.23M');
});

test('rates have a decimal while they are small', () => {
  assert.equal(formatRate(0.25, 'en'), '0.3/s');
  assert.equal(formatRate(12, 'en'), '12/s');
  assert.equal(formatRate(12345.6, 'en'), '12,346/s');
  assert.equal(formatRate(undefined, 'en'), '–');
});

test('octets have the unit that fits', () => {
  assert.equal(formatOctets(0), '0 B');
  assert.equal(formatOctets(1023), '1023 B');
  assert.equal(formatOctets(1536), '1.5 KiB');
  assert.equal(formatOctets(200 * 1024 ** 2), '200 MiB');
  assert.equal(formatOctets(5 * 1024 ** 5), '5120 TiB');
});

test('durations have two units', () => {
  assert.equal(formatDuration(0), '0 s');
  assert.equal(formatDuration(59_999), '59 s');
  assert.equal(formatDuration(3_600_000), '1 h');
  assert.equal(formatDuration(3_725_000), '1 h 2 min');
  assert.equal(formatDuration(90_061_000), '1 d 1 h');
});

test('values are one line', () => {
  assert.equal(formatValue('text'), 'text');
  assert.equal(formatValue(5), '5');
  assert.equal(formatValue({ a: [1] }), '{"a":[1]}');
});

test('moments are written the same in all languages', () => {
  const timeMs = new Date(2026, 2, 1, 9, 5, 0).getTime();
  assert.equal(formatMoment(timeMs), '2026-03-01 09:05:00');
  assert.equal(formatClock(timeMs), '09:05:00');
});

test('short times', () => {
  const written = [undefined, 0.2345, 12.34, 1500].map((durationMs) => formatMilliseconds(durationMs, 'en'));
  assert.deepEqual(written, ['–', '0.23 ms', '12 ms', '1.5 s']);
});
