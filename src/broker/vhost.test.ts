import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../protocol/field-table.ts';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import type { Exchange } from './exchange/exchange.ts';
import { consumerOptions, FakeOutlet } from './queue/consumer.test.helper.ts';
import type { Queue } from './queue/queue.ts';
import { VirtualHost } from './vhost.ts';

const ME = {};
const OTHER = {};

class World {
  readonly vhost = new VirtualHost('/', new MemoryStore(new Arena()));

  exchange(name: string, changes: { type?: string; autoDelete?: boolean; arguments?: FieldTable } = {}): Exchange {
    const defaults = { type: 'direct', durable: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };
    return this.vhost.declareExchange(name, { ...defaults, ...changes });
  }

  queue(name: string, changes: object = {}, user: object = ME): Queue {
    const defaults = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };
    return this.vhost.declareQueue(name, { ...defaults, ...changes }, user);
  }

  bind(source: Exchange, destination: Exchange | Queue, routingKey = ''): void {
    this.vhost.bind(source, destination, routingKey, EMPTY_TABLE);
  }

  /** The names of the queues that a message reaches. */
  route(exchange: string, routingKey = ''): string[] {
    const message = incomingMessage({ exchange, routingKey });
    const route = this.vhost.knownRoute(message) ?? this.vhost.findRoute(message);
    const { queues } = route.isKeyed ? route : this.vhost.destinationsOf(route.exchange, message);
    return queues.map(({ name }) => name).sort();
  }
}

function assertRefused(action: () => unknown, replyText: RegExp): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof AmqpError, `${error}`);
    assert.match(error.replyText, replyText);
    return true;
  });
}

test('the default exchange leads to every queue by its name', () => {
  const world = new World();
  assert.deepEqual(world.route('', 'q'), []);
  const queue = world.queue('q');
  assert.deepEqual(world.route('', 'q'), ['q']);
  world.vhost.deleteQueue(queue);
  assert.deepEqual(world.route('', 'q'), []);
});

test('a route that is remembered holds until exchanges, queues or bindings change', () => {
  const world = new World();
  const exchange = world.exchange('x');
  const message = incomingMessage({ exchange: 'x', routingKey: 'k' });
  assertRefused(() => world.route('y'), /^NOT_FOUND - no exchange 'y' in vhost '\/'$/);
  const changes: readonly (() => void)[] = [
    () => world.bind(exchange, world.queue('q'), 'k'),
    () => world.queue('unrelated'),
    () => world.exchange('unrelated'),
    () => world.vhost.unbind(exchange, world.queue('q'), 'k', EMPTY_TABLE),
    () => void world.vhost.deleteQueue(world.queue('q')),
    () => world.vhost.deleteExchange('unrelated', false),
  ];
  for (const change of changes) {
    const route = world.vhost.findRoute(message);
    assert.equal(world.vhost.knownRoute(message), route);
    assert.equal(world.vhost.holds(route), true);
    change();
    assert.equal(world.vhost.knownRoute(message), undefined);
    assert.equal(world.vhost.holds(route), false);
  }
});

test('declaring what there is already changes nothing', () => {
  const world = new World();
  world.bind(world.exchange('x'), world.queue('q'), 'k');
  const route = world.vhost.findRoute(incomingMessage({ exchange: 'x', routingKey: 'k' }));
  world.bind(world.exchange('x'), world.queue('q'), 'k');
  assert.equal(world.vhost.holds(route), true);
});

describe('declarations that are refused', () => {
  const refused: readonly (readonly [what: string, action: (world: World) => unknown, replyText: RegExp])[] = [
    ['a reserved queue name', (w) => w.queue('amq.x'), /^ACCESS_REFUSED - queue name 'amq.x' contains reserved/],
    ['a reserved exchange name', (w) => w.exchange('amq.x'), /^ACCESS_REFUSED - exchange name 'amq.x' contains/],
    ['an unknown type', (w) => w.exchange('x', { type: 'ring' }), /^COMMAND_INVALID - unknown exchange type 'ring'$/],
    [
      'another type',
      (w) => [w.exchange('x'), w.exchange('x', { type: 'topic' })],
      /^PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'x' in vhost '\/': received 'topic' but current/,
    ],
    [
      'another durability',
      (w) => [w.queue('q'), w.queue('q', { durable: true })],
      /inequivalent arg 'durable' for queue 'q' in vhost '\/': received 'true' but current is 'false'$/,
    ],
    [
      'another argument',
      (w) => [w.queue('q'), w.queue('q', { arguments: fieldTable({ 'x-max-length': 1 }) })],
      /received the value '1' of type 'signedint' but current is none$/,
    ],
    ['a queue of someone else', (w) => [w.queue('q', { exclusive: true }, OTHER), w.queue('q')], /^RESOURCE_LOCKED/],
    ['a system exchange to delete', (w) => w.vhost.deleteExchange('amq.topic', false), /^ACCESS_REFUSED/],
    ['a missing queue', (w) => w.vhost.queue('q', ME), /^NOT_FOUND - no queue 'q' in vhost '\/'$/],
  ];
  for (const [what, action, replyText] of refused)
    test(what, () => assertRefused(() => action(new World()), replyText));
});

