import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_TABLE, fieldTable } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet, settleFirst } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

function newQueue() {
  const clock = new TestClock();
  const store = new MemoryStore(new Arena(), undefined, clock);
  const properties = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };
  const make = () => new Queue('q', '/', properties, undefined, environmentOf(store, clock));
  return { clock, store, make, queue: make() };
}

function delayed(body: string, delayMs: number) {
  const message = incomingMessage({ body, properties: { headers: fieldTable({ 'x-delay': delayMs }) } });
  message.isDelayed = true;
  return message;
}

test('a message is ready when its time has come, behind what was ready before', () => {
  const { clock, store, queue } = newQueue();
  const outlet = new FakeOutlet();
  publishTo(queue, delayed('b', 200));
  publishTo(queue, delayed('a', 100));
  publishTo(queue, delayed('now', 0));
  publishTo(queue, incomingMessage({ body: 'plain' }));
  assert.deepEqual([queue.readyCount, queue.delayedCount], [2, 2]);
  clock.advance(99);
  assert.deepEqual([queue.readyCount, queue.delayedCount], [2, 2]);
  clock.advance(1);
  assert.deepEqual([queue.readyCount, queue.delayedCount], [3, 1]);
  queue.subscribe(outlet, consumerOptions('c', { noAck: true }));
  queue.pump();
  assert.deepEqual(outlet.take(), ['now', 'plain', 'a']);
  clock.advance(100);
  assert.deepEqual([outlet.take(), store.messageCount], [['b'], 0]);
});

test('a message that was kept can be acknowledged, and comes back to its place', () => {
  const { clock, store, queue } = newQueue();
  publishTo(queue, delayed('m', 10));
  clock.advance(10);
  const first = queue.get()!;
  queue.requeue(first.slot, first.sequence, first.bodySize, true);
  assert.deepEqual([queue.readyCount, queue.delayedCount], [1, 0]);
  settleFirst(queue);
  assert.equal(store.messageCount, 0);
});

test('purge drops what is not ready yet, and counts it', () => {
  const { clock, store, queue } = newQueue();
  publishTo(queue, delayed('a', 10));
  publishTo(queue, incomingMessage({ body: 'b' }));
  assert.equal(queue.purge().count, 2);
  clock.advance(10);
  assert.deepEqual([queue.readyCount, queue.delayedCount, store.messageCount], [0, 0, 0]);
});

test('what waits goes with the queue', () => {
  const { clock, store, queue } = newQueue();
  publishTo(queue, delayed('a', 10));
  queue.delete();
  clock.advance(10);
  assert.deepEqual([queue.readyCount, store.messageCount], [0, 0]);
});

test('after a restart a message is due when it would have been', () => {
  const { clock, store, make } = newQueue();
  const slots = [delayed('late', 100), delayed('soon', 10), incomingMessage({ body: 'plain' })].map((message) =>
    store.hold(message),
  );
  clock.advance(50);
  const queue = make();
  for (const slot of slots) queue.restore(slot, false, slot === slots[2] ? 0 : FLAG_HEADERS, 0, 0);
  clock.advance(0);
  assert.deepEqual([queue.readyCount, queue.delayedCount], [2, 1]);
  clock.advance(49);
  assert.equal(queue.readyCount, 2);
  clock.advance(1);
  assert.deepEqual([queue.readyCount, queue.delayedCount], [3, 0]);
});

test('after a restart what was ready stands where it stood, and what was delivered before it', () => {
  const { clock, store, make } = newQueue();
  const late = store.hold(delayed('late', 10));
  const early = store.hold(incomingMessage({ body: 'delivered' }));
  clock.advance(20);
  const after = store.hold(incomingMessage({ body: 'after' }));
  const queue = make();
  queue.restore(late, false, FLAG_HEADERS, 0, 0);
  queue.restore(early, true, 0, store.bodySize(early), 0);
  queue.restore(after, false, 0, store.bodySize(after), 0);
  clock.advance(0);
  const taken = [queue.get()!, queue.get()!, queue.get()!];
  assert.deepEqual(
    taken.map(({ slot, redelivered }) => [slot, redelivered]),
    [
      [early, true],
      [late, false],
      [after, false],
    ],
  );
});

test('a delivery says nothing of what came before, while that is delayed or stands behind', () => {
  const told: boolean[] = [];
  const clock = new TestClock();
  const properties = { durable: true, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };
  const store: MessageStore = new MemoryStore(new Arena(), undefined, clock);
  store.delivered = (_slot, _queue, isInOrder) => told.push(isInOrder);
  const queue = new Queue('q', '/', properties, undefined, environmentOf(store, clock));
  queue.durableId = 1;
  const expectTold = (...expected: boolean[]) => assert.deepEqual(told.splice(0), expected);
  publishTo(queue, incomingMessage());
  queue.get();
  expectTold(true);
  publishTo(queue, delayed('late', 10));
  for (let i = 0; i < 3; i++) publishTo(queue, incomingMessage());
  queue.get();
  expectTold(false);
  clock.advance(10);
  publishTo(queue, incomingMessage());
  for (let i = 0; i < 4; i++) queue.get();
  expectTold(false, false, false, true);
  const outlet = new FakeOutlet();
  queue.subscribe(outlet, consumerOptions('c'));
  publishTo(queue, delayed('at once', 10));
  clock.advance(10);
  publishTo(queue, incomingMessage());
  expectTold(false, true);
});

test('other settings do not end the waiting', () => {
  const { clock, queue } = newQueue();
  publishTo(queue, delayed('a', 10));
  queue.configure({ ...queue.settings });
  clock.advance(10);
  assert.equal(queue.readyCount, 1);
});
