import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  EMPTY_TABLE,
  type FieldTable,
  type FieldValue,
  fieldTable,
  type PlainValue,
} from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const INVALID = (argument: string, queue: string, reason: string): string =>
  `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/': ${reason}`;

const priority = (value: number): FieldTable => fieldTable({ 'x-priority': value });

/** Starts consumers, each with a tag and a priority. */
async function consume(
  channel: WireChannel,
  queue: string,
  consumers: readonly (readonly [consumerTag: string, priority?: number])[],
): Promise<void> {
  for (const [consumerTag, value] of consumers) {
    const args = value === undefined ? EMPTY_TABLE : priority(value);
    await channel.call('basic.consume', { queue, consumerTag, arguments: args });
  }
}

/** Publishes messages and says who gets them. */
async function receivers(channel: WireChannel, queue: string, ...bodies: readonly string[]): Promise<string[]> {
  for (const body of bodies) channel.publish('', queue, body);
  const deliveries = await channel.expectDeliveries(...bodies);
  return deliveries.map(({ consumerTag }) => consumerTag);
}

describe('consumers of different priorities', () => {
  test(
    'are served highest first, as far as their prefetch goes',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.qos', { prefetchCount: 1 });
      const consumers = [['none'], ['high', 5], ['zero', 0], ['low', -1], ['higher', 6]] as const;
      await consume(channel, queue, consumers);
      const tags = await receivers(channel, queue, '1', '2', '3', '4', '5');
      assert.deepEqual(tags, ['higher', 'high', 'none', 'zero', 'low']);
    }),
  );

  for (const name of ['basic.nack', 'basic.reject'] as const) {
    test(
      `get back what the highest gives back by ${name}: it has made room before`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        await channel.call('basic.qos', { prefetchCount: 1 });
        await consume(channel, queue, [['low'], ['high', 1]]);
        assert.deepEqual(await receivers(channel, queue, '1'), ['high']);
        channel.send(name, { deliveryTag: 1, requeue: true });
        assert.equal((await channel.expectDelivery('1')).consumerTag, 'high');
      }),
    );
  }

  test(
    'get nothing as long as a higher one can',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await consume(channel, queue, [['low'], ['high', 1]]);
      const tags = await receivers(channel, queue, '1', '2', '3');
      assert.deepEqual(tags, ['high', 'high', 'high']);
      await channel.call('basic.cancel', { consumerTag: 'high' });
      assert.deepEqual(await receivers(channel, queue, '4'), ['low']);
    }),
  );

  test(
    'take turns among equals',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await consume(channel, queue, [['low'], ['x', 7], ['y', 7], ['z', 7]]);
      assert.deepEqual(await receivers(channel, queue, '1', '2', '3', '4'), ['x', 'y', 'z', 'x']);
    }),
  );

  test(
    'get what comes as soon as they have room again',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.qos', { prefetchCount: 1 });
      await consume(channel, queue, [['low'], ['high', 1]]);
      assert.deepEqual(await receivers(channel, queue, '1', '2'), ['high', 'low']);
      channel.publish('', queue, '3');
      await channel.expectNothing(queue);
      channel.send('basic.ack', { deliveryTag: 1 });
      assert.equal((await channel.expectDelivery('3')).consumerTag, 'high');
      channel.send('basic.ack', { deliveryTag: 2 });
      channel.send('basic.ack', { deliveryTag: 3 });
      await channel.settle(queue);
      assert.deepEqual(await receivers(channel, queue, '4', '5'), ['high', 'low']);
    }),
  );

  test(
    'on several connections',
    scenario(async (s) => {
      const [low, high] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await low.call('queue.declare', { queue });
      await consume(low, queue, [['low']]);
      await consume(high, queue, [['high', 1]]);
      for (const body of ['1', '2']) low.publish('', queue, body);
      await high.expectDeliveries('1', '2');
      await low.expectNothing(queue);
      await high.call('channel.close');
      const returned = await low.expectDeliveries('1', '2');
      assert.deepEqual(
        returned.map(({ redelivered }) => redelivered),
        [true, true],
      );
    }),
  );
});

describe('x-priority', () => {
  const allowed: readonly FieldValue[] = [
    { type: 'byte', value: -5 },
    { type: 'unsignedbyte', value: 5 },
    { type: 'short', value: 5 },
    { type: 'unsignedshort', value: 5 },
    { type: 'signedint', value: -5 },
    { type: 'unsignedint', value: 5 },
    { type: 'long', value: 2 ** 40 },
    { type: 'long', value: 2n ** 63n - 1n },
  ];
  for (const value of allowed) {
    test(
      `may be ${value.value} as ${value.type}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        await channel.call('basic.consume', { queue, arguments: new Map([['x-priority', value]]) });
      }),
    );
  }

  const refused: readonly (readonly [value: PlainValue, got: string])[] = [
    ['high', 'longstr'],
    [null, 'void'],
    [true, 'bool'],
    [1.5, 'double'],
    [[1], 'array'],
    [{ a: 1 }, 'table'],
  ];
  for (const [value, got] of refused) {
    test(
      `may not be ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        const args = fieldTable({ 'x-priority': value });
        const text = INVALID('x-priority', queue, `"expected integer, got ${got}"`);
        await channel.expectRefusal('basic.consume', { queue, arguments: args }, 406, text);
      }),
    );
  }

  test(
    'is looked at before an exclusive consumer, and after the queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const args = fieldTable({ 'x-priority': 'high' });
      await channel.call('basic.consume', { queue, exclusive: true });
      const text = INVALID('x-priority', queue, '"expected integer, got longstr"');
      await channel.expectRefusal('basic.consume', { queue, arguments: args }, 406, text);
      const missing = noQueueText('nowhere');
      await channel.expectRefusal('basic.consume', { queue: 'nowhere', arguments: args }, 404, missing);
    }),
  );
});

describe('other arguments of a consumer', () => {
  test(
    'x-cancel-on-ha-failover is true or false',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const args = (value: PlainValue): FieldTable => fieldTable({ 'x-cancel-on-ha-failover': value });
      await channel.call('basic.consume', { queue, arguments: args(true) });
      const text = INVALID('x-cancel-on-ha-failover', queue, '{unacceptable_type,signedint}');
      await channel.expectRefusal('basic.consume', { queue, arguments: args(1) }, 406, text);
    }),
  );

  test(
    'x-stream-offset is for streams',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const args = fieldTable({ 'x-stream-offset': 'first' });
      const text = `PRECONDITION_FAILED - invalid arg 'x-stream-offset' for queue '${queue}' in vhost '/' of queue type rabbit_classic_queue`;
      await channel.expectRefusal('basic.consume', { queue, arguments: args }, 406, text);
    }),
  );
});
