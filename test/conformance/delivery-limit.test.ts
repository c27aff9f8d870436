import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

/** A quorum queue, since in RabbitMQ only those count. */
async function countingQueue(
  s: Scenario,
  channel: WireChannel,
  args: Record<string, PlainValue> = {},
): Promise<string> {
  const queue = s.name('queue');
  const withType = fieldTable({ 'x-queue-type': 'quorum', ...args });
  await channel.call('queue.declare', { queue, durable: true, arguments: withType });
  return queue;
}

/** One whose spent messages go to a queue of their own. */
async function withDeadLetters(
  s: Scenario,
  channel: WireChannel,
  limit: number,
): Promise<{ queue: string; dead: string }> {
  const dead = await s.queue(channel);
  const args = { 'x-delivery-limit': limit, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
  return { queue: await countingQueue(s, channel, args), dead };
}

/** Takes the one message of the queue once it is there; says what its header counts. */
async function take(channel: WireChannel, queue: string): Promise<{ deliveryTag: number; count: unknown }> {
  await channel.awaitCount(queue, 1);
  const message = await channel.get(queue, false);
  assert.ok(message !== undefined);
  const { headers } = message.properties;
  return { deliveryTag: Number(message.deliveryTag), count: headers?.get('x-delivery-count')?.value };
}

describe('the count of deliveries', () => {
  test(
    'is told to consumers from the first redelivery on',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await countingQueue(s, channel);
      await channel.call('basic.qos', { prefetchCount: 10 });
      await channel.call('basic.consume', { queue });
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ own: 1 }) } });
      const seen: unknown[] = [];
      for (let round = 0; round < 3; round++) {
        const { deliveryTag, redelivered, properties } = await channel.expectDelivery('x');
        assert.equal(redelivered, round > 0);
        assert.equal(properties.headers?.has('own'), true);
        seen.push(properties.headers?.get('x-delivery-count'));
        channel.send('basic.reject', { deliveryTag, requeue: true });
      }
      assert.deepEqual(seen, [undefined, { type: 'long', value: 1 }, { type: 'long', value: 2 }]);
    }),
  );

  test(
    'is told to basic.get from the beginning',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await countingQueue(s, channel);
      channel.publish('', queue, 'x');
      for (let round = 0; round < 3; round++) {
        const { deliveryTag, count } = await take(channel, queue);
        assert.equal(count, round);
        channel.send('basic.nack', { deliveryTag, requeue: true });
      }
    }),
  );

  test(
    'takes the place of a header that the publisher has sent',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await countingQueue(s, channel);
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ 'x-delivery-count': 7 }) } });
      channel.send('basic.nack', { deliveryTag: (await take(channel, queue)).deliveryTag, requeue: true });
      assert.equal((await take(channel, queue)).count, 1);
    }),
  );
});

describe('a message that comes back more often than its queue allows', () => {
  const ways: readonly (readonly [name: string, giveBack: (channel: WireChannel, deliveryTag: number) => unknown])[] = [
    ['rejected', (channel, deliveryTag) => channel.send('basic.reject', { deliveryTag, requeue: true })],
    ['negatively acknowledged', (channel, deliveryTag) => channel.send('basic.nack', { deliveryTag, requeue: true })],
    ['recovered', (channel) => channel.call('basic.recover', { requeue: true })],
    [
      'left by its channel',
      async (channel) => {
        await channel.call('channel.close');
        await channel.call('channel.open');
      },
    ],
  ];
  for (const [name, giveBack] of ways) {
    test(
      `is a dead letter: ${name}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const { queue, dead } = await withDeadLetters(s, channel, 1);
        channel.publish('', queue, 'x');
        for (const expected of [0, 1]) {
          const { deliveryTag, count } = await take(channel, queue);
          assert.equal(count, expected);
          await giveBack(channel, deliveryTag);
        }
        await channel.awaitCount(dead, 1);
        const { properties } = await channel.expectMessage(dead, 'x');
        const headers = properties.headers!;
        assert.equal(headers.get('x-first-death-reason')?.value, 'delivery_limit');
        assert.equal(headers.get('x-first-death-queue')?.value, queue);
        assert.equal(headers.has('x-delivery-count'), false);
        assert.equal(await channel.get(queue), undefined);
      }),
    );
  }

  test(
    'is gone without a dead-letter exchange',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await countingQueue(s, channel, { 'x-delivery-limit': 1 });
      channel.publish('', queue, 'x');
      for (let round = 0; round < 2; round++) {
        channel.send('basic.nack', { deliveryTag: (await take(channel, queue)).deliveryTag, requeue: true });
      }
      await channel.awaitCount(queue, 0);
      channel.publish('', queue, 'y');
      assert.equal((await take(channel, queue)).count, 0);
    }),
  );

  test(
    'at once, where none may come back',
    scenario(async (s) => {
      const channel = await s.channel();
      const { queue, dead } = await withDeadLetters(s, channel, 0);
      channel.publish('', queue, 'x');
      channel.send('basic.nack', { deliveryTag: (await take(channel, queue)).deliveryTag, requeue: true });
      await channel.awaitCount(dead, 1);
    }),
  );
});
