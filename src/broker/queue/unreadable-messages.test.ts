import assert from 'node:assert/strict';
import { test } from 'node:test';
import { violationsIn } from '../../observe/invariants.test.helper.ts';
import { fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import type { Message } from '../../protocol/message.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { DamagedMessageError } from '../../storage/message/damaged-message.ts';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import type { ConsumerOptions } from '../consumer.ts';
import { consumerOptions, FakeOutlet } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';
import { ReadRetries } from './read-retries.ts';

/** A store on a disk that fails as long as it is told to. */
class FailingStore extends MemoryStore {
  isFailing = false;
  readonly damagedSlots = new Set<number>();
  isDefective = false;

  private check(slot: number): void {
    if (this.isFailing) throw new UnreadableMessageError(new Error('too many open files'));
    if (this.damagedSlots.has(slot)) throw new DamagedMessageError('changed on disk');
    if (this.isDefective) throw new TypeError('undefined is not a function');
  }

  override readHeader(slot: number, into: Message): void {
    this.check(slot);
    super.readHeader(slot, into);
  }

  override bodySize(slot: number): number {
    this.check(slot);
    return super.bodySize(slot);
  }
}

/** A queue with a consumer that takes one message after the other. */
class World {
  readonly clock = new TestClock();
  readonly store = new FailingStore(new Arena(), undefined, this.clock);
  readonly outlet = new FakeOutlet();
  readonly told: string[] = [];
  readonly queue: Queue;

  constructor(args: Record<string, PlainValue> = {}) {
    const properties = { durable: false, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
    const tell = (queue: string, error: Error) => this.told.push(`${queue}: ${error.message}`);
    const environment = { ...environmentOf(this.store, this.clock), readRetries: new ReadRetries(this.clock, tell) };
    this.queue = new Queue('q', '/', properties, undefined, environment);
  }

  publish(...bodies: readonly string[]): void {
    for (const body of bodies) publishTo(this.queue, incomingMessage({ body }));
  }

  /** The first so many messages do not come back from the disk as they were. */
  damageFirst(count: number): void {
    for (const { slot } of this.queue.listReady(-1, count)) this.store.damagedSlots.add(slot);
  }

  consume(options: Partial<ConsumerOptions> = { prefetchCount: 1 }): void {
    this.queue.subscribe(this.outlet, consumerOptions('c', options));
    this.queue.pump();
  }
}

test('whoever makes room for a message that cannot be read does not suffer for it, and it comes when it can be', () => {
  const world = new World();
  const { clock, store, outlet, queue } = world;
  world.publish('a', 'b', 'c');
  world.consume();
  store.isFailing = true;
  outlet.acknowledge();
  world.publish('d');
  assert.deepEqual(outlet.take(), ['a']);
  clock.advance(2500);
  assert.deepEqual(world.told, Array(3).fill('q: a message cannot be read: too many open files'));
  assert.deepEqual([queue.readyCount, queue.unackedCount, queue.counters.deliver], [3, 0, 1]);
  store.isFailing = false;
  clock.advance(1000);
  assert.deepEqual([outlet.take(), queue.readyOctets], [['b'], 2]);
  outlet.requeue();
  assert.deepEqual(
    outlet.deliveries.map(({ body, redelivered }) => `${body} ${redelivered}`),
    ['b true'],
  );
});

test('a damaged message is dropped, and the others come', () => {
  const world = new World();
  const { store, outlet, queue } = world;
  world.publish('a', 'b', 'c', 'd');
  world.damageFirst(2);
  world.consume();
  assert.deepEqual(outlet.take(), ['c']);
  outlet.acknowledge();
  assert.deepEqual([outlet.take(), queue.readyCount, world.told], [['d'], 0, []]);
  outlet.acknowledge();
  assert.deepEqual([store.messageCount, queue.readyOctets], [0, 0]);
});

test('so are very many, while others have their turn in between', () => {
  const world = new World();
  const { clock, outlet, queue } = world;
  world.publish(...Array<string>(1000).fill('damaged'), 'last');
  world.damageFirst(1000);
  world.consume({ noAck: true });
  assert.deepEqual(outlet.take(), []);
  assert.ok(queue.readyCount > 900);
  for (let i = 0; i < 20; i++) clock.advance(0);
  assert.deepEqual([outlet.take(), queue.readyCount], [['last'], 0]);
});

test('whoever asks for the first message gets the first that is not damaged', () => {
  const world = new World();
  const { store, queue } = world;
  world.publish('a', 'b');
  world.damageFirst(1);
  assert.equal(bodyOf(queue.view(queue.get()!.slot)).toString(), 'b');
  assert.equal(store.messageCount, 1);
});

test('a damaged message that was delayed is dropped when its time has come', () => {
  const world = new World();
  const { clock, store, queue } = world;
  const message = incomingMessage({ body: 'late', properties: { headers: fieldTable({ 'x-delay': 100 }) } });
  message.isDelayed = true;
  queue.publish(message);
  store.damagedSlots.add(message.slot);
  store.endPublish(message);
  clock.advance(100);
  assert.deepEqual([queue.delayedCount, queue.readyCount, store.messageCount], [0, 0, 0]);
});

test('a message that does not come out of its delay in time comes later', () => {
  const world = new World();
  const { clock, store, outlet } = world;
  world.consume();
  const message = incomingMessage({ body: 'late', properties: { headers: fieldTable({ 'x-delay': 100 }) } });
  message.isDelayed = true;
  publishTo(world.queue, message);
  store.isFailing = true;
  clock.advance(100);
  assert.deepEqual([outlet.take(), world.queue.delayedCount], [[], 1]);
  store.isFailing = false;
  clock.advance(1000);
  assert.deepEqual(outlet.take(), ['late']);
});

test('a publisher whose message drops another that cannot be read is not told of that', () => {
  const world = new World({ 'x-max-length': 2, 'x-message-ttl': 60_000 });
  const { clock, store, queue } = world;
  world.publish('a', 'b');
  store.isFailing = true;
  world.publish('c');
  store.isFailing = false;
  clock.advance(1000);
  assert.equal(queue.readyCount, 2);
  queue.purge();
  assert.deepEqual([queue.readyOctets, store.messageCount], [0, 0]);
});

test('a defect is not taken for a disk that fails: it is reported, or answered', () => {
  const world = new World({ 'x-max-length': 2 });
  const { clock, store, queue } = world;
  world.publish('a', 'b');
  store.isDefective = true;
  const violations = violationsIn(() => world.publish('c'));
  assert.deepEqual(violations, ['the first message of q: TypeError: undefined is not a function']);
  assert.throws(() => queue.takeFirst(), TypeError);
  assert.throws(() => queue.get(), TypeError);
  store.isDefective = false;
  clock.advance(5000);
  world.publish('d');
  assert.equal(queue.readyCount, 2);
});
