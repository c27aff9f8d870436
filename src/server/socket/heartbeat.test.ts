import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Heartbeat } from './heartbeat.ts';

/** What is due so many intervals after the last octets in either direction. */
function dutyAfter(intervals: number, isReading = true): string {
  const heartbeat = new Heartbeat();
  heartbeat.intervalMs = 10_000;
  heartbeat.received();
  heartbeat.sent();
  return heartbeat.duty(performance.now() + intervals * heartbeat.intervalMs, isReading);
}

test('a heartbeat is due after half an interval, and the peer is gone after two', () => {
  assert.deepEqual(
    [0, 0.49, 0.51, 1.99, 2.01, 100].map((intervals) => dutyAfter(intervals)),
    ['nothing', 'nothing', 'send', 'send', 'give up', 'give up'],
  );
});

test('a peer that is not read from cannot be told to be silent', () => {
  assert.equal(dutyAfter(100, false), 'send');
});

test('without an interval nothing is ever due', () => {
  assert.equal(new Heartbeat().duty(Number.MAX_SAFE_INTEGER, true), 'nothing');
});
