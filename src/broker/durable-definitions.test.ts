import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../extent.test.helper.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../protocol/field-table.ts';
import { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { DataDirectoryError } from '../storage/disk/data-directory-error.ts';
import { DiskRetries } from '../storage/disk/disk-retries.ts';
import { GroupCommit } from '../storage/disk/group-commit.ts';
import { SimulatedDisk } from '../storage/disk/simulated-disk.test.helper.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import { DurableDefinitions } from './durable-definitions.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';
import { restoreDefinitions } from './restore-definitions.ts';
import { VirtualHost } from './vhost.ts';

const DIRECTORY = '/data';
const ARGUMENTS = fieldTable({ 'x-match': 'any', 'x-max-length': 5, nested: { list: [1.5, null] } });

/** A virtual host that notes what is durable on a simulated disk, from where it can be started again. */
class World {
  readonly disk = new SimulatedDisk();
  readonly commit = new GroupCommit();
  readonly retries = new DiskRetries();
  readonly user = {};
  log: DefinitionsLog;
  vhost: VirtualHost;

  constructor() {
    this.disk.makeDirectory(DIRECTORY);
    [this.log, this.vhost] = this.start();
  }

  /** As after kill -9. */
  restart(): void {
    [this.log, this.vhost] = this.start();
  }

  private start(): [DefinitionsLog, VirtualHost] {
    const log = DefinitionsLog.open(this.disk, DIRECTORY, this.commit);
    const vhost = new VirtualHost('/', new MemoryStore(new Arena()));
    restoreDefinitions(log, new Map([['/', vhost]]));
    vhost.journal = new DurableDefinitions(log, this.retries);
    return [log, vhost];
  }

  exchange(name: string, durable = true, autoDelete = false, args: FieldTable = EMPTY_TABLE): Exchange {
    const properties = { type: 'headers', durable, autoDelete, internal: false, arguments: args };
    return this.vhost.declareExchange(name, properties);
  }

  queue(name: string, durable = true, exclusive = false, args: FieldTable = EMPTY_TABLE): Queue {
    return this.vhost.declareQueue(name, { durable, exclusive, autoDelete: false, arguments: args }, this.user);
  }

  bind(source: Exchange, destination: Exchange | Queue, args: FieldTable = EMPTY_TABLE, routingKey = 'k'): void {
    this.vhost.bind(source, destination, routingKey, args);
  }

  /** All that there is but the predeclared, as texts that can be compared. */
  get content(): string[] {
    const { exchanges, queues } = this.vhost;
    const own = [...exchanges.values()].filter(({ name }) => name !== '' && !name.startsWith('amq.'));
    const bindings = [...exchanges.values()].flatMap((exchange) => [...exchange.bindings]);
    return [
      ...own.map(({ name, properties }) => `exchange ${name} ${show(properties)}`),
      ...[...queues.values()].map(
        ({ name, properties, durableId }) => `queue ${name} ${durableId} ${show(properties)}`,
      ),
      ...bindings.map(
        ({ source, destination, routingKey, arguments: args }) =>
          `binding ${source.name} ${destination.kind} ${destination.name} ${routingKey} ${show(args)}`,
      ),
    ].sort();
  }
}

function show(value: object): string {
  return JSON.stringify(value, (_, part: unknown) => (part instanceof Map ? [...part] : part));
}

test('exactly what is durable is there again', () => {
  const world = new World();
  const kept = world.exchange('kept', true, false, fieldTable({ 'alternate-exchange': 'amq.fanout' }));
  const keptQueue = world.queue('kept', true, false, ARGUMENTS);
  world.bind(kept, keptQueue, ARGUMENTS);
  world.bind(kept, keptQueue, fieldTable({ 'x-match': 'all' }));
  world.bind(world.vhost.exchange('amq.topic'), kept, EMPTY_TABLE, 'a.#');
  const expected = world.content;

  const transient = world.exchange('transient', false);
  const transientQueue = world.queue('transient', false);
  const exclusive = world.queue('exclusive', true, true);
  world.bind(transient, keptQueue);
  world.bind(kept, transientQueue);
  world.bind(kept, exclusive);
  world.bind(kept, transient);
  world.restart();
  assert.deepEqual(world.content, expected);
  world.restart();
  assert.deepEqual(world.content, expected);
});

test('what was removed stays so, with its bindings and the auto-delete exchanges that went with them', () => {
  const world = new World();
  const first = world.exchange('first', true, true);
  const second = world.exchange('second', true, true);
  const third = world.exchange('third');
  const queue = world.queue('q');
  world.bind(first, second);
  world.bind(second, queue);
  world.bind(third, queue);
  world.bind(third, queue, ARGUMENTS);
  world.vhost.unbind(third, queue, 'k', ARGUMENTS);
  world.vhost.deleteQueue(queue);
  assert.deepEqual(
    [...world.content].map((text) => text.split(' ')[1]),
    ['third'],
  );
  const expected = world.content;
  world.restart();
  assert.deepEqual(world.content, expected);
  world.vhost.deleteExchange('third', false);
  world.restart();
  assert.deepEqual(world.content, []);
});

test('a removal that a full disk did not take is noted when there is room, though nothing else changes', () => {
  const world = new World();
  const queue = world.queue('q');
  world.disk.faults.plan({ on: 'write', code: 'ENOSPC' });
  world.vhost.deleteQueue(queue); // since it has expired, say: nobody waits for an answer
  world.retries.run();
  world.disk.faults.clear();
  world.retries.run();
  world.restart();
  assert.deepEqual(world.content, []);
});

test('a durable queue has a number that no other ever gets', () => {
  const world = new World();
  const seen = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const queue = world.queue('q');
    seen.add(queue.durableId);
    world.vhost.deleteQueue(queue);
    if (round % 2 === 1) world.restart();
  }
  assert.equal(seen.size, 5);
  assert.ok(!seen.has(0));
  assert.equal(world.queue('transient', false).durableId, 0);
  assert.equal(world.queue('exclusive', true, true).durableId, 0);
  const { durableId } = world.queue('kept');
  world.restart();
  assert.equal(world.vhost.queues.get('kept')?.durableId, durableId);
});

