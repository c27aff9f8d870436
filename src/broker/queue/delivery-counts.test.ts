import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '../../protocol/field-table.ts';
import { bodyOf, incomingMessage } from '../../protocol/message.test.helper.ts';
import type { Message } from '../../protocol/message.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { settleFirst } from './consumer.test.helper.ts';
import { publishTo } from './publish.test.helper.ts';
import { Queue } from './queue.ts';
import { environmentOf } from './queue-environment.test.helper.ts';

/** A durable queue, and what it has its store remember. */
class World {
  readonly clock = new TestClock();
  readonly noted: string[] = [];
  readonly published: string[] = [];
  readonly store = new MemoryStore(new Arena());
  readonly queue: Queue;

  constructor(args: Record<string, PlainValue>) {
    const { store, published } = this;
    const returned = (slot: number, queue: number) => void this.noted.push(`${slot} to ${queue}`);
    Object.assign(store, { returned });
    const publisher = {
      publish: (message: Message, onSafe: () => void) => {
        const reason = message.properties().headers?.get('x-first-death-reason')?.value;
        published.push(`${bodyOf(message)} ${reason}`);
        onSafe();
      },
    };
    const environment = { ...environmentOf(store, this.clock), publisher };
    const properties = { durable: true, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
    this.queue = new Queue('q', '/', properties, undefined, environment);
    this.queue.durableId = 7;
  }

  /** Takes a message and gives it back: what its receiver has seen of its header, and whether it was redelivered. */
  tryOnce(): string {
    const { queue } = this;
    const taken = queue.get();
    if (taken === undefined) return 'none';
    const { headers } = queue.view(taken.slot).properties();
    queue.requeue(taken.slot, taken.sequence, taken.bodySize, true);
    this.clock.advance(0);
    return `${headers?.get('x-delivery-count')?.value}${taken.redelivered ? 'R' : ''}`;
  }

  tryTimes(count: number): string[] {
    return Array.from({ length: count }, () => this.tryOnce());
  }
}

describe('a delivery limit', () => {
  test('ends what comes back more often: dropped', () => {
    const world = new World({ 'x-delivery-limit': 2 });
    publishTo(world.queue, incomingMessage({ body: 'a' }));
    assert.deepEqual(world.tryTimes(4), ['0', '1R', '2R', 'none']);
    assert.deepEqual([world.queue.readyCount, world.store.messageCount, world.published], [0, 0, []]);
  });

  test('or dead-lettered, where there is an exchange for that', () => {
    const world = new World({ 'x-delivery-limit': 1, 'x-dead-letter-exchange': 'dlx' });
    publishTo(world.queue, incomingMessage({ body: 'a' }));
    assert.deepEqual(world.tryTimes(3), ['0', '1R', 'none']);
    assert.deepEqual([world.published, world.store.messageCount], [['a delivery_limit'], 0]);
  });

  test('of 0 lets nothing come back', () => {
    const world = new World({ 'x-delivery-limit': 0 });
    publishTo(world.queue, incomingMessage());
    assert.deepEqual(world.tryTimes(2), ['0', 'none']);
  });

  test('of -1 is none', () => {
    const world = new World({ 'x-delivery-limit': -1, 'x-queue-type': 'quorum' });
    publishTo(world.queue, incomingMessage());
    assert.deepEqual(world.tryTimes(3), ['0', '1R', '2R']);
  });

  test('counts for each message', () => {
    const world = new World({ 'x-delivery-limit': 1 });
    for (const body of ['a', 'b']) publishTo(world.queue, incomingMessage({ body }));
    assert.equal(world.tryOnce(), '0');
    settleFirst(world.queue);
    assert.deepEqual(world.tryTimes(3), ['0', '1R', 'none']);
  });
});

test('a message in the place of one that is gone begins anew', () => {
  const world = new World({ 'x-queue-type': 'quorum' });
  publishTo(world.queue, incomingMessage());
  world.tryTimes(3);
  world.queue.purge();
  publishTo(world.queue, incomingMessage());
  assert.deepEqual(world.tryTimes(2), ['0', '1R']);
});

test('counts are noted for the next start, and go on after it', () => {
  const first = new World({ 'x-queue-type': 'quorum' });
  publishTo(first.queue, incomingMessage());
  first.tryTimes(2);
  assert.deepEqual(first.noted, ['0 to 7', '0 to 7']);

  const second = new World({ 'x-queue-type': 'quorum' });
  for (const [isRedelivered, returnCount] of [
    [true, 2],
    [true, 0],
    [false, 0],
  ] as const) {
    second.queue.restore(second.store.hold(incomingMessage()), isRedelivered, 0, 0, returnCount);
  }
  assert.deepEqual(second.noted, ['1 to 7']); // it was with a consumer when the broker went down
  const counts = Array.from({ length: 3 }, () => {
    const { slot } = second.queue.get()!;
    return second.queue.view(slot).properties().headers?.get('x-delivery-count');
  });
  assert.deepEqual(
    counts.map((count) => count?.value),
    [2, 1, 0],
  );
});

test('the header takes the place of one that the publisher has sent, beside all others', () => {
  const { queue } = new World({ 'x-queue-type': 'quorum' });
  const headers = fieldTable({ 'x-delivery-count': 'mine', a: 1 });
  publishTo(queue, incomingMessage({ properties: { headers, contentType: 'text/plain' }, body: 'hello' }));
  const taken = queue.get()!;
  queue.requeue(taken.slot, taken.sequence, taken.bodySize, false);
  const seen = queue.view(queue.get()!.slot);
  const expected = new Map([...headers, ['x-delivery-count', { type: 'long', value: 1 }]]);
  assert.deepEqual(seen.properties(), { headers: expected, contentType: 'text/plain' });
  assert.equal(bodyOf(seen).toString(), 'hello');
});

test('a queue that does not count leaves messages as they are', () => {
  const world = new World({ 'x-dead-letter-exchange': 'dlx' });
  publishTo(world.queue, incomingMessage());
  assert.deepEqual(world.tryTimes(3), ['undefined', 'undefinedR', 'undefinedR']);
  assert.deepEqual(world.noted, []);
});
