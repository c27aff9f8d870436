import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentLog } from './recent-log.ts';

test('the last thousand lines are kept, with their numbers', () => {
  const log = new RecentLog();
  for (let i = 0; i < 1500; i++) log.write(`{"line":${i}}`);
  const lines = log.since(0);
  assert.deepEqual([lines.length, lines[0], log.end], [1000, { number: 500, json: '{"line":500}' }, 1500]);
  assert.deepEqual(log.since(1498), lines.slice(998));
  assert.deepEqual(log.since(1500), []);
});

test('long lines take the place of many, and very long ones are left out', () => {
  const log = new RecentLog();
  for (let i = 0; i < 200; i++) log.write('x'.repeat(16 * 1024));
  assert.equal(log.since(0).length, 64);
  log.write('x'.repeat(16 * 1024 + 1));
  assert.equal(log.since(0).at(-1)!.number, 199);
});
