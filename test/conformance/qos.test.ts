import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import type { Delivery } from '../support/wire-events.ts';

/** A channel and a queue of its own that has messages '1' to `count`. */
async function backlog(s: Scenario, count: number): Promise<[channel: WireChannel, queue: string]> {
  const channel = await s.channel();
  const queue = await s.queue(channel);
  for (let index = 1; index <= count; index++) channel.publish('', queue, `${index}`);
  await channel.awaitCount(queue, count);
  return [channel, queue];
}

/** Starts a consumer on each queue, of which all have messages and only one may be delivered; returns that one. */
async function consumeAll(channel: WireChannel, [first, ...others]: readonly string[]): Promise<Delivery> {
  await channel.call('basic.consume', { queue: first!, consumerTag: first! });
  const delivery = await channel.expectDelivery();
  for (const queue of others) await channel.call('basic.consume', { queue, consumerTag: queue });
  return delivery;
}

describe('prefetch per consumer', () => {
  for (const prefetchCount of [1, 2, 5]) {
    test(
      `of ${prefetchCount}`,
      scenario(async (s) => {
        const [channel, queue] = await backlog(s, 7);
        await channel.call('basic.qos', { prefetchCount });
        await channel.call('basic.consume', { queue });
        for (let index = 1; index <= prefetchCount; index++) await channel.expectDelivery(`${index}`);
        await channel.expectNothing(queue);
        channel.send('basic.ack', { deliveryTag: 1 });
        await channel.expectDelivery(`${prefetchCount + 1}`);
        await channel.expectNothing(queue);
      }),
    );
  }

  test(
    'of 0 is unlimited',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 300);
      await channel.call('basic.qos', { prefetchCount: 0 });
      await channel.call('basic.consume', { queue });
      for (let index = 1; index <= 300; index++) await channel.expectDelivery(`${index}`);
    }),
  );

  test(
    'is unlimited unless it is set',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 300);
      await channel.call('basic.consume', { queue });
      for (let index = 1; index <= 300; index++) await channel.expectDelivery(`${index}`);
    }),
  );

  test(
    'is for each consumer of the channel',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 7);
      await channel.call('basic.qos', { prefetchCount: 2 });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      await channel.expectDeliveries('1', '2');
      await channel.call('basic.consume', { queue, consumerTag: 'y' });
      await channel.expectDeliveries('3', '4');
      await channel.expectNothing(queue);
      channel.send('basic.ack', { deliveryTag: 1 });
      assert.equal((await channel.expectDelivery('5')).consumerTag, 'x');
      channel.send('basic.ack', { deliveryTag: 3 });
      assert.equal((await channel.expectDelivery('6')).consumerTag, 'y');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'is for consumers that start later',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 8);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      await channel.expectDelivery('1');
      await channel.call('basic.qos', { prefetchCount: 3 });
      await channel.expectNothing(queue);
      await channel.call('basic.consume', { queue, consumerTag: 'y' });
      await channel.expectDeliveries('2', '3', '4');
      await channel.expectNothing(queue);
      await channel.call('basic.qos', { prefetchCount: 0 });
      await channel.call('basic.consume', { queue, consumerTag: 'z' });
      await channel.expectDeliveries('5', '6', '7', '8');
    }),
  );

  test(
    'is for the channel it was set on',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      await one.call('basic.qos', { prefetchCount: 1 });
      await two.call('basic.consume', { queue });
      for (const body of ['1', '2', '3']) one.publish('', queue, body);
      await two.expectDeliveries('1', '2', '3');
    }),
  );

  test(
    'is forgotten when the channel is closed',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 3);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.call('channel.close', { replyCode: 200 });
      await channel.call('channel.open');
      await channel.call('basic.consume', { queue });
      await channel.expectDeliveries('1', '2', '3');
    }),
  );

  for (const requeue of [false, true]) {
    test(
      `a rejected message makes room, requeue: ${requeue}`,
      scenario(async (s) => {
        const [channel, queue] = await backlog(s, 2);
        await channel.call('basic.qos', { prefetchCount: 1 });
        await channel.call('basic.consume', { queue });
        await channel.expectDelivery('1');
        channel.send('basic.reject', { deliveryTag: 1, requeue });
        await channel.expectDelivery(requeue ? '1' : '2');
        await channel.expectNothing(queue);
      }),
    );
  }

  test(
    'several acknowledged at once make as much room',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 10);
      await channel.call('basic.qos', { prefetchCount: 4 });
      await channel.call('basic.consume', { queue });
      await channel.expectDeliveries('1', '2', '3', '4');
      channel.send('basic.ack', { deliveryTag: 3, multiple: true });
      await channel.expectDeliveries('5', '6', '7');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'is no matter for consumers without acknowledgements',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 5);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.call('basic.consume', { queue, noAck: true });
      await channel.expectDeliveries('1', '2', '3', '4', '5');
    }),
  );

  test(
    'does not count what basic.get got',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 4);
      await channel.call('basic.qos', { prefetchCount: 1 });
      for (const body of ['1', '2']) assert.equal((await channel.get(queue, false))?.body.toString(), body);
      await channel.call('basic.consume', { queue });
      await channel.expectDelivery('3');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'leaves the rest to others',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      for (const body of ['1', '2', '3', '4']) one.publish('', queue, body);
      await one.awaitCount(queue, 4);
      await one.call('basic.qos', { prefetchCount: 1 });
      await one.call('basic.consume', { queue });
      await one.expectDelivery('1');
      await two.call('basic.consume', { queue });
      await two.expectDeliveries('2', '3', '4');
    }),
  );
});

