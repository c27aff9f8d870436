import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { consumerOptions, FakeOutlet } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';
import { ReadRetries } from './read-retries.ts';

/** A store on a disk that fails as long as it is told to. */
class FailingStore extends MemoryStore {
  isFailing = false;

  private check(): void {
    if (this.isFailing) throw new UnreadableMessageError(new Error('too many open files'));
  }

  override readHeader(...args: Parameters<MemoryStore['readHeader']>): void {
    this.check();
    super.readHeader(...args);
  }

  override bodySize(slot: number): number {
    this.check();
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

  consume(): void {
    this.queue.subscribe(this.outlet, consumerOptions('c', { prefetchCount: 1 }));
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
