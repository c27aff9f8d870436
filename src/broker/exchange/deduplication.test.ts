import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable, fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import type { Queue } from '../queue/queue.ts';
import { VirtualHost } from '../vhost.ts';
import type { Exchange } from './exchange.ts';
import { KnownIdentities } from './known-identities.ts';

class World {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(new Arena(), undefined, this.clock);
  readonly vhost = new VirtualHost('/', this.store, undefined, this.clock);
  readonly queue: Queue = this.vhost.declareQueue(
    'q',
    { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE },
    {},
  );

  exchange(args: FieldTable, type = 'x-message-deduplication', name = 'x'): Exchange {
    const properties = { type, durable: false, autoDelete: false, internal: false, arguments: args };
    return this.vhost.declareExchange(name, properties);
  }

  bound(args: FieldTable, type?: string): Exchange {
    const exchange = this.exchange(args, type);
    this.vhost.bind(exchange, this.queue, 'k', EMPTY_TABLE);
    return exchange;
  }

  /** Publishes a message with these headers; returns whether the queue got it at once. */
  publish(headers: Record<string, PlainValue>): boolean {
    const before = this.queue.readyCount;
    const properties = { headers: fieldTable(headers) };
    this.vhost.publisher.publish(incomingMessage({ exchange: 'x', routingKey: 'k', properties }), () => undefined);
    return this.queue.readyCount > before;
  }

  id(id: PlainValue, more: Record<string, PlainValue> = {}): boolean {
    return this.publish({ 'x-deduplication-header': id, ...more });
  }
}

const SIZE_10 = fieldTable({ 'x-cache-size': 10 });

describe('an exchange of type x-message-deduplication', () => {
  test('passes on the first of several messages, to all that is bound', () => {
    const world = new World();
    world.bound(SIZE_10);
    assert.deepEqual(
      [world.id('a'), world.id('b'), world.id('a'), world.id(1), world.id('1'), world.id(1)],
      [true, true, false, true, true, false],
    );
  });

  test('passes on everything without the header', () => {
    const world = new World();
    world.bound(SIZE_10);
    assert.deepEqual([world.publish({}), world.publish({ other: 1 }), world.publish({ other: 1 })], [true, true, true]);
  });

  test('forgets the oldest of more than it has room for', () => {
    const world = new World();
    world.bound(fieldTable({ 'x-cache-size': '2' }));
    for (const id of ['a', 'b', 'c']) assert.equal(world.id(id), true);
    assert.deepEqual([world.id('b'), world.id('c'), world.id('a')], [false, false, true]);
  });

  test('forgets after a time: its own, or the message’s', () => {
    const world = new World();
    world.bound(fieldTable({ 'x-cache-size': 10, 'x-cache-ttl': 100 }));
    assert.deepEqual([world.id('a'), world.id('b', { 'x-cache-ttl': 50 })], [true, true]);
    world.clock.advance(50);
    assert.deepEqual([world.id('a'), world.id('b')], [false, true]);
    world.clock.advance(50);
    assert.deepEqual([world.id('a'), world.id('b')], [true, false]);
  });

  test('does not know what went nowhere', () => {
    const world = new World();
    const exchange = world.exchange(SIZE_10);
    assert.equal(world.id('a'), false);
    world.vhost.bind(exchange, world.queue, '', EMPTY_TABLE);
    assert.equal(world.id('a'), true);
  });

  for (const [args, text] of [
    [{}, "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0"],
    [{ 'x-cache-size': 0 }, "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0"],
    [{ 'x-cache-size': 'many' }, "Missing or invalid argument, 'x-cache-size' must be an integer greater than 0"],
    [{ 'x-cache-size': 1, 'x-cache-ttl': -1 }, "Invalid argument, 'x-cache-ttl' must be an integer greater than 0"],
    [
      { 'x-cache-size': 1, 'x-cache-persistence': 'tape' },
      "Invalid argument, 'x-cache-persistence' must be either 'disk' or 'memory'",
    ],
  ] as const) {
    test(`is refused with ${JSON.stringify(args)}`, () => {
      assert.throws(
        () => new World().exchange(fieldTable(args)),
        (error) => error instanceof AmqpError && error.replyText === `PRECONDITION_FAILED - ${text}`,
      );
    });
  }
});

describe('an exchange with the argument x-message-deduplication', () => {
  test('drops duplicates, whatever its type, and routes as that', () => {
    const world = new World();
    const args = fieldTable({ 'x-message-deduplication': true, 'x-deduplication-header': 'id' });
    world.bound(args, 'direct');
    assert.deepEqual(
      [world.publish({ id: 1 }), world.publish({ id: 1 }), world.publish({ id: 2 })],
      [true, false, true],
    );
  });

  test('drops duplicates of what it delays', () => {
    const world = new World();
    world.bound(fieldTable({ 'x-message-deduplication': true, 'x-delayed-type': 'direct' }), 'x-delayed-message');
    world.id('a', { 'x-delay': 10 });
    world.id('a', { 'x-delay': 10 });
    world.id('a');
    world.clock.advance(10);
    assert.equal(world.queue.readyCount, 1);
  });
});

test('identities that are known come and go, and those that are kept can be listed', () => {
  const known = new KnownIdentities(3000);
  for (let i = 0; i < 10_000; i++) {
    known.add(`${i}`, Number.POSITIVE_INFINITY);
    if (i % 2 === 0) known.keep(`${i}`);
  }
  assert.equal(known.size, 3000);
  assert.deepEqual([known.has('6999', 0), known.has('7000', 0), known.has('9999', 0)], [false, true, true]);
  assert.deepEqual(
    [...known.keptOnes()].map(([identity]) => identity),
    Array.from({ length: 1500 }, (_, i) => `${7000 + 2 * i}`),
  );
});
