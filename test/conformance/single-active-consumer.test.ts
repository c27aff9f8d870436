import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const SINGLE_ACTIVE = fieldTable({ 'x-single-active-consumer': true });

/** A queue with a single active consumer that several connections may use. */
async function sharedQueue(s: Scenario, channel: WireChannel): Promise<string> {
  const queue = s.name('queue');
  await channel.call('queue.declare', { queue, arguments: SINGLE_ACTIVE });
  return queue;
}

describe('a single active consumer', () => {
  test(
    'gets everything, and the others nothing',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      await one.call('basic.consume', { queue });
      await two.call('basic.consume', { queue });
      for (const body of ['a', 'b', 'c']) two.publish('', queue, body);
      await one.expectDeliveries('a', 'b', 'c');
      await two.expectNothing(queue);
      assert.equal((await two.call('queue.declare', { queue, passive: true })).consumerCount, 2);
    }),
  );

  test(
    'keeps the others waiting when it can take no more',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      await one.call('basic.qos', { prefetchCount: 1 });
      await one.call('basic.consume', { queue });
      await two.call('basic.consume', { queue });
      for (const body of ['a', 'b']) one.publish('', queue, body);
      await one.expectDelivery('a');
      await two.expectNothing(queue);
      one.send('basic.ack', { deliveryTag: 1 });
      await one.expectDelivery('b');
    }),
  );

  test(
    'is the next in order of arrival when it is cancelled, and what it has stays with it',
    scenario(async (s) => {
      const [one, two, three] = [await s.channel(), await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      for (const channel of [one, two, three]) await channel.call('basic.consume', { queue, consumerTag: 't' });
      three.publish('', queue, 'a');
      await one.expectDelivery('a');
      await one.call('basic.cancel', { consumerTag: 't' });
      three.publish('', queue, 'b');
      await two.expectDelivery('b');
      await three.expectNothing(queue);
      await one.expectNothing(queue);
      one.send('basic.reject', { deliveryTag: 1, requeue: true });
      assert.equal((await two.expectDelivery('a')).redelivered, true);
    }),
  );

  test(
    'passes on what it has when its channel closes',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      for (const channel of [one, two]) await channel.call('basic.consume', { queue });
      for (const body of ['a', 'b']) two.publish('', queue, body);
      await one.expectDeliveries('a', 'b');
      await one.call('channel.close');
      for (const { redelivered } of await two.expectDeliveries('a', 'b')) assert.equal(redelivered, true);
    }),
  );

  test(
    'is replaced when its connection is lost',
    scenario(async (s) => {
      const client = await s.client();
      const [one, two] = [await client.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      for (const channel of [one, two]) await channel.call('basic.consume', { queue });
      two.publish('', queue, 'a');
      await one.expectDelivery('a');
      await client.abort();
      await two.expectDelivery('a');
    }),
  );

  test(
    'may be on the same channel as those that wait',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, { arguments: SINGLE_ACTIVE });
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      for (const body of ['1', '2']) channel.publish('', queue, body);
      for (const { consumerTag } of await channel.expectDeliveries('1', '2')) assert.equal(consumerTag, 'x');
      await channel.call('basic.cancel', { consumerTag: 'x' });
      channel.publish('', queue, '3');
      assert.equal((await channel.expectDelivery('3')).consumerTag, 'y');
    }),
  );

  test(
    'comes back behind all others when it was cancelled',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, { arguments: SINGLE_ACTIVE });
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      await channel.call('basic.cancel', { consumerTag: 'x' });
      await channel.call('basic.consume', { queue, consumerTag: 'x' });
      channel.publish('', queue, '1');
      assert.equal((await channel.expectDelivery('1')).consumerTag, 'y');
      await channel.call('basic.cancel', { consumerTag: 'y' });
      channel.publish('', queue, '2');
      assert.equal((await channel.expectDelivery('2')).consumerTag, 'x');
    }),
  );

  test(
    'stays what it is whatever priority comes later; the highest of those that wait is next',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, { arguments: SINGLE_ACTIVE });
      for (const [consumerTag, priority] of [
        ['first', 0],
        ['low', 0],
        ['high', 5],
        ['high too', 5],
      ] as const) {
        const args = fieldTable({ 'x-priority': priority });
        await channel.call('basic.consume', { queue, consumerTag, arguments: args });
      }
      for (const tag of ['first', 'high', 'high too', 'low']) {
        channel.publish('', queue, 'm');
        assert.equal((await channel.expectDelivery('m')).consumerTag, tag);
        await channel.call('basic.cancel', { consumerTag: tag });
      }
    }),
  );

  test(
    'is told, as the others are, when the queue is deleted',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      for (const channel of [one, two]) await channel.call('basic.consume', { queue, consumerTag: 't' });
      await one.call('queue.delete', { queue });
      for (const channel of [one, two]) {
        assert.deepEqual(await channel.expect('basic.cancel'), { consumerTag: 't', noWait: true });
      }
    }),
  );

  for (const hasConsumer of [false, true]) {
    test(
      `may not be exclusive; another one is there: ${hasConsumer}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel, { arguments: SINGLE_ACTIVE });
        if (hasConsumer) await channel.call('basic.consume', { queue });
        const text = `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`;
        await channel.expectRefusal('basic.consume', { queue, exclusive: true }, 403, text);
      }),
    );
  }

  test(
    'does not keep others from getting single messages',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = await sharedQueue(s, one);
      await one.call('basic.qos', { prefetchCount: 1 });
      await one.call('basic.consume', { queue });
      for (const body of ['a', 'b']) one.publish('', queue, body);
      await one.expectDelivery('a');
      await two.expectMessages(queue, 'b');
    }),
  );
});

describe('x-single-active-consumer', () => {
  test(
    'may be false, which is none',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel, { arguments: fieldTable({ 'x-single-active-consumer': false }) });
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      for (const body of ['1', '2']) channel.publish('', queue, body);
      const deliveries = await channel.expectDeliveries('1', '2');
      assert.deepEqual(
        deliveries.map(({ consumerTag }) => consumerTag),
        ['x', 'y'],
      );
    }),
  );

  const refused: readonly (readonly [value: PlainValue, type: string])[] = [
    ['true', 'longstr'],
    [1, 'signedint'],
    [null, 'void'],
  ];
  for (const [value, type] of refused) {
    test(
      `may not be ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const args = fieldTable({ 'x-single-active-consumer': value });
        const text = `PRECONDITION_FAILED - invalid arg 'x-single-active-consumer' for queue '${queue}' in vhost '/': {unacceptable_type,${type}}`;
        await channel.expectRefusal('queue.declare', { queue, arguments: args }, 406, text);
      }),
    );
  }
});
