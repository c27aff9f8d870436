import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsDuring } from '../observe/invariants.test.helper.ts';
import { violated } from '../observe/invariants.ts';
import { TestClock } from './clock.test.helper.ts';
import { Alarm, TurnClock } from './clock.ts';

test('the time of a turn is asked once, and anew in the next one', async () => {
  const clock = new TurnClock();
  const before = Date.now();
  const first = clock.nowMs;
  assert.ok(first >= before && first <= Date.now());
  while (Date.now() <= first);
  assert.equal(clock.nowMs, first);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  assert.ok(clock.nowMs > first);
});

test('a delay that no timer can wait is waited for bit by bit', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const clock = new TurnClock();
  let calls = 0;
  clock.after(2 ** 31 + 5000, () => calls++);
  clock.after(Number.POSITIVE_INFINITY, () => calls++);
  t.mock.timers.tick(2 ** 31 - 1);
  t.mock.timers.tick(5000);
  assert.equal(calls, 0);
  t.mock.timers.tick(1);
  assert.equal(calls, 1);
});

test('an alarm rings at the earliest time that was asked for, once', () => {
  const clock = new TestClock();
  const rings: number[] = [];
  const alarm = new Alarm(clock, () => rings.push(clock.nowMs));
  alarm.setAt(clock.nowMs + 100);
  alarm.setAt(clock.nowMs + 50);
  alarm.setAt(clock.nowMs + 70);
  clock.advance(60);
  assert.deepEqual(rings, [TestClock.STARTS_AT_MS + 50]);
  clock.advance(100);
  assert.equal(rings.length, 1);
  alarm.setAt(clock.nowMs + 10);
  alarm.cancel();
  clock.advance(20);
  assert.equal(rings.length, 1);
});

test('a violated invariant ends what a timer has begun, and not the process', async () => {
  const clock = new TurnClock();
  const endWith = (violation: string, resolve: () => void) => {
    resolve();
    violated(violation);
  };
  const reported = await violationsDuring(async () => {
    const soon = new Promise<void>((resolve) => clock.soon(() => endWith('soon', resolve)));
    const after = new Promise<void>((resolve) => clock.after(0, () => endWith('after', resolve)));
    await Promise.all([soon, after]);
  });
  assert.deepEqual(reported.sort(), ['after', 'soon']);
});
