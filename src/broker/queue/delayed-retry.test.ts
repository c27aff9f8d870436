import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';
import { parseQueueArguments } from './queue-settings.ts';

class World {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(new Arena());
  readonly queue: Queue;

  constructor(args: Record<string, PlainValue>) {
    const properties = { durable: false, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
    this.queue = new Queue('q', '/', properties, undefined, environmentOf(this.store, this.clock));
  }

  publish(...bodies: string[]): void {
    for (const body of bodies) publishTo(this.queue, incomingMessage({ body }));
  }

  /** Takes the first message and gives it back. */
  fail(isFailure = true): void {
    const { slot, sequence, bodySize } = this.queue.get()!;
    this.queue.requeue(slot, sequence, bodySize, isFailure);
    this.queue.pump();
  }

  get counts(): [ready: number, delayed: number] {
    return [this.queue.readyCount, this.queue.delayedCount];
  }

  /** Milliseconds until a message is ready. */
  waitUntilReady(): number {
    for (let ms = 0; ms < 10_000; ms++) {
      if (this.queue.readyCount > 0) return ms;
      this.clock.advance(1);
    }
    return Number.POSITIVE_INFINITY;
  }
}

const FROM_100_TO_250 = { 'x-delayed-retry-type': 'all', 'x-delayed-retry-min': 100, 'x-delayed-retry-max': 250 };

test('a message that comes back waits, longer each time, up to the longest delay', () => {
  const world = new World(FROM_100_TO_250);
  world.publish('a');
  const delays = [1, 2, 3, 4].map(() => {
    world.fail();
    return world.waitUntilReady();
  });
  assert.deepEqual(delays, [100, 200, 250, 250]);
});

test('what waits is not ready, and goes to a consumer in its place when its time has come', () => {
  const world = new World(FROM_100_TO_250);
  world.publish('a', 'b', 'c');
  world.fail();
  assert.deepEqual(world.counts, [2, 1]);
  const outlet = new FakeOutlet();
  world.queue.subscribe(outlet, consumerOptions('c', { prefetchCount: 1 }));
  world.queue.pump();
  assert.deepEqual(outlet.take(), ['b']);
  world.clock.advance(100);
  assert.deepEqual([outlet.take(), world.counts], [[], [2, 0]]);
  outlet.acknowledge();
  outlet.acknowledge();
  assert.deepEqual(outlet.deliveries, [
    { body: 'a', tag: 'c', redelivered: true },
    { body: 'c', tag: 'c', redelivered: false },
  ]);
});

test('a consumer that waits gets it when its time has come', () => {
  const world = new World(FROM_100_TO_250);
  const outlet = new FakeOutlet();
  world.queue.subscribe(outlet, consumerOptions('c'));
  world.publish('a');
  outlet.requeue();
  assert.deepEqual(outlet.take(), ['a']);
  world.clock.advance(99);
  assert.deepEqual(outlet.take(), []);
  world.clock.advance(1);
  assert.deepEqual(outlet.take(), ['a']);
});

describe('which messages wait', () => {
  const cases: readonly (readonly [type: string | undefined, failed: boolean, left: boolean])[] = [
    ['all', true, true],
    ['failed', true, false],
    ['returned', false, true],
    ['disabled', false, false],
    [undefined, false, false],
  ];
  for (const [type, failed, left] of cases) {
    test(`${type}: failed ${failed}, left by its consumer ${left}`, () => {
      const args = { 'x-delayed-retry-min': 100, ...(type === undefined ? {} : { 'x-delayed-retry-type': type }) };
      for (const [isFailure, waits] of [
        [true, failed],
        [false, left],
      ] as const) {
        const world = new World(args);
        world.publish('a');
        world.fail(isFailure);
        assert.deepEqual(world.counts, waits ? [0, 1] : [1, 0]);
      }
    });
  }

  test('none without a delay', () => {
    const world = new World({ 'x-delayed-retry-type': 'all' });
    world.publish('a');
    world.fail();
    assert.deepEqual(world.counts, [1, 0]);
  });
});

test('the delivery limit ends the retries', () => {
  const world = new World({ ...FROM_100_TO_250, 'x-delivery-limit': 2 });
  world.publish('a');
  for (let i = 0; i < 2; i++) {
    world.fail();
    world.waitUntilReady();
  }
  world.fail();
  assert.deepEqual([world.counts, world.store.messageCount], [[0, 0], 0]);
});

test('a purge drops what waits, too', () => {
  const world = new World(FROM_100_TO_250);
  world.publish('a', 'b');
  world.fail();
  assert.equal(world.queue.purge().count, 2);
  world.clock.advance(1000);
  assert.deepEqual([world.counts, world.store.messageCount], [[0, 0], 0]);
});

test('a queue that is deleted lets go of it', () => {
  const world = new World(FROM_100_TO_250);
  world.publish('a', 'b');
  world.fail();
  assert.equal(world.queue.delete(), 1);
  world.clock.advance(1000);
  assert.deepEqual([world.counts, world.store.messageCount], [[0, 0], 0]);
});

test('what waits goes on waiting when nothing is to wait any more', () => {
  const world = new World(FROM_100_TO_250);
  world.publish('a');
  world.fail();
  world.queue.configure(parseQueueArguments(fieldTable({}), 'q'));
  assert.deepEqual(world.counts, [0, 1]);
  world.clock.advance(100);
  assert.deepEqual(world.counts, [1, 0]);
  world.fail();
  assert.deepEqual(world.counts, [1, 0]);
});