test('exclusive queues are for their owner alone, and go with it', () => {
  const world = new World();
  const mine = world.queue('mine', { exclusive: true });
  world.queue('other', { exclusive: true }, OTHER);
  assert.equal(world.vhost.queue('mine', ME), mine);
  assertRefused(() => world.vhost.queue('mine', OTHER), /^RESOURCE_LOCKED - cannot obtain exclusive access to locked/);
  world.vhost.deleteQueuesOf(ME);
  assert.deepEqual([...world.vhost.queues.keys()], ['other']);
});

test('an auto-delete queue goes with its last consumer, not with its first one missing', () => {
  const world = new World();
  const queue = world.queue('q', { autoDelete: true });
  world.vhost.afterUnsubscribe(world.queue('plain'));
  const [one, other] = ['a', 'b'].map((tag) => queue.subscribe(new FakeOutlet(), consumerOptions(tag)));
  for (const [consumer, isLeft] of [
    [one!, true],
    [other!, false],
  ] as const) {
    queue.unsubscribe(consumer);
    world.vhost.afterUnsubscribe(queue);
    assert.equal(world.vhost.queues.has('q'), isLeft);
  }
  assert.ok(world.vhost.queues.has('plain'));
});

describe('an auto-delete exchange goes with its last binding', () => {
  test('however that goes, and never before a first one', () => {
    const ways: readonly ((world: World, exchange: Exchange, queue: Queue) => void)[] = [
      (w, exchange, queue) => w.vhost.unbind(exchange, queue, '', EMPTY_TABLE),
      (w, _, queue) => void w.vhost.deleteQueue(queue),
    ];
    for (const way of ways) {
      const world = new World();
      const exchange = world.exchange('x', { autoDelete: true });
      const queue = world.queue('q');
      world.vhost.unbind(exchange, queue, '', EMPTY_TABLE);
      assert.ok(world.vhost.exchanges.has('x'));
      world.bind(exchange, queue);
      way(world, exchange, queue);
      assert.equal(world.vhost.exchanges.has('x'), false);
    }
  });

  test('and with it the exchanges before it, in a circle too', () => {
    const world = new World();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => world.exchange(name, { autoDelete: true }));
    world.bind(a!, b!);
    world.bind(b!, c!);
    world.bind(c!, a!);
    world.vhost.deleteExchange('b', false);
    assert.deepEqual(
      ['a', 'b', 'c'].filter((name) => world.vhost.exchanges.has(name)),
      [],
    );
  });

  test('also at the end of a very long chain', () => {
    const world = new World();
    const LENGTH = 20_000;
    let last: Exchange | Queue = world.queue('q', { exclusive: true });
    for (let i = 0; i < LENGTH; i++) {
      const exchange = world.exchange(`x${i}`, { autoDelete: true });
      world.bind(exchange, last);
      last = exchange;
    }
    world.vhost.deleteQueuesOf(ME);
    assert.equal([...world.vhost.exchanges.keys()].filter((name) => name.startsWith('x')).length, 0);
  });
});

test('an exchange that is deleted leaves no binding behind, on either side', () => {
  const world = new World();
  const [source, middle] = [world.exchange('source'), world.exchange('middle')];
  const queue = world.queue('q');
  world.bind(source, middle);
  world.bind(middle, queue);
  assertRefused(() => world.vhost.deleteExchange('middle', true), /'middle' in vhost '\/' in use$/);
  world.vhost.deleteExchange('middle', false);
  assert.deepEqual([source.bindingCount, queue.inbound.size], [0, 0]);
  world.vhost.deleteExchange('source', true);
});
