import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResourceAlarms } from './resource-alarms.ts';

test('the reason names what is short, in the order of RabbitMQ', () => {
  const alarms = new ResourceAlarms();
  alarms.raise('memory');
  assert.equal(alarms.reason, 'low on memory');
  alarms.raise('disk');
  assert.equal(alarms.reason, 'low on disk & memory');
  alarms.clear('memory');
  assert.equal(alarms.reason, 'low on disk');
});

test('who waits is told once, when nothing is short any more', () => {
  const alarms = new ResourceAlarms();
  const calls: string[] = [];
  const second = { alarmsOver: () => calls.push('second') };
  alarms.raise('memory');
  alarms.raise('disk');
  alarms.wait({ alarmsOver: () => calls.push('first') });
  alarms.wait(second);
  alarms.forget(second);
  alarms.clear('memory');
  assert.deepEqual([alarms.isRaised, calls], [true, []]);
  alarms.clear('disk');
  alarms.clear('disk');
  assert.deepEqual([alarms.isRaised, calls], [false, ['first']]);
});

test('who is told that they are over may be held up again at once', () => {
  const alarms = new ResourceAlarms();
  let calls = 0;
  const listener = {
    alarmsOver: () => {
      calls++;
      alarms.wait(listener);
    },
  };
  alarms.raise('disk');
  alarms.wait(listener);
  alarms.clear('disk');
  assert.equal(calls, 1);
});
