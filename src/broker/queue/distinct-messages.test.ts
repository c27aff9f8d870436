import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FieldTable, type FieldValue, fieldTable } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet, settleFirst } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

function newQueue(args: FieldTable = fieldTable({ 'x-message-deduplication': true })) {
  const clock = new TestClock();
  const store = new MemoryStore(new Arena(), undefined, clock);
  const properties = { durable: false, exclusive: false, autoDelete: false, arguments: args };
  const make = () => new Queue('q', '/', properties, undefined, environmentOf(store, clock));
  return { clock, store, make, queue: make() };
}

function identified(id: FieldValue | string, more: Record<string, number> = {}, header = 'x-deduplication-header') {
  const value: FieldValue = typeof id === 'string' ? { type: 'longstr', value: id } : id;
  const message = incomingMessage({ properties: { headers: new Map([...fieldTable(more), [header, value]]) } });
  message.isDelayed = 'x-delay' in more;
  return message;
}

test('a duplicate does not get in as long as the first is ready or not acknowledged', () => {
  const { store, queue } = newQueue();
  for (const id of ['a', 'b', 'a', 'b', 'a']) publishTo(queue, identified(id));
  assert.deepEqual([queue.readyCount, store.messageCount], [2, 2]);
  const taken = queue.get()!;
  publishTo(queue, identified('a'));
  queue.requeue(taken.slot, taken.sequence, taken.bodySize, true);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 2);
  settleFirst(queue);
  publishTo(queue, identified('a'));
  assert.deepEqual([queue.readyCount, store.messageCount], [2, 2]);
});

test('messages without the header are never duplicates', () => {
  const { queue } = newQueue();
  for (let i = 0; i < 3; i++) publishTo(queue, incomingMessage());
  for (let i = 0; i < 3; i++) publishTo(queue, identified('a', {}, 'another'));
  assert.equal(queue.readyCount, 6);
});

test('an argument names the header', () => {
  const { queue } = newQueue(fieldTable({ 'x-message-deduplication': true, 'x-deduplication-header': 'id' }));
  for (let i = 0; i < 3; i++) publishTo(queue, identified('a', {}, 'id'));
  for (let i = 0; i < 3; i++) publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 4);
});

test('without the argument, or where it is not true, everything gets in', () => {
  for (const args of [{}, { 'x-message-deduplication': false }, { 'x-deduplication-header': 'id' }]) {
    const { queue } = newQueue(fieldTable(args));
    for (let i = 0; i < 2; i++) publishTo(queue, identified('a', {}, 'id'));
    assert.equal(queue.readyCount, 2);
  }
});

test('what leaves is forgotten, whichever way it leaves', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  publishTo(queue, identified('a'));
  queue.purge();
  publishTo(queue, identified('a'));
  const { slot, bodySize } = queue.get()!;
  queue.reject(slot, bodySize);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 1);
  queue.subscribe(outlet, consumerOptions('c', { noAck: true }));
  queue.pump();
  for (let i = 0; i < 2; i++) publishTo(queue, identified('a'));
  assert.equal(outlet.deliveries.length, 3);
});

test('a message that waits for its time is in the queue', () => {
  const { clock, queue } = newQueue();
  publishTo(queue, identified('a', { 'x-delay': 10 }));
  publishTo(queue, identified('a'));
  assert.deepEqual([queue.readyCount, queue.delayedCount], [0, 1]);
  clock.advance(10);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 1);
  settleFirst(queue);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 1);
});

test('after a restart the messages in the queue are known', () => {
  const { store, make } = newQueue();
  const slot = store.hold(identified('a'));
  const queue = make();
  queue.restore(slot, false, FLAG_HEADERS, 0, 0);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 1);
  settleFirst(queue);
  publishTo(queue, identified('a'));
  assert.equal(queue.readyCount, 1);
});

test('values are compared by kind and content', () => {
  const distinct: FieldValue[] = [
    { type: 'signedint', value: 1 },
    { type: 'longstr', value: '1' },
    { type: 'double', value: 1 },
    { type: 'bool', value: true },
    { type: 'longstr', value: 'true' },
    { type: 'void', value: null },
    { type: 'table', value: fieldTable({ a: 1 }) },
    { type: 'array', value: [{ type: 'signedint', value: 1 }] },
    { type: 'longstr', value: 'x'.repeat(10_000) },
  ];
  const same: FieldValue[] = [
    { type: 'long', value: 1n },
    { type: 'byte', value: 1 },
    { type: 'binary', value: Buffer.from('1') },
    { type: 'longstr', value: Buffer.from('true') },
  ];
  const { queue } = newQueue();
  for (const value of [...distinct, ...distinct, ...same]) publishTo(queue, identified(value));
  assert.equal(queue.readyCount, distinct.length);
});
