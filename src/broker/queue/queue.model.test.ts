import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { EMPTY_TABLE, fieldTable } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import { Message } from '../../protocol/message.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import type { Consumer } from '../consumer.ts';
import { consumerOptions, FakeOutlet } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false };

/** A channel that knows whose turn it should be. */
class WatchedOutlet extends FakeOutlet {
  private readonly onDelivery: (consumer: Consumer) => void;

  constructor(onDelivery: (consumer: Consumer) => void) {
    super();
    this.onDelivery = onDelivery;
  }

  override deliver(...args: Parameters<FakeOutlet['deliver']>): void {
    this.onDelivery(args[0]);
    super.deliver(...args);
  }
}

/** More than a world has messages. */
const MANY = 1000;

/** What a queue is declared with. */
interface Variant {
  readonly isSingleActive: boolean;
  /** Undefined: the queue has no priorities. */
  readonly maxPriority?: number;
}

/**
 * A queue with some consumers, and what is known of its messages: the numbers in their bodies, which tell the order of
 * delivery too, and which of them are ready, by number.
 */
class World {
  readonly store = new MemoryStore(ARENA);
  private readonly clock = new TestClock();
  readonly queue: Queue;
  readonly ready = new Set<number>();
  readonly unacked = new Set<number>();
  readonly delivered = new Set<number>();
  /** In order of arrival. */
  readonly subscriptions: { outlet: FakeOutlet; consumer: Consumer }[] = [];
  private readonly formerOutlets: FakeOutlet[] = [];
  private published = 0;
  private readonly isSingleActive: boolean;
  /** Where there can be but one. */
  private active: Consumer | undefined;

  private readonly maxPriority: number;

  constructor({ isSingleActive, maxPriority }: Variant) {
    this.isSingleActive = isSingleActive;
    this.maxPriority = maxPriority ?? 0;
    const args = fieldTable({
      ...(isSingleActive ? { 'x-single-active-consumer': true } : {}),
      ...(maxPriority === undefined ? {} : { 'x-max-priority': maxPriority }),
    });
    this.queue = new Queue(
      'q',
      '/',
      { ...PROPERTIES, arguments: args },
      undefined,
      environmentOf(this.store, this.clock),
    );
  }

  publish(number: number, hasPriority: boolean): void {
    const { maxPriority } = this;
    const priority = number % Math.min(maxPriority + 2, 256);
    const level = maxPriority - (hasPriority ? Math.min(priority, maxPriority) : 0);
    const body = level * MANY + this.published++;
    this.ready.add(body);
    const properties = hasPriority ? { contentType: 'x', headers: EMPTY_TABLE, priority } : {};
    publishTo(this.queue, incomingMessage({ body: String(body), properties }));
  }

  subscribe(number: number, noAck: boolean): void {
    const prefetchCount = number % 4;
    const priority = (number >> 2) % 3;
    const outlet = new WatchedOutlet((receiver) => this.expectTurnOf(receiver));
    const consumer = this.queue.subscribe(outlet, consumerOptions('c', { prefetchCount, priority, noAck }));
    this.subscriptions.push({ outlet, consumer });
    this.active ??= consumer;
  }

  unsubscribe(at: number): void {
    if (this.subscriptions.length === 0) return;
    const [gone] = this.subscriptions.splice(at % this.subscriptions.length, 1);
    this.queue.unsubscribe(gone!.consumer);
    this.formerOutlets.push(gone!.outlet);
    if (gone!.consumer === this.active) {
      const byPriority = this.subscriptions.toSorted((a, b) => b.consumer.priority - a.consumer.priority);
      this.active = byPriority[0]?.consumer;
    }
  }

  get(): void {
    const taken = this.queue.get();
    const first = this.firstReady();
    assert.equal(taken === undefined, first === undefined);
    if (taken === undefined || first === undefined) return;
    this.store.read(taken.slot, VIEW);
    assert.equal(Number(bodyOf(VIEW)), first);
    assert.equal(taken.redelivered, this.delivered.has(first));
    this.ready.delete(first);
    this.queue.settle(taken.slot, taken.bodySize);
  }

  settle(at: number, isRequeue: boolean): void {
    const outlets = [...this.subscriptions.map(({ outlet }) => outlet), ...this.formerOutlets];
    const waiting = outlets.filter(({ unacked }) => unacked.length > 0);
    const outlet = waiting[at % waiting.length];
    if (outlet === undefined) return;
    const index = at % outlet.unacked.length;
    const number = Number(outlet.unacked[index]!.body);
    this.unacked.delete(number);
    if (isRequeue) this.ready.add(number);
    if (isRequeue) outlet.requeue(index);
    else outlet.acknowledge(index);
  }