test('a durable queue is refused when all numbers are used up, and says why', () => {
  const world = new World();
  world.log.put('counter', ['queues'], 2 ** 31 - 1);
  world.restart();
  assert.equal(world.queue('last').durableId, 2 ** 31 - 1);
  const expected = {
    reply: 'RESOURCE_ERROR',
    message: 'all numbers for durable queues are used up: start with a new data directory',
  };
  assert.throws(() => world.queue('one more'), expected);
  assert.equal(world.vhost.queues.has('one more'), false);
  assert.equal(world.queue('transient', false).durableId, 0);
});

test('random histories survive random crashes', () => {
  const step = fc.record({
    action: fc.constantFrom('exchange', 'queue', 'bind', 'unbind', 'deleteExchange', 'deleteQueue', 'restart'),
    one: fc.constantFrom('a', 'b', 'c'),
    other: fc.constantFrom('a', 'b', 'c'),
    flag: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
      const world = new World();
      for (const { action, one, other, flag } of steps) {
        const source = world.vhost.exchanges.get(one);
        const destination = flag ? world.vhost.exchanges.get(other) : world.vhost.queues.get(other);
        if (action === 'exchange' && source === undefined) world.exchange(one, true, flag);
        if (action === 'queue') world.queue(one);
        if (source !== undefined && destination !== undefined) {
          if (action === 'bind') world.bind(source, destination);
          if (action === 'unbind') world.vhost.unbind(source, destination, 'k', EMPTY_TABLE);
        }
        if (action === 'deleteExchange') world.vhost.deleteExchange(one, false);
        if (action === 'deleteQueue' && world.vhost.queues.has(one)) world.vhost.deleteQueue(world.queue(one));
        if (action !== 'restart') continue;
        const expected = world.content;
        world.restart();
        assert.deepEqual(world.content, expected);
      }
    }),
    { numRuns: extent({ usual: 40, soak: 1000 }) },
  );
});

describe('where the disk fails', () => {
  test('nothing comes into being that would not survive', () => {
    for (const [code, reply] of [
      ['ENOSPC', 'RESOURCE_ERROR'],
      ['EIO', 'INTERNAL_ERROR'],
    ] as const) {
      for (const doneShare of [0, 0.5, 1]) {
        const world = new World();
        const exchange = world.exchange('e');
        const queue = world.queue('q');
        const expected = world.content;
        world.disk.faults.plan({ on: 'write', code, doneShare });
        const refused = (error: unknown) => error instanceof AmqpError && error.reply === reply;
        assert.throws(() => world.exchange('e2'), refused);
        assert.throws(() => world.queue('q2'), refused);
        assert.throws(() => world.bind(exchange, queue), refused);
        assert.deepEqual(world.content, expected);
        world.disk.faults.clear();
        world.queue('after');
        const afterwards = world.content;
        world.restart();
        assert.deepEqual(world.content, afterwards);
      }
    }
  });

  test('a removal is owed, and noted before whatever comes next', () => {
    const world = new World();
    const queue = world.queue('q');
    world.bind(world.exchange('e', true, true), queue);
    world.disk.faults.plan({ on: 'write', code: 'ENOSPC' });
    world.vhost.deleteQueue(queue);
    assert.throws(() => world.vhost.journal.requireNoted(), AmqpError);
    assert.deepEqual(world.content, []);
    world.disk.faults.clear();
    world.queue('q');
    world.vhost.journal.requireNoted();
    const expected = world.content;
    world.restart();
    assert.deepEqual(world.content, expected);
  });
});

test('what this version knows nothing of is refused, not dropped', () => {
  const world = new World();
  const value = {
    name: 'e',
    vhost: '/',
    type: 'x-new',
    durable: true,
    auto_delete: false,
    internal: false,
    arguments: [],
  };
  world.log.put('exchange', ['/', 'e'], value);
  assert.throws(
    () => world.restart(),
    (error) => {
      assert.ok(error instanceof DataDirectoryError);
      assert.match(
        error.message,
        /definitions\.log defines what this version cannot restore \(unknown exchange type 'x-new'\);/,
      );
      return true;
    },
  );
});
