import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { assertViolates } from '../../observe/invariants.test.helper.ts';
import { EMPTY_TABLE, type FieldTable } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet, settleFirst } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };

function newQueue(): { queue: Queue; store: MemoryStore } {
  const store = new MemoryStore(new Arena());
  return { queue: new Queue('q', '/', PROPERTIES, undefined, environmentOf(store)), store };
}

function publish(queue: Queue, ...bodies: string[]): void {
  for (const body of bodies) publishTo(queue, incomingMessage({ body }));
}

test('without consumers messages wait, and are taken in order', () => {
  const { queue, store } = newQueue();
  publish(queue, 'a', 'b');
  assert.deepEqual([queue.readyCount, queue.unackedCount, store.messageCount], [2, 0, 2]);
  const first = queue.get()!;
  assert.deepEqual([first.sequence, first.redelivered], [0, false]);
  assert.deepEqual([queue.readyCount, queue.unackedCount], [1, 1]);
  queue.settle(first.slot, first.bodySize);
  settleFirst(queue);
  assert.deepEqual([queue.get(), queue.unackedCount, store.messageCount], [undefined, 0, 0]);
});

test('a no-ack delivery at once is not stored at all', () => {
  const { queue, store } = newQueue();
  const outlet = new FakeOutlet();
  queue.subscribe(outlet, consumerOptions('c', { noAck: true }));
  publish(queue, 'a');
  assert.deepEqual([outlet.take(), queue.unackedCount, store.messageCount, store.allocatedOctets], [['a'], 0, 0, 0]);
});

test('a consumer gets nothing before the queue is pumped, and then all that waits', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  publish(queue, 'a', 'b');
  queue.subscribe(outlet, consumerOptions('c'));
  assert.deepEqual(outlet.take(), []);
  queue.pump();
  assert.deepEqual(outlet.take(), ['a', 'b']);
});

test('publish says when messages wait although there are consumers', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  assert.equal(publishTo(queue, incomingMessage()), true);
  queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 2 }));
  queue.pump();
  assert.equal(publishTo(queue, incomingMessage()), true);
  assert.equal(publishTo(queue, incomingMessage()), false);
});

test('deliveries go round, past those who have had enough', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  for (const [tag, prefetchCount] of [
    ['a', 1],
    ['b', 0],
    ['c', 2],
  ] as const) {
    queue.subscribe(outlet, consumerOptions(tag, { prefetchCount }));
  }
  publish(queue, ...'123456');
  assert.equal(outlet.deliveries.map(({ tag }) => tag).join(''), 'abcbcb');
});

describe('messages that come back', () => {
  test('return to their place, and are redelivered before what is new', () => {
    const { queue } = newQueue();
    const outlet = new FakeOutlet();
    queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 3 }));
    publish(queue, ...'12345');
    outlet.take();
    outlet.isOpen = false;
    for (const index of [2, 0, 0]) outlet.requeue(index);
    outlet.isOpen = true;
    const consumed: string[] = [];
    for (let body = queue.get(); body !== undefined; body = queue.get()) {
      consumed.push(`${body.sequence}${body.redelivered ? 'r' : ''}`);
    }
    assert.deepEqual(consumed, ['0r', '1r', '2r', '3', '4']);
  });

  test('are dropped where the queue is gone', () => {
    const { queue, store } = newQueue();
    const outlet = new FakeOutlet();
    queue.subscribe(outlet, consumerOptions('c'));
    publish(queue, 'a', 'b');
    queue.delete();
    assert.equal(store.messageCount, 2);
    outlet.requeue();
    outlet.acknowledge();
    assert.deepEqual([store.messageCount, queue.unackedCount, queue.readyCount], [0, 0, 0]);
  });
});

