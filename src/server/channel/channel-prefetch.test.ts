import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Consumer } from '../../broker/consumer.ts';
import { consumerOptions, FakeOutlet } from '../../broker/queue/consumer.test.helper.ts';
import { publishTo } from '../../broker/queue/publish.test.helper.ts';
import { Queue } from '../../broker/queue/queue.ts';
import { environmentOf } from '../../broker/queue/queue-environment.test.helper.ts';
import { extent } from '../../extent.test.helper.ts';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { MemoryStore } from '../../storage/memory/memory-store.ts';
import { Arena } from '../../storage/message/arena.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { ChannelPrefetch } from './channel-prefetch.ts';

const PROPERTIES = { durable: false, exclusive: false, autoDelete: false, arguments: EMPTY_TABLE };

/** A channel with a limit, a consumer on each of some queues, and a socket that may be full. */
class Channel extends FakeOutlet {
  readonly prefetch: ChannelPrefetch;
  readonly queues: Queue[];
  readonly consumers: Consumer[];
  private readonly clock = new TestClock();
  private readonly environment = environmentOf(new MemoryStore(new Arena()), this.clock);

  /** @param prefetchCounts the consumers' own limits, of each one queue; 0: none, and it needs no acknowledgements */
  constructor(prefetchCounts: readonly number[]) {
    super();
    this.prefetch = new ChannelPrefetch(this.environment.dispatches);
    this.queues = prefetchCounts.map((_, i) => new Queue(`${i}`, '/', PROPERTIES, undefined, this.environment));
    this.consumers = this.queues.map((queue, i) => {
      const prefetchCount = prefetchCounts[i]!;
      return queue.subscribe(this, consumerOptions(`${i}`, { prefetchCount, noAck: prefetchCount === 0 }));
    });
  }

  override canDeliver(consumer?: Consumer): boolean {
    return this.isOpen && this.prefetch.admits(consumer!);
  }

  override deliver(...args: Parameters<FakeOutlet['deliver']>): void {
    const { limit, used } = this.prefetch;
    assert.ok(limit === 0 || used < limit);
    if (!args[0].noAck) this.prefetch.used++;
    super.deliver(...args);
  }

  /** As a channel does. */
  settle(index: number): void {
    const [{ consumer, source, slot, bodySize }] = this.unacked.splice(index, 1) as [(typeof this.unacked)[0]];
    source.acknowledge(slot, bodySize);
    consumer!.unackedCount--;
    this.prefetch.giveBack();
    if (consumer!.isParked && !this.prefetch.keepsWaiting(consumer!)) consumer!.resume();
  }

  publish(queue: number): void {
    publishTo(this.queues[queue]!, incomingMessage({ body: '' }));
  }

  open(isOpen: boolean): void {
    this.isOpen = isOpen;
    if (isOpen) for (const consumer of this.consumers) if (!this.prefetch.keepsWaiting(consumer)) consumer.resume();
  }

  endTurn(): void {
    this.clock.advance(0);
  }
}

test('queues have their turn whether their consumers have limits of their own or not', () => {
  const channel = new Channel([1, 1, 5]);
  channel.prefetch.setLimit(1);
  for (let i = 0; i < 90; i++) channel.publish(i % 3);
  channel.endTurn();
  const counts = [0, 0, 0];
  for (let i = 0; i < 60; i++) {
    counts[Number(channel.unacked[0]!.consumer!.tag)]!++;
    channel.settle(0);
    channel.endTurn();
  }
  assert.ok(Math.min(...counts) >= 15, `${counts}`);
});

test('no message waits for a consumer that waits for it, whatever happens, and nobody waits for ever', () => {
  const operation = fc.tuple(fc.constantFrom('publish', 'publish', 'settle', 'limit', 'open', 'turn'), fc.nat(8));
  fc.assert(
    fc.property(fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), fc.array(operation), (prefetchCounts, steps) => {
      const channel = new Channel(prefetchCounts);
      const { prefetch, unacked, queues, consumers } = channel;
      for (const [name, number] of steps) {
        if (name === 'publish') channel.publish(number % queues.length);
        else if (name === 'settle' && unacked.length > 0) channel.settle(number % unacked.length);
        else if (name === 'limit') prefetch.setLimit(number >> 1);
        else if (name === 'open') channel.open(number > 2);
        if (name !== 'turn') continue;
        channel.endTurn();
        assert.ok(!prefetch.isStalled && queues.every((queue) => !queue.isStalled));
        for (const [i, { readyCount }] of queues.entries()) assert.ok(readyCount === 0 || !consumers[i]!.canAccept());
      }
      channel.open(true);
      while (unacked.length > 0 || queues.some(({ readyCount }) => readyCount > 0)) {
        channel.endTurn();
        if (unacked.length > 0) channel.settle(0);
      }
    }),
    { numRuns: extent({ usual: 300, soak: 10_000 }) },
  );
});
