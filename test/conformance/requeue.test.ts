import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';
import type { Delivery } from '../support/wire-events.ts';

/** Body, with an R after what is redelivered. */
function marked(deliveries: readonly Pick<Delivery, 'body' | 'redelivered'>[]): string[] {
  return deliveries.map(({ body, redelivered }) => `${body}${redelivered ? 'R' : ''}`);
}

describe('requeued messages', () => {
  test(
    'go back to their places, in whatever order they come',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['1', '2', '3', '4', '5', '6']) channel.publish('', queue, body);
      for (let count = 0; count < 5; count++) await channel.get(queue, false);
      for (const deliveryTag of [4, 1, 5, 2]) channel.send('basic.reject', { deliveryTag, requeue: true });
      await channel.awaitCount(queue, 5);
      await channel.expectMessages(queue, '1', '2', '4', '5', '6');
    }),
  );

  test(
    'keep their places when it happens again',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['1', '2', '3']) channel.publish('', queue, body);
      for (let round = 0; round < 3; round++) {
        for (let count = 0; count < 3; count++) await channel.get(queue, false);
        channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
        await channel.awaitCount(queue, 3);
      }
      await channel.expectMessages(queue, '1', '2', '3');
    }),
  );

  test(
    'are marked as redelivered, others not',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['1', '2']) channel.publish('', queue, body);
      await channel.get(queue, false);
      channel.send('basic.reject', { deliveryTag: 1, requeue: true });
      await channel.awaitCount(queue, 2);
      assert.deepEqual(marked([await channel.expectMessage(queue, '1'), await channel.expectMessage(queue, '2')]), [
        '1R',
        '2',
      ]);
    }),
  );

  test(
    'come again to the same consumer, before what has not been delivered',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['1', '2', '3', '4', '5']) channel.publish('', queue, body);
      await channel.awaitCount(queue, 5);
      await channel.call('basic.qos', { prefetchCount: 3 });
      await channel.call('basic.consume', { queue });
      await channel.expectDeliveries('1', '2', '3');
      channel.send('basic.nack', { deliveryTag: 3, multiple: true, requeue: true });
      assert.deepEqual(marked(await channel.expectDeliveries('1', '2', '3')), ['1R', '2R', '3R']);
      channel.send('basic.reject', { deliveryTag: 4, requeue: true });
      assert.deepEqual(marked(await channel.expectDeliveries('1')), ['1R']);
      channel.send('basic.ack', { deliveryTag: 5 });
      assert.deepEqual(marked(await channel.expectDeliveries('4')), ['4']);
    }),
  );

  test(
    'go to another consumer when their channel is closed',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      for (const body of ['1', '2', '3', '4']) one.publish('', queue, body);
      await one.awaitCount(queue, 4);
      await one.call('basic.qos', { prefetchCount: 3 });
      await one.call('basic.consume', { queue });
      await one.expectDeliveries('1', '2', '3');
      await two.call('basic.consume', { queue });
      await two.expectDelivery('4');
      await one.call('channel.close', { replyCode: 200 });
      assert.deepEqual(marked(await two.expectDeliveries('1', '2', '3')), ['1R', '2R', '3R']);
    }),
  );

  test(
    'go to another consumer when their connection ends',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      const queue = s.name('queue');
      const channel = await client.channel();
      await channel.call('queue.declare', { queue });
      await channel.call('basic.consume', { queue });
      for (const body of ['1', '2', '3']) channel.publish('', queue, body);
      await channel.expectDeliveries('1', '2', '3');
      await other.call('basic.consume', { queue });
      await client.abort();
      assert.deepEqual(marked(await other.expectDeliveries('1', '2', '3')), ['1R', '2R', '3R']);
    }),
  );

  test(
    'of several channels find their common order',
    scenario(async (s) => {
      const client = await s.client();
      const channels = [await client.channel(1), await client.channel(2), await client.channel(3)];
      const queue = await s.queue(channels[0]!);
      for (const body of ['1', '2', '3', '4', '5', '6']) channels[0]!.publish('', queue, body);
      for (let round = 0; round < 2; round++) for (const channel of channels) await channel.get(queue, false);
      for (const channel of channels.toReversed()) {
        channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
        await channel.expectNothing();
      }
      await channels[0]!.awaitCount(queue, 6);
      await channels[0]!.expectMessages(queue, '1', '2', '3', '4', '5', '6');
    }),
  );

  test(
    'keep their properties and where they came from',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'fanout')];
      await channel.call('queue.bind', { queue, exchange });
      channel.publish(exchange, 'k', 'a', { properties: { messageId: 'm' } });
      await channel.get(queue, false);
      channel.send('basic.reject', { deliveryTag: 1, requeue: true });
      await channel.awaitCount(queue, 1);
      const message = await channel.expectMessage(queue, 'a');
      assert.deepEqual([message.exchange, message.routingKey, message.properties], [exchange, 'k', { messageId: 'm' }]);
    }),
  );
});

describe('basic.recover', () => {
  test(
    'requeues all that the channel has not acknowledged',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue });
      for (const body of ['1', '2', '3']) channel.publish('', queue, body);
      await channel.expectDeliveries('1', '2', '3');
      channel.send('basic.ack', { deliveryTag: 1 });
      await channel.call('basic.recover', { requeue: true });
      const deliveries = await channel.expectDeliveries('2', '3');
      assert.deepEqual(marked(deliveries), ['2R', '3R']);
      assert.deepEqual(
        deliveries.map(({ deliveryTag }) => deliveryTag),
        [4, 5],
      );
    }),
  );

  test(
    'leaves other channels alone',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      for (const body of ['1', '2']) one.publish('', queue, body);
      await one.get(queue, false);
      await two.get(queue, false);
      await two.call('basic.recover', { requeue: true });
      await two.expectMessages(queue, '2');
    }),
  );

  test(
    'of nothing is fine',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('basic.recover', { requeue: true });
    }),
  );

  test(
    'without waiting is basic.recover-async',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue });
      channel.publish('', queue, '1');
      await channel.expectDelivery('1');
      channel.send('basic.recover-async', { requeue: true });
      assert.deepEqual(marked([await channel.expectDelivery('1')]), ['1R']);
      await channel.expectNothing(queue);
    }),
  );

  for (const name of ['basic.recover', 'basic.recover-async'] as const) {
    test(
      `${name} without requeue is not implemented`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.send(name, { requeue: false });
        await client.expectConnectionClose(540, 'NOT_IMPLEMENTED - requeue=false', name);
      }),
    );
  }
});
