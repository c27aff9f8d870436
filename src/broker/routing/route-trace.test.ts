import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_TABLE, type FieldTable, fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import type { Message } from '../../protocol/message.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Queue } from '../queue/queue.ts';
import { VirtualHost } from '../vhost.ts';
import { type RouteTrace, traceRoute } from './route-trace.ts';
import { routingKeysOf } from './sender-selected-keys.ts';

class World {
  readonly clock = new TestClock();
  readonly vhost = new VirtualHost('/', new MemoryStore(new Arena(), undefined, this.clock), undefined, this.clock);

  exchange(name: string, type: string, args: Record<string, PlainValue> = {}): Exchange {
    const properties = { type, durable: false, autoDelete: false, internal: false, arguments: fieldTable(args) };
    return this.vhost.declareExchange(name, properties);
  }

  queue(name: string, args: Record<string, PlainValue> = {}): Queue {
    const properties = { durable: false, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
    return this.vhost.declareQueue(name, properties, {});
  }

  bind(source: Exchange, destination: Queue | Exchange, key = '', args: FieldTable = EMPTY_TABLE): void {
    this.vhost.bind(source, destination, key, args);
  }

  trace(start: Exchange, message: Message): RouteTrace {
    return traceRoute(this.vhost.exchanges, start, message);
  }

  publish(message: Message): void {
    this.vhost.publisher.publish(message, () => undefined);
  }
}

function message(exchange: string, routingKey: string, headers: Record<string, PlainValue> = {}): Message {
  const properties = { headers: fieldTable(headers) };
  return incomingMessage({ exchange, routingKey, properties });
}

function queueNames({ queues }: RouteTrace): string[] {
  return queues.map(({ queue }) => queue.name).sort();
}

/** What the trace says, step by step: the exchange, how it goes on, and when. */
function steps({ exchanges }: RouteTrace): string[] {
  return exchanges.map(({ exchange, bindings, alternate, isDuplicate, delayMs, afterMs }) => {
    const onward = bindings.map(({ destination, routingKey }) => `${routingKey}>${destination.name}`).join(' ');
    const rest = `${alternate ? `|${alternate.name}` : ''}${isDuplicate ? '!' : ''}${delayMs > 0 ? `~${delayMs}` : ''}`;
    return `${afterMs} ${exchange.name} ${onward}${rest}`;
  });
}

const TYPES = ['direct', 'fanout', 'topic', 'headers', 'x-consistent-hash', 'x-modulus-hash', 'x-random'];
const KEYS = ['a', 'b', 'a.b', '#', 'a.*'];
const EXCHANGES = 6;
const QUEUES = 5;

const topology = fc.record({
  exchanges: fc.array(fc.record({ type: fc.constantFrom(...TYPES), alternate: fc.option(fc.nat(EXCHANGES)) }), {
    minLength: EXCHANGES,
    maxLength: EXCHANGES,
  }),
  bindings: fc.array(
    fc.record({
      from: fc.nat(EXCHANGES - 1),
      to: fc.nat(EXCHANGES + QUEUES - 1),
      key: fc.constantFrom(...KEYS),
      header: fc.constantFrom('x', 'y'),
      weight: fc.integer({ min: 1, max: 3 }),
    }),
    { maxLength: 25 },
  ),
  routingKey: fc.constantFrom('a', 'a.b', 'b', 'q1', ''),
  further: fc.array(fc.constantFrom('b', 'a.b'), { maxLength: 2 }),
  header: fc.constantFrom('x', 'y', 'z'),
  start: fc.nat(EXCHANGES),
});

test('a trace ends at the queues that the router finds, whatever the topology', () => {
  fc.assert(
    fc.property(topology, ({ exchanges, bindings, routingKey, further, header, start }) => {
      const world = new World();
      const declared = exchanges.map(({ type, alternate }, i) =>
        world.exchange(`x${i}`, type, alternate === null ? {} : { 'alternate-exchange': `x${alternate}` }),
      );
      const queues = Array.from({ length: QUEUES }, (_, i) => world.queue(`q${i}`));
      const nodes = [...declared, ...queues];
      for (const { from, to, key, header: wanted, weight } of bindings) {
        const isWeighed = exchanges[from]!.type === 'x-consistent-hash';
        world.bind(declared[from]!, nodes[to]!, isWeighed ? `${weight}` : key, fieldTable({ h: wanted }));
      }
      const first = declared[start] ?? world.vhost.exchange('');
      const sent = message(first.name, routingKey, { h: header, CC: further });
      const trace = world.trace(first, sent);
      const routed = world.vhost.destinationsOf(first, sent, routingKeysOf(sent)).queues.map(({ name }) => name);
      const certain = trace.queues.filter(({ isCertain }) => isCertain).map(({ queue }) => queue.name);
      assert.ok(
        certain.every((name) => routed.includes(name)),
        'what is certain',
      );
      assert.ok(
        routed.every((name) => queueNames(trace).includes(name)),
        'what is possible',
      );
      if (!exchanges.some(({ type }) => type === 'x-random')) assert.deepEqual(certain.sort(), routed.sort());
    }),
  );
});

describe('a trace', () => {
  test('names the bindings, all of them', () => {
    const world = new World();
    const [first, second] = [world.exchange('first', 'topic'), world.exchange('second', 'direct')];
    const queue = world.queue('q');
    for (const key of ['#', 'a.*', 'b']) world.bind(first, queue, key);
    world.bind(first, second, 'a.b');
    world.bind(second, queue, 'a.b');
    const trace = world.trace(first, message('first', 'a.b'));
    assert.deepEqual(steps(trace), ['0 first a.b>second a.*>q #>q', '0 second a.b>q']);
    assert.deepEqual(queueNames(trace), ['q']);
  });

  test('shows alternate exchanges, and dead ends', () => {
    const world = new World();
    const first = world.exchange('first', 'direct', { 'alternate-exchange': 'others' });
    world.exchange('others', 'fanout');
    assert.deepEqual(steps(world.trace(first, message('first', 'k'))), ['0 first |others', '0 others ']);
  });

  test('goes all the ways among which chance decides, and knows what is certain anyway', () => {
    const world = new World();
    const [first, random] = [world.exchange('first', 'fanout'), world.exchange('random', 'x-random')];
    for (const name of ['sure', 'perhaps']) world.bind(random, world.queue(name));
    world.bind(first, random);
    world.bind(first, world.vhost.queues.get('sure')!);
    const { queues } = world.trace(first, message('first', 'k'));
    const found = queues.map(({ queue, isCertain }) => [queue.name, isCertain]);
    assert.deepEqual(Object.fromEntries(found), { sure: true, perhaps: false });
  });

  test('of a delayed message goes on after its delay', () => {
    const world = new World();
    const delayed = world.exchange('delayed', 'x-delayed-message', { 'x-delayed-type': 'direct' });
    world.bind(delayed, world.queue('q'), 'k');
    const trace = world.trace(delayed, message('delayed', 'k', { 'x-delay': 5000 }));
    assert.deepEqual(steps(trace), ['0 delayed ~5000', '5000 delayed k>q']);
    assert.equal(trace.queues[0]!.afterMs, 5000);
    assert.equal(delayed.features!.delayed!.count, 0);
    assert.deepEqual(steps(world.trace(delayed, message('delayed', 'k'))), ['0 delayed k>q']);
  });

  test('ends where a duplicate does, and is none itself', () => {
    const world = new World();
    const once = world.exchange('once', 'x-message-deduplication', { 'x-cache-size': 10 });
    world.bind(once, world.queue('q'));
    const same = () => message('once', 'k', { 'x-deduplication-header': 1 });
    for (let round = 0; round < 2; round++) assert.deepEqual(steps(world.trace(once, same())), ['0 once >q']);
    world.publish(same());
    assert.deepEqual(steps(world.trace(once, same())), ['0 once !']);
  });

  test('is not in the history that an exchange keeps', () => {
    const world = new World();
    const recent = world.exchange('recent', 'x-recent-history');
    world.trace(recent, message('recent', 'k'));
    assert.deepEqual(recent.index.recent!(), []);
  });

  test('says what queues would do with the message', () => {
    const world = new World();
    const all = world.exchange('all', 'fanout');
    const full = { 'x-max-length': 0 };
    world.bind(all, world.queue('open'));
    world.bind(all, world.queue('full', { ...full, 'x-overflow': 'reject-publish' }));
    const passing = { 'x-overflow': 'reject-publish-dlx', 'x-dead-letter-exchange': 'amq.fanout' };
    world.bind(all, world.queue('passing on', { ...full, ...passing }));
    const found = world
      .trace(all, message('all', ''))
      .queues.map(({ queue, outcome }) => [queue.name, outcome] as const);
    assert.deepEqual(Object.fromEntries(found), { open: 'taken', full: 'refused', 'passing on': 'dead-lettered' });
    for (const { counters, readyCount } of world.vhost.queues.values()) {
      assert.deepEqual([counters.publish, readyCount], [0, 0]);
    }
  });

  test('does not show blind copies to those who look at headers', () => {
    const world = new World();
    const headers = world.exchange('headers', 'headers');
    world.bind(headers, world.queue('q'), '', fieldTable({ 'x-match': 'any', BCC: null }));
    const trace = world.trace(headers, message('headers', 'k', { BCC: ['more'] }));
    assert.deepEqual([trace.routingKeys, queueNames(trace)], [['k', 'more'], []]);
  });
});