describe('prefetch of a channel', () => {
  test(
    'is shared by its consumers',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 8);
      await channel.call('basic.qos', { prefetchCount: 3, global: true });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      await channel.expectDeliveries('1', '2', '3');
      await channel.call('basic.consume', { queue, consumerTag: 'y' });
      await channel.expectNothing(queue);
      channel.send('basic.ack', { deliveryTag: 1 });
      await channel.expectDelivery('4');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'can be raised and lowered while they consume',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 8);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      await channel.call('basic.consume', { queue });
      await channel.expectDelivery('1');
      await channel.call('basic.qos', { prefetchCount: 3, global: true });
      await channel.expectDeliveries('2', '3');
      await channel.call('basic.qos', { prefetchCount: 2, global: true });
      channel.send('basic.ack', { deliveryTag: 1 });
      await channel.expectNothing(queue);
      channel.send('basic.ack', { deliveryTag: 2 });
      await channel.expectDelivery('4');
      await channel.expectNothing(queue);
      await channel.call('basic.qos', { prefetchCount: 0, global: true });
      await channel.expectDeliveries('5', '6', '7', '8');
    }),
  );

  test(
    'counts what was delivered before it was set',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 5);
      await channel.call('basic.qos', { prefetchCount: 3 });
      await channel.call('basic.consume', { queue });
      await channel.expectDeliveries('1', '2', '3');
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      for (const deliveryTag of [1, 2]) {
        channel.send('basic.ack', { deliveryTag });
        await channel.expectNothing(queue);
      }
      channel.send('basic.ack', { deliveryTag: 3 });
      await channel.expectDelivery('4');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'holds together with that of each consumer',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 8);
      await channel.call('basic.qos', { prefetchCount: 2 });
      await channel.call('basic.qos', { prefetchCount: 3, global: true });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      await channel.expectDeliveries('1', '2');
      await channel.expectNothing(queue);
      await channel.call('basic.consume', { queue, consumerTag: 'y' });
      assert.equal((await channel.expectDelivery('3')).consumerTag, 'y');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'spans several queues',
    scenario(async (s) => {
      const channel = await s.channel();
      const queues = [await s.queue(channel), await s.queue(channel)];
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      for (const queue of queues) await channel.call('basic.consume', { queue, consumerTag: queue });
      channel.publish('', queues[0]!, '1');
      await channel.expectDelivery('1');
      channel.publish('', queues[1]!, '2');
      await channel.expectNothing(queues[1]!);
      channel.send('basic.ack', { deliveryTag: 1 });
      assert.equal((await channel.expectDelivery('2')).consumerTag, queues[1]);
    }),
  );

  test(
    'counts what a cancelled consumer has left',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 3);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      await channel.expectDelivery('1');
      await channel.call('basic.cancel', { consumerTag: 'x' });
      await channel.call('basic.consume', { queue, consumerTag: 'y' });
      await channel.expectNothing(queue);
      channel.send('basic.ack', { deliveryTag: 1 });
      await channel.expectDelivery('2');
    }),
  );

  test(
    'is no matter for consumers without acknowledgements',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 4);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      await channel.call('basic.consume', { queue, noAck: true });
      await channel.expectDeliveries('1', '2', '3', '4');
    }),
  );

  test(
    'does not count what basic.get got',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 4);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      for (const body of ['1', '2']) assert.equal((await channel.get(queue, false))?.body.toString(), body);
      await channel.call('basic.consume', { queue });
      await channel.expectDelivery('3');
      await channel.expectNothing(queue);
    }),
  );

  test(
    'lets each of several queues have its turn',
    scenario(async (s) => {
      const channel = await s.channel();
      const queues = [await s.queue(channel), await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) for (let i = 0; i < 100; i++) channel.publish('', queue, queue);
      for (const queue of queues) await channel.awaitCount(queue, 100);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      let delivery = await consumeAll(channel, queues);
      const counts = new Map(queues.map((queue) => [queue, 0]));
      for (let i = 0; i < 99; i++) {
        counts.set(delivery.consumerTag, counts.get(delivery.consumerTag)! + 1);
        channel.send('basic.ack', { deliveryTag: delivery.deliveryTag });
        delivery = await channel.expectDelivery();
      }
      for (const count of counts.values()) assert.ok(count >= 15, `a third of 99 each, about: ${[...counts.values()]}`);
    }),
  );

  test(
    'leaves what one queue has no use for to the next',
    scenario(async (s) => {
      const channel = await s.channel();
      const [a, b, c] = [await s.queue(channel), await s.queue(channel), await s.queue(channel)];
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      for (const queue of [a, b, c]) await channel.call('basic.consume', { queue, consumerTag: queue });
      channel.publish('', a, 'a');
      await channel.expectDelivery('a');
      for (const queue of [b, c]) channel.publish('', queue, 'waits');
      await channel.expectNothing(c);
      await channel.call('queue.purge', { queue: b });
      channel.send('basic.ack', { deliveryTag: 1 });
      assert.equal((await channel.expectDelivery('waits')).consumerTag, c);
    }),
  );

  test(
    'holds back consumers without acknowledgements, too, while it is used up',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 1);
      const other = await s.queue(channel);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      await channel.call('basic.consume', { queue });
      await channel.expectDelivery('1');
      await channel.call('basic.consume', { queue: other, consumerTag: 'no-ack', noAck: true });
      for (const body of ['a', 'b']) channel.publish('', other, body);
      await channel.expectNothing(other);
      channel.send('basic.ack', { deliveryTag: 1 });
      await channel.expectDeliveries('a', 'b');
    }),
  );

  test(
    'is lifted by one for consumers',
    scenario(async (s) => {
      const [channel, queue] = await backlog(s, 4);
      await channel.call('basic.qos', { prefetchCount: 1, global: true });
      await channel.call('basic.consume', { queue });
      await channel.expectDelivery('1');
      await channel.expectNothing(queue);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.expectDeliveries('2', '3', '4');
    }),
  );
});

describe('prefetch by size', () => {
  for (const prefetchSize of [1, 4294967295]) {
    test(
      `of ${prefetchSize} is not implemented`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.send('basic.qos', { prefetchSize, prefetchCount: 1 });
        const text = `NOT_IMPLEMENTED - prefetch_size!=0 (${prefetchSize})`;
        await client.expectConnectionClose(540, text, 'basic.qos');
      }),
    );
  }
});