describe('very many messages are released in several turns', () => {
  const COUNT = 50_000;

  /** Each look at the clock takes a millisecond. */
  function fullQueue(test: TestContext, properties = PROPERTIES) {
    let nowMs = 0;
    test.mock.method(performance, 'now', () => nowMs++);
    const [store, clock] = [new MemoryStore(new Arena()), new TestClock()];
    const queue = new Queue('q', '/', properties, undefined, environmentOf(store, clock));
    const message = incomingMessage({ body: 'x' });
    const publish = () => publishTo(queue, message);
    for (let i = 0; i < COUNT; i++) publish();
    const isReleased = async (left: number) => {
      assert.ok(store.messageCount > COUNT / 2);
      for (let turns = 0; store.messageCount > left; turns++) {
        assert.ok(turns < 100);
        await turn();
        clock.advance(0);
      }
    };
    return { queue, publish, isReleased };
  }

  test('of a queue that is deleted', async (t) => {
    const { queue, isReleased } = fullQueue(t);
    assert.equal(queue.delete(), COUNT);
    assert.deepEqual([queue.readyCount, queue.get()], [0, undefined]);
    await isReleased(0);
  });

  for (const priorities of [false, true]) {
    test(`of a queue ${priorities ? 'with priorities ' : ''}that is purged: what comes meanwhile stays`, async (t) => {
      const args: FieldTable = priorities ? new Map([['x-max-priority', { type: 'long', value: 3 }]]) : EMPTY_TABLE;
      const { queue, publish, isReleased } = fullQueue(t, { ...PROPERTIES, arguments: args });
      const { sequence } = queue.get()!;
      const { count, released } = queue.purge();
      assert.deepEqual([count, queue.readyCount, queue.readyOctets], [COUNT - 1, 0, 0]);
      publish();
      await isReleased(2);
      await released;
      assert.deepEqual([queue.readyCount, queue.readyOctets], [1, 1]);
      assert.equal(queue.get()!.sequence, sequence + COUNT);
    });
  }
});

test('purge drops what is ready, returned messages too, and nothing else', () => {
  const { queue, store } = newQueue();
  const outlet = new FakeOutlet();
  queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 2 }));
  publish(queue, ...'1234');
  outlet.isOpen = false;
  outlet.requeue();
  assert.equal(queue.purge().count, 3);
  assert.deepEqual([queue.readyCount, queue.unackedCount, store.messageCount], [0, 1, 1]);
  publish(queue, '5');
  assert.equal(queue.get()?.sequence, 4);
});

test('delete says how many messages were ready; cancelConsumers tells the consumers', () => {
  const { queue } = newQueue();
  const [one, other] = [new FakeOutlet(), new FakeOutlet()];
  queue.subscribe(one, consumerOptions('a', { prefetchCount: 1 }));
  queue.subscribe(other, consumerOptions('b', { prefetchCount: 1 }));
  publish(queue, ...'12345');
  assert.equal(queue.delete(), 3);
  queue.cancelConsumers();
  assert.deepEqual([one.cancelled, other.cancelled, queue.consumerCount], [['a'], ['b'], 0]);
  one.acknowledge();
  assert.deepEqual([one.deliveries.length, other.deliveries.length], [1, 1]);
});

test('an exclusive consumer tolerates no other, and no other tolerates it', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  const refusal = /ACCESS_REFUSED - queue 'q' in vhost '\/' in exclusive use/;
  const subscribe = (exclusive: boolean) => queue.subscribe(outlet, consumerOptions('c', { exclusive }));
  const assertRefused = (exclusive: boolean) =>
    assert.throws(
      () => subscribe(exclusive),
      ({ replyText }) => refusal.test(replyText),
    );
  const exclusive = subscribe(true);
  assertRefused(false);
  assertRefused(true);
  queue.unsubscribe(exclusive);
  subscribe(false);
  assertRefused(true);
  subscribe(false);
  assert.equal(queue.consumerCount, 2);
});

test('a consumer that was cancelled gets nothing more', () => {
  const { queue } = newQueue();
  const outlet = new FakeOutlet();
  const consumer = queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 1 }));
  publish(queue, '1', '2');
  queue.unsubscribe(consumer);
  outlet.acknowledge();
  assert.deepEqual(outlet.take(), ['1']);
  assert.equal(queue.readyCount, 1);
});

describe('what a queue asserts', () => {
  test('a delivery is not settled twice: its slot may be another message by then', () => {
    const { queue, store } = newQueue();
    publish(queue, 'a', 'b');
    const { slot, bodySize } = queue.get()!;
    queue.acknowledge(slot, bodySize);
    assertViolates(() => queue.acknowledge(slot, bodySize), /has 0 deliveries of 0 octets, and one of 1 is settled/);
    assert.equal(store.messageCount, 1);
    const next = queue.get()!;
    queue.acknowledge(next.slot, next.bodySize);
    assert.equal(store.messageCount, 0);
  });

  test('what comes back has come before', () => {
    const { queue } = newQueue();
    publish(queue, 'a', 'b');
    const { slot, bodySize } = queue.get()!;
    assertViolates(() => queue.requeue(slot, 2, bodySize, false), /message 2 comes back/);
  });
});
