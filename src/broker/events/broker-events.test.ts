import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrokerEvent, BrokerEvents } from './broker-events.ts';

test('listeners hear what happens and who has done it, until they listen no more', () => {
  const events = new BrokerEvents();
  const heard: BrokerEvent[] = [];
  events.emit('user.created', { name: 'nobody listens' });
  const stop = events.subscribe((event) => heard.push(event));
  events.by('anna', () => events.emit('user.created', { name: 'bob' }));
  assert.throws(() =>
    events.by('anna', () => {
      throw new Error('fails');
    }),
  );
  events.emit('alarm.set', { resource: 'disk' });
  stop();
  events.emit('alarm.cleared', { resource: 'disk' });
  assert.deepEqual(heard, [
    { name: 'user.created', facts: { name: 'bob' }, performedBy: 'anna' },
    { name: 'alarm.set', facts: { resource: 'disk' }, performedBy: 'rmq-internal' },
  ]);
});
