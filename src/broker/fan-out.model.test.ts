import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../extent.test.helper.ts';
import { fieldTable, type PlainValue } from '../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../protocol/message.test.helper.ts';
import { Message } from '../protocol/message.ts';
import { MemoryStore } from '../storage/memory/memory-store.ts';
import { Arena } from '../storage/message/arena.ts';
import { TestClock } from '../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet } from './queue/consumer.test.helper.ts';
import type { Queue } from './queue/queue.ts';
import { VirtualHost } from './vhost.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false };
const ARENA = new Arena();
const DELAY_MS = 10;

/** How a queue of the fan-out treats what comes, and whether a consumer without acknowledgements takes it at once. */
interface Kind {
  readonly args: { readonly [name: string]: PlainValue };
  readonly isConsumed: boolean;
}

const arguments_: Kind['args'][] = [
  {},
  { 'x-message-deduplication': true },
  { 'x-max-length': 0 },
  { 'x-max-length': 0, 'x-overflow': 'reject-publish' },
  { 'x-max-length': 0, 'x-overflow': 'reject-publish-dlx', 'x-dead-letter-exchange': 'letters' },
  { 'x-max-length': 0, 'x-dead-letter-exchange': 'letters' },
  { 'x-max-length': 2 },
  { 'x-max-length': 1, 'x-message-deduplication': true },
  { 'x-message-ttl': 0 },
  { 'x-message-ttl': 0, 'x-message-deduplication': true },
  { 'x-max-priority': 3 },
];
const kind: fc.Arbitrary<Kind> = fc.record({ args: fc.constantFrom(...arguments_), isConsumed: fc.boolean() });

interface Publish {
  readonly isDelayed: boolean;
  readonly exchange: 'fan' | 'history';
  /** So many messages of another virtual host come at once after it, and as many go. */
  readonly strangers: number;
}

const publish: fc.Arbitrary<Publish> = fc.record({
  isDelayed: fc.boolean(),
  exchange: fc.constantFrom('fan', 'history'),
  strangers: fc.nat(3),
});

class World {
  readonly clock = new TestClock();
  readonly store = new MemoryStore(ARENA, undefined, this.clock);
  private readonly vhost = new VirtualHost('/', this.store, undefined, this.clock);
  private readonly other = new VirtualHost('other', this.store, undefined, this.clock);
  private readonly stranger = this.other.declareQueue('q', { ...PROPERTIES, arguments: fieldTable({}) }, this);
  readonly queues: Queue[] = [];
  private readonly outlets: FakeOutlet[] = [];
  private readonly view = new Message();

  constructor(kinds: readonly Kind[]) {
    const { vhost } = this;
    const exchange = (name: string, type: string) =>
      vhost.declareExchange(name, { ...PROPERTIES, type, internal: false, arguments: fieldTable({}) });
    const fans = [exchange('fan', 'fanout'), exchange('history', 'x-recent-history')];
    const letters = exchange('letters', 'fanout');
    for (const [i, { args, isConsumed }] of kinds.entries()) {
      const queue = vhost.declareQueue(`q${i}`, { ...PROPERTIES, arguments: fieldTable(args) }, this);
      for (const fan of fans) vhost.bind(fan, queue, '', fieldTable({}));
      this.queues.push(queue);
      if (isConsumed) this.consume(queue);
    }
    const dead = vhost.declareQueue('dead', { ...PROPERTIES, arguments: fieldTable({}) }, this);
    vhost.bind(letters, dead, '', fieldTable({}));
    this.queues.push(dead);
  }

  private consume(queue: Queue): void {
    const outlet = new FakeOutlet();
    queue.subscribe(outlet, consumerOptions('c', { noAck: true }));
    this.outlets.push(outlet);
  }

  publish(id: number, { isDelayed, exchange, strangers }: Publish): void {
    const headers = fieldTable({
      'x-deduplication-header': `${id % 3}`,
      ...(isDelayed ? { 'x-delay': DELAY_MS } : {}),
    });
    const message = incomingMessage({ exchange, body: `public ${id}`, properties: { headers } });
    this.vhost.publisher.publish(message, () => undefined);
    for (let i = 0; i < strangers; i++) {
      this.other.publisher.publish(incomingMessage({ routingKey: 'q', body: 'secret' }), () => undefined);
    }
    if (strangers > 1) this.stranger.purge();
  }

  /** All that consumers were given, and queues have. */
  bodies(): string[] {
    const had = this.outlets.flatMap((outlet) => outlet.deliveries.map(({ body }) => body));
    const ready = this.queues.flatMap((queue) => queue.listReady(-1, Number.POSITIVE_INFINITY));
    return [...had, ...ready.map(({ slot }) => this.bodyIn(slot))];
  }

  private bodyIn(slot: number): string {
    this.store.read(slot, this.view);
    return bodyOf(this.view).toString();
  }

  empty(): void {
    for (const queue of [...this.queues, this.stranger]) queue.purge();
    for (const name of ['fan', 'history']) this.vhost.deleteExchange(name, false);
  }
}

test('whatever queues a message goes to, each has that message, and nothing is left of it when they are empty', () => {
  const kinds = fc.array(kind, { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(kinds, fc.array(publish, { minLength: 1, maxLength: 6 }), (queues, publishes) => {
      const world = new World(queues);
      for (const [id, each] of publishes.entries()) world.publish(id, each);
      world.clock.advance(DELAY_MS);
      world.clock.advance(DELAY_MS);
      for (const body of world.bodies()) assert.match(body, /^public \d$/);
      for (const [i, { args, isConsumed }] of queues.entries()) {
        if (Object.keys(args).length > 0 || isConsumed) continue;
        assert.equal(world.queues[i]!.readyCount, publishes.length);
      }
      world.empty();
      world.clock.advance(0);
      assert.equal(world.store.messageCount, 0);
    }),
    { numRuns: extent({ usual: 150, soak: 5000 }) },
  );
});
