import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable, type FieldValue, fieldTable } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import type { Queue } from '../queue/queue.ts';
import { VirtualHost } from '../vhost.ts';
import type { Exchange } from './exchange.ts';

const ME = {};

class World {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(new Arena(), undefined, this.clock);
  readonly vhost = new VirtualHost('/', this.store, undefined, this.clock);

  exchange(name: string, args: FieldTable, type = 'x-delayed-message'): Exchange {
    const properties = { type, durable: false, autoDelete: false, internal: false, arguments: args };
    return this.vhost.declareExchange(name, properties);
  }

  queue(name: string): Queue {
    return this.vhost.declareQueue(
      name,
      { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE },
      ME,
    );
  }

  publish(exchange: string, routingKey: string, body: string, delay?: FieldValue): void {
    const headers = delay === undefined ? {} : { headers: new Map([['x-delay', delay]]) };
    const message = incomingMessage({ exchange, routingKey, body, properties: headers });
    this.vhost.publisher.publish(message, () => undefined);
  }

  /** Bodies and delays of what the queue has, which is taken out. */
  take(queue: Queue): [body: string, delay: unknown][] {
    const taken: [string, unknown][] = [];
    for (let message = queue.get(); message !== undefined; message = queue.get()) {
      const stored = queue.view(message.slot);
      taken.push([bodyOf(stored).toString(), stored.properties().headers?.get('x-delay')?.value]);
      queue.settle(message.slot, message.bodySize);
    }
    return taken;
  }
}

function ms(value: number): FieldValue {
  return { type: 'signedint', value };
}

const DIRECT = fieldTable({ 'x-delayed-type': 'direct' });

describe('an exchange of type x-delayed-message', () => {
  test('routes a message when its time has come, not before, and says how long it has kept it', () => {
    const world = new World();
    const queue = world.queue('q');
    const exchange = world.exchange('x', DIRECT);
    world.vhost.bind(exchange, queue, 'k', EMPTY_TABLE);
    world.publish('x', 'k', 'late', ms(5000));
    world.publish('x', 'k', 'soon', ms(100));
    assert.equal(exchange.features!.delayed!.count, 2);
    world.clock.advance(99);
    assert.deepEqual(world.take(queue), []);
    world.clock.advance(1);
    assert.deepEqual(world.take(queue), [['soon', -100]]);
    world.clock.advance(4900);
    assert.deepEqual(world.take(queue), [['late', -5000]]);
    assert.deepEqual([exchange.features!.delayed!.count, world.store.messageCount], [0, 0]);
  });

  for (const [what, delay] of [
    ['none', undefined],
    ['zero', ms(0)],
    ['a negative one', ms(-1)],
    ['one that is no number', { type: 'longstr', value: 'soon' }],
    ['one that is a table', { type: 'table', value: EMPTY_TABLE }],
  ] as const) {
    test(`routes at once with ${what} as delay`, () => {
      const world = new World();
      const queue = world.queue('q');
      world.vhost.bind(world.exchange('x', DIRECT), queue, 'k', EMPTY_TABLE);
      world.publish('x', 'k', 'now', delay);
      assert.equal(queue.readyCount, 1);
    });
  }

  for (const delay of [
    { type: 'byte', value: 100 },
    { type: 'unsignedbyte', value: 100 },
    { type: 'short', value: 100 },
    { type: 'unsignedshort', value: 100 },
    { type: 'unsignedint', value: 100 },
    { type: 'long', value: 100 },
    { type: 'longstr', value: '100' },
    { type: 'double', value: 100.7 },
  ] satisfies FieldValue[]) {
    test(`takes a delay of type ${delay.type}`, () => {
      const world = new World();
      const queue = world.queue('q');
      world.vhost.bind(world.exchange('x', DIRECT), queue, 'k', EMPTY_TABLE);
      world.publish('x', 'k', 'm', delay);
      world.clock.advance(99);
      assert.equal(queue.readyCount, 0);
      world.clock.advance(1);
      assert.deepEqual(world.take(queue), [['m', -100]]);
    });
  }

  test('keeps messages for a year', () => {
    const world = new World();
    const queue = world.queue('q');
    world.vhost.bind(world.exchange('x', DIRECT), queue, 'k', EMPTY_TABLE);
    const yearMs = 366 * 24 * 3600 * 1000;
    world.publish('x', 'k', 'm', { type: 'long', value: yearMs });
    world.clock.advance(yearMs - 1);
    assert.equal(queue.readyCount, 0);
    world.clock.advance(1);
    assert.deepEqual(world.take(queue), [['m', -yearMs]]);
  });

  test('routes by the bindings that there are when the time has come', () => {
    const world = new World();
    const queue = world.queue('q');
    const exchange = world.exchange('x', fieldTable({ 'x-delayed-type': 'topic' }));
    world.publish('x', 'a.b', 'm', ms(10));
    world.vhost.bind(exchange, queue, 'a.*', EMPTY_TABLE);
    world.clock.advance(10);
    assert.equal(queue.readyCount, 1);
  });

  test('keeps what comes from another exchange, and is not asked again when it goes on', () => {
    const world = new World();
    const queue = world.queue('q');
    const first = world.exchange('first', EMPTY_TABLE, 'fanout');
    const second = world.exchange('second', DIRECT);
    const third = world.exchange('third', DIRECT);
    world.vhost.bind(first, second, '', EMPTY_TABLE);
    world.vhost.bind(second, third, 'k', EMPTY_TABLE);
    world.vhost.bind(third, queue, 'k', EMPTY_TABLE);
    world.publish('first', 'k', 'm', ms(10));
    world.clock.advance(9);
    assert.equal(queue.readyCount, 0);
    world.clock.advance(1);
    assert.deepEqual(world.take(queue), [['m', -10]]);
  });

  test('drops what it keeps when it is deleted', () => {
    const world = new World();
    const exchange = world.exchange('x', DIRECT);
    world.publish('x', 'k', 'm', ms(10));
    assert.equal(world.store.messageCount, 1);
    world.vhost.deleteExchange('x', false);
    assert.deepEqual([exchange.features!.delayed!.count, world.store.messageCount], [0, 0]);
    world.clock.advance(10);
  });

  test('needs the type that routes', () => {
    const world = new World();
    const replyText = "PRECONDITION_FAILED - Invalid argument, 'x-delayed-type' must be an existing exchange type";
    for (const args of [{}, { 'x-delayed-type': 1 }, { 'x-delayed-type': 'x-delayed-message' }]) {
      assert.throws(
        () => world.exchange('x', fieldTable(args)),
        (error) => error instanceof AmqpError && error.replyText === replyText,
      );
    }
    assert.throws(
      () => world.exchange('x', fieldTable({ 'x-delayed-type': 'x-none' })),
      /unknown exchange type 'x-none'/,
    );
  });

  test('can be of any type, by an argument', () => {
    const world = new World();
    const queue = world.queue('q');
    const exchange = world.exchange('x', fieldTable({ 'x-delayed-exchange': true }), 'fanout');
    world.vhost.bind(exchange, queue, '', EMPTY_TABLE);
    world.publish('x', 'k', 'm', ms(10));
    assert.equal(queue.readyCount, 0);
    world.clock.advance(10);
    assert.deepEqual(world.take(queue), [['m', -10]]);
  });
});