  open(at: number, isOpen: boolean): void {
    if (this.subscriptions.length === 0) return;
    const { outlet, consumer } = this.subscriptions[at % this.subscriptions.length]!;
    outlet.isOpen = isOpen;
    if (isOpen) consumer.resume();
  }

  purge(): void {
    assert.equal(this.queue.purge().count, this.ready.size);
    this.ready.clear();
  }

  private firstReady(): number | undefined {
    return this.ready.size === 0 ? undefined : Math.min(...this.ready);
  }

  private isActive(consumer: Consumer): boolean {
    return !this.isSingleActive || consumer === this.active;
  }

  private expectTurnOf(receiver: Consumer): void {
    assert.ok(this.isActive(receiver), 'a delivery to a consumer that is not the active one');
    for (const { consumer } of this.subscriptions) {
      if (!this.isActive(consumer) || consumer.priority <= receiver.priority) continue;
      assert.ok(!consumer.canAccept(), 'a delivery although a consumer of higher priority could have had it');
    }
  }

  /** Takes over what was delivered meanwhile: always the first of what was ready. */
  private noteDeliveries(): void {
    const deliveries = this.subscriptions.flatMap(({ outlet, consumer }) =>
      outlet.deliveries.splice(0).map((delivery) => ({ ...delivery, noAck: consumer.noAck })),
    );
    deliveries.sort((a, b) => Number(a.body) - Number(b.body));
    for (const { body, redelivered, noAck } of deliveries) {
      const number = Number(body);
      assert.equal(number, this.firstReady());
      assert.equal(redelivered, this.delivered.has(number));
      this.ready.delete(number);
      this.delivered.add(number);
      if (!noAck) this.unacked.add(number);
    }
  }

  /** Nobody pumps the queue: what can be delivered is, when control returns to the event loop. */
  check(): void {
    this.clock.advance(0);
    assert.ok(!this.queue.isStalled && !this.queue.isDue);
    this.noteDeliveries();
    const { queue, store } = this;
    assert.deepEqual([queue.readyCount, queue.unackedCount], [this.ready.size, this.unacked.size]);
    assert.deepEqual([queue.readyOctets, queue.unackedOctets], [octetsOf(this.ready), octetsOf(this.unacked)]);
    assert.equal(store.messageCount, this.ready.size + this.unacked.size);
    for (const { consumer } of this.subscriptions) {
      if (consumer.prefetchCount > 0) assert.ok(consumer.unackedCount <= consumer.prefetchCount);
      assert.equal(queue.consumers.isActive(consumer), this.isActive(consumer));
      if (!this.isActive(consumer)) continue;
      assert.ok(queue.readyCount === 0 || !consumer.canAccept(), 'a message waits for a consumer that waits for it');
    }
  }
}

/** Of their bodies, which are their numbers. */
function octetsOf(messages: ReadonlySet<number>): number {
  return [...messages].join('').length;
}

const ARENA = new Arena();
ARENA.take(ARENA.octets.length);
const VIEW = new Message();

const ACTIONS = ['publish', 'subscribe', 'get', 'settle', 'purge', 'open', 'unsubscribe'] as const;
const WEIGHTS = { publish: 6, subscribe: 2, get: 2, settle: 6, purge: 1, open: 3, unsubscribe: 1 } as const;
const action = fc.oneof(...ACTIONS.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.constant(name) })));

const variants: readonly (readonly [name: string, variant: fc.Arbitrary<Variant>])[] = [
  ['consumers of different priorities', fc.constant({ isSingleActive: false })],
  ['a single active consumer', fc.constant({ isSingleActive: true })],
  [
    'messages of different priorities',
    fc.record({ isSingleActive: fc.constant(false), maxPriority: fc.constantFrom(0, 1, 9, 31, 32, 255) }),
  ],
];

for (const [name, variant] of variants) {
  test(`with ${name}, messages leave in order, none is lost and none waits for nothing`, () => {
    const steps = fc.array(fc.tuple(action, fc.nat(), fc.boolean()), { maxLength: 80, size: 'max' });
    fc.assert(
      fc.property(variant, steps, (declared, list) => {
        const world = new World(declared);
        for (const [action, number, flag] of list) {
          world[action](number, flag);
          world.check();
        }
      }),
      { numRuns: extent({ usual: 200, soak: 10_000 }) },
    );
  });
}
