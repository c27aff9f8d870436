import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

function withPriorities(max: number, others: Record<string, number> = {}) {
  return { arguments: fieldTable({ 'x-max-priority': max, ...others }) };
}

/** Publishes each body with its priority, or without one. */
function publish(channel: WireChannel, queue: string, ...messages: readonly (readonly [string, number?])[]): void {
  for (const [body, priority] of messages) {
    channel.publish('', queue, body, { properties: priority === undefined ? {} : { priority } });
  }
}

describe('a queue with priorities', () => {
  test(
    'hands messages of higher priority out first, and those of one priority in order',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(10));
      publish(channel, queue, ['a', 1], ['b', 5], ['c', 1], ['d', 10], ['e', 5], ['f', 0]);
      await channel.expectMessages(queue, 'd', 'b', 'e', 'a', 'c', 'f');
    }),
  );

  test(
    'takes a message without a priority for one of priority 0',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(3));
      publish(channel, queue, ['none'], ['zero', 0], ['one', 1], ['none again']);
      await channel.expectMessages(queue, 'one', 'none', 'zero', 'none again');
    }),
  );

  test(
    'takes a higher priority than its highest for the highest',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(3));
      publish(channel, queue, ['a', 2], ['b', 3], ['c', 255], ['d', 4]);
      await channel.expectMessages(queue, 'b', 'c', 'd', 'a');
    }),
  );

  for (const max of [0, 1, 255]) {
    test(
      `may have ${max} as its highest`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel, withPriorities(max));
        publish(channel, queue, ['a', 0], ['b', 255]);
        await channel.expectMessages(queue, ...(max === 0 ? ['a', 'b'] : ['b', 'a']));
      }),
    );
  }

  test(
    'leaves the priority in the message',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(3));
      publish(channel, queue, ['a', 200]);
      assert.equal((await channel.expectMessage(queue, 'a')).properties.priority, 200);
    }),
  );

  test(
    'lets a later message overtake those that wait, not those that were delivered',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(5));
      publish(channel, queue, ['a', 1], ['b', 1], ['c', 1]);
      await channel.awaitCount(queue, 3);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.call('basic.consume', { queue });
      const first = await channel.expectDelivery('a');
      publish(channel, queue, ['urgent', 5]);
      await channel.awaitCount(queue, 3);
      channel.send('basic.ack', { deliveryTag: first.deliveryTag });
      await channel.expectDelivery('urgent');
    }),
  );

  test(
    'puts what comes back to its place in its priority',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(5));
      publish(channel, queue, ['a', 1], ['b', 1], ['c', 4], ['d', 1]);
      for (let count = 0; count < 3; count++) await channel.get(queue, false); // c, a, b
      publish(channel, queue, ['e', 2]);
      for (const deliveryTag of [3, 2, 1]) channel.send('basic.reject', { deliveryTag, requeue: true });
      await channel.awaitCount(queue, 5);
      const marks: string[] = [];
      for (let message = await channel.get(queue); message !== undefined; message = await channel.get(queue)) {
        marks.push(`${message.body}${message.redelivered ? 'R' : ''}`);
      }
      assert.deepEqual(marks, ['cR', 'e', 'aR', 'bR', 'd']);
    }),
  );

  test(
    'that has too many drops the one that would be delivered first',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(5, { 'x-max-length': 3 }));
      publish(channel, queue, ['a', 1], ['b', 5], ['c', 1], ['d', 0], ['e', 3], ['f'], ['g', 9]);
      await channel.awaitCount(queue, 3);
      await channel.expectMessages(queue, 'c', 'd', 'f');
    }),
  );

  test(
    'loses all of them to a purge',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, withPriorities(5));
      publish(channel, queue, ['a', 1], ['b', 4], ['c', 0]);
      await channel.awaitCount(queue, 3);
      assert.equal((await channel.call('queue.purge', { queue })).messageCount, 3);
      publish(channel, queue, ['d', 0], ['e', 3]);
      await channel.expectMessages(queue, 'e', 'd');
    }),
  );
});

test(
  'without priorities a queue does not look at them',
  scenario(async (s) => {
    const channel = await s.channel();
    const queue = await s.queue(channel);
    publish(channel, queue, ['a', 1], ['b', 9], ['c', 0]);
    await channel.expectMessages(queue, 'a', 'b', 'c');
  }),
);
