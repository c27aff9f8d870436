import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AmqpError } from '../protocol/amqp-error.ts';
import { fieldTable, type PlainValue } from '../protocol/field-table.ts';
import { incomingMessage } from '../protocol/message.test.helper.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import { TestClock } from '../time/clock.test.helper.ts';
import { publishTo } from './queue/publish.test.helper.ts';
import type { Queue } from './queue/queue.ts';
import { durableIdsOf } from './routing/router.ts';
import { VirtualHost } from './vhost.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false };
const TTL_MS = 10;
const ARENA = new Arena();

/** Queues of which each sends its dead letters to the one that is named, or nowhere. */
class Chain {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(ARENA, undefined, this.clock);
  readonly vhost = new VirtualHost('/', this.store, undefined, this.clock);

  declare(name: string, next: string | undefined, args: { readonly [name: string]: PlainValue }): Queue {
    const routes = next === undefined ? {} : { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': next };
    return this.vhost.declareQueue(name, { ...PROPERTIES, arguments: fieldTable({ ...routes, ...args }) }, this);
  }

  publish(queue: string, body = 'm'): void {
    this.vhost.publisher.publish(incomingMessage({ routingKey: queue, body }), () => undefined);
  }

  readyIn(name: string): number {
    return this.vhost.queues.get(name)!.readyCount;
  }
}

/** Where a message ends that only expires: in a queue that leads nowhere, or nowhere, if it would go round. */
function endOf(nexts: readonly (number | undefined)[], start: number): number | undefined {
  const seen = new Set<number>();
  for (let at = start; ; ) {
    const next = nexts[at];
    if (next === undefined) return at;
    seen.add(at);
    if (seen.has(next)) return undefined;
    at = next;
  }
}

test('whatever the queues lead to, a message that expires ends where the way ends, or is gone where it goes round', () => {
  const wiring = fc.integer({ min: 1, max: 8 }).chain((count) =>
    fc.record({
      nexts: fc.array(fc.option(fc.nat(count - 1), { nil: undefined }), { minLength: count, maxLength: count }),
      starts: fc.array(fc.nat(count - 1), { maxLength: 12 }),
    }),
  );
  fc.assert(
    fc.property(wiring, ({ nexts, starts }) => {
      const chain = new Chain();
      const name = (index: number) => `q${index}`;
      for (const [i, next] of nexts.entries()) {
        const args = next === undefined ? {} : { 'x-message-ttl': TTL_MS };
        chain.declare(name(i), next === undefined ? undefined : name(next), args);
      }
      for (const start of starts) chain.publish(name(start));
      chain.clock.advance(TTL_MS * (nexts.length + 1));
      const ends = starts.map((start) => endOf(nexts, start)).filter((end) => end !== undefined);
      for (const [i] of nexts.entries()) {
        assert.equal(chain.readyIn(name(i)), ends.filter((end) => end === i).length, name(i));
      }
      assert.equal(chain.store.messageCount, ends.length);
    }),
  );
});

test('a chain of full queues may have any length', () => {
  const chain = new Chain();
  const length = 500;
  for (let i = 0; i < length; i++) chain.declare(`q${i}`, `q${i + 1}`, { 'x-max-length': 0 });
  chain.declare(`q${length}`, undefined, {});
  chain.publish('q0');
  chain.clock.advance(0);
  assert.deepEqual([chain.readyIn(`q${length}`), chain.store.messageCount], [1, 1]);
});

test('a ring of full queues drops what goes round', () => {
  const chain = new Chain();
  for (let i = 0; i < 5; i++) chain.declare(`q${i}`, `q${(i + 1) % 5}`, { 'x-max-length': 0 });
  const cycles: unknown[] = [];
  chain.vhost.events.subscribe(({ name, facts }) => {
    if (name === 'queue.dead_letter_cycle') cycles.push(facts);
  });
  for (let i = 0; i < 3; i++) chain.publish('q0');
  chain.clock.advance(0);
  assert.equal(chain.store.messageCount, 0);
  assert.deepEqual(cycles, [{ name: 'q4', vhost: '/', target: 'q0' }]);
});

test('what expires at once does so in goes, none of which takes long', () => {
  const chain = new Chain();
  const count = 20_000;
  const source = chain.declare('source', 'dead', { 'x-message-ttl': TTL_MS });
  chain.declare('dead', undefined, {});
  for (let i = 0; i < count; i++) publishTo(source, incomingMessage({ routingKey: 'source' }));
  const { soon } = chain.clock;
  let goes = 0;
  chain.clock.soon = (callback) => {
    goes++;
    soon.call(chain.clock, callback);
  };
  chain.clock.advance(TTL_MS);
  assert.deepEqual([source.readyCount, chain.readyIn('dead'), chain.store.messageCount], [0, count, count]);
  assert.ok(goes > count / 4096, `${goes} goes`);
});

test('a dead letter that cannot be published stays, and is published when it can be', () => {
  const chain = new Chain();
  const source = chain.declare('source', 'dead', { 'x-message-ttl': 0 });
  chain.declare('dead', undefined, {});
  const { publisher } = chain.vhost;
  const publish = publisher.publish.bind(publisher);
  publisher.publish = () => {
    throw new AmqpError('RESOURCE_ERROR', 'the disk is full');
  };
  for (let i = 0; i < 3; i++) publishTo(source, incomingMessage({ routingKey: 'source' }));
  chain.clock.advance(5000);
  assert.deepEqual([source.readyCount, chain.store.messageCount], [0, 3]);
  publisher.publish = publish;
  chain.clock.advance(1000);
  assert.deepEqual([chain.readyIn('dead'), chain.store.messageCount], [3, 3]);
});

test('a limit that is lowered drops what is too much, soon', () => {
  const chain = new Chain();
  const source = chain.declare('source', 'dead', { 'x-max-length': 10 });
  chain.declare('dead', undefined, {});
  for (let i = 0; i < 10; i++) publishTo(source, incomingMessage({ routingKey: 'source', body: '12345' }));
  source.configure({ ...source.settings, maxLength: undefined, maxLengthOctets: 15 });
  chain.clock.advance(0);
  assert.deepEqual([source.readyCount, chain.readyIn('dead')], [3, 7]);
});

test('a queue expires when it was not used for its time, whatever is published to it', () => {
  const chain = new Chain();
  const queue = chain.declare('q', undefined, { 'x-expires': 100 });
  chain.clock.advance(99);
  queue.used();
  publishTo(queue, incomingMessage());
  chain.clock.advance(99);
  assert.equal(queue.isDeleted, false);
  chain.clock.advance(1);
  assert.deepEqual([queue.isDeleted, chain.vhost.queues.size, chain.store.messageCount], [true, 0, 0]);
});

test('a dropped message leaves nothing behind for the other queues that it goes to', () => {
  const chain = new Chain();
  const queues = [0, 5, 0, 5].map((limit, i) => chain.declare(`q${i}`, undefined, { 'x-max-length': limit }));
  chain.vhost.publisher.publishTo(queues, durableIdsOf(queues), incomingMessage({ body: 'm' }), () => undefined);
  assert.deepEqual(
    queues.map(({ readyCount }) => readyCount),
    [0, 1, 0, 1],
  );
  for (const queue of queues) queue.purge();
  assert.equal(chain.store.messageCount, 0);
});
