import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

type Arguments = { readonly [name: string]: PlainValue };

async function limited(s: Scenario, channel: WireChannel, args: Arguments): Promise<string> {
  return s.queue(channel, { arguments: fieldTable(args) });
}

function publishAll(channel: WireChannel, queue: string, ...bodies: string[]): void {
  for (const body of bodies) channel.publish('', queue, body);
}

/** Which of so many messages, from the first on, are confirmed, and which are refused. */
async function answers(channel: WireChannel, first: number, count: number): Promise<string> {
  let found = '';
  for (let next = first; next < first + count; ) {
    const { name, args } = await channel.next('a confirm');
    assert.ok(name === 'basic.ack' || name === 'basic.nack', `a confirm, not ${name}`);
    assert.equal(args.multiple || args.deliveryTag === next, true, 'in order');
    for (; next <= args.deliveryTag; next++) found += name === 'basic.ack' ? '+' : '-';
  }
  return found;
}

describe('a queue of limited length', () => {
  test(
    'drops its first messages',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 3 });
      publishAll(channel, queue, 'a', 'b', 'c', 'd', 'e');
      await channel.expectMessages(queue, 'c', 'd', 'e');
    }),
  );

  test(
    'of 0 passes messages on, and keeps none',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 0 });
      publishAll(channel, queue, 'lost');
      assert.equal(await channel.get(queue), undefined);
      await channel.call('basic.consume', { queue });
      publishAll(channel, queue, 'passed on');
      await channel.expectDelivery('passed on');
    }),
  );

  test(
    'counts the octets of bodies',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length-bytes': 10 });
      publishAll(channel, queue, 'four', 'four', '', '');
      await channel.expectMessages(queue, 'four', 'four', '', '');
      publishAll(channel, queue, 'one', 'two', '34567');
      await channel.expectMessages(queue, 'two', '34567');
      publishAll(channel, queue, 'a', 'far more than ten octets');
      assert.equal(await channel.get(queue), undefined);
      publishAll(channel, queue, '0123456789');
      await channel.expectMessages(queue, '0123456789');
    }),
  );

  test(
    'counts octets of what comes back and of what was purged',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length-bytes': 10 });
      publishAll(channel, queue, '12345', '67890');
      const { deliveryTag } = (await channel.get(queue, false))!;
      publishAll(channel, queue, 'abcde');
      channel.send('basic.reject', { deliveryTag, requeue: true });
      await channel.awaitCount(queue, 2);
      await channel.expectMessages(queue, '67890', 'abcde');
      publishAll(channel, queue, '0123456789');
      await channel.call('queue.purge', { queue });
      publishAll(channel, queue, 'abcdefghij');
      await channel.expectMessages(queue, 'abcdefghij');
    }),
  );

  test(
    'does not count what is unacknowledged, until it comes back',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 2 });
      publishAll(channel, queue, 'a', 'b');
      await channel.get(queue, false);
      await channel.get(queue, false);
      publishAll(channel, queue, 'c', 'd');
      await channel.awaitCount(queue, 2);
      channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
      await channel.expectNothing(queue);
      await channel.expectMessages(queue, 'c', 'd');
    }),
  );

  test(
    'makes dead letters of what it drops',
    scenario(async (s) => {
      const channel = await s.channel();
      const dead = await s.queue(channel);
      const args = { 'x-max-length': 1, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
      const queue = await limited(s, channel, args);
      publishAll(channel, queue, 'a', 'b', 'c');
      await channel.awaitCount(dead, 2);
      const { properties } = await channel.expectMessage(dead, 'a');
      assert.equal(properties.headers?.get('x-first-death-reason')?.value, 'maxlen');
      await channel.expectMessages(dead, 'b');
      await channel.expectMessages(queue, 'c');
    }),
  );

  test(
    'confirms what it drops later',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 1 });
      await channel.call('confirm.select');
      publishAll(channel, queue, 'a', 'b', 'c');
      assert.equal(await answers(channel, 1, 3), '+++');
    }),
  );

  test(
    'drops for each queue of a fan-out only what is too much there',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const queues: string[] = [];
      for (const length of [0, 1, 2, 0]) queues.push(await limited(s, channel, { 'x-max-length': length }));
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      for (const body of ['a', 'b', 'c']) channel.publish(exchange, '', body);
      await channel.expectMessages(queues[0]!);
      await channel.expectMessages(queues[1]!, 'c');
      await channel.expectMessages(queues[2]!, 'b', 'c');
      await channel.expectMessages(queues[3]!);
    }),
  );
});

describe('a queue that refuses what is too much', () => {
  for (const [overflow, args] of [
    ['reject-publish', {}],
    ['reject-publish-dlx', {}],
    ['reject-publish-dlx', { 'x-dead-letter-exchange': 'amq.direct' }],
  ] as const) {
    for (const deliveryMode of [1, 2]) {
      test(
        `${overflow}, delivery-mode ${deliveryMode}${'x-dead-letter-exchange' in args ? ', with an exchange' : ''}: tells the publisher`,
        scenario(async (s) => {
          const channel = await s.channel();
          const queue = s.name('queue');
          const limits = fieldTable({ 'x-max-length': 2, 'x-overflow': overflow, ...args });
          await channel.call('queue.declare', { queue, durable: true, arguments: limits });
          await channel.call('confirm.select');
          const options = { properties: { deliveryMode } };
          for (const [i, body] of ['a', 'b', 'c', 'd'].entries()) {
            channel.publish('', queue, body, options);
            assert.equal(await answers(channel, i + 1, 1), i < 2 ? '+' : '-');
          }
          await channel.expectMessages(queue, 'a', 'b');
          channel.publish('', queue, 'e', options);
          assert.equal(await answers(channel, 5, 1), '+');
          await channel.expectMessages(queue, 'e');
        }),
      );
    }
  }

  test(
    'counts octets, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length-bytes': 5, 'x-overflow': 'reject-publish' });
      await channel.call('confirm.select');
      for (const [i, body] of ['abc', 'def', 'de', ''].entries()) {
        channel.publish('', queue, body);
        assert.equal(await answers(channel, i + 1, 1), body === 'def' ? '-' : '+');
      }
      await channel.expectMessages(queue, 'abc', 'de', '');
    }),
  );

  test(
    'refuses even what a consumer could take, where it may keep none',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
      await channel.call('basic.consume', { queue });
      const publisher = await s.channel();
      await publisher.call('confirm.select');
      const open = await s.queue(publisher);
      publisher.publish('', open, 'x');
      assert.equal(await answers(publisher, 1, 1), '+');
      const exclusive = await limited(s, publisher, { 'x-max-length': 0, 'x-overflow': 'reject-publish' });
      await publisher.call('basic.consume', { queue: exclusive });
      publisher.publish('', exclusive, 'x');
      assert.equal(await answers(publisher, 2, 1), '-');
    }),
  );

  test(
    'says nothing to a publisher without confirms',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body, { mandatory: true });
      await channel.expectNothing(queue);
      await channel.expectMessages(queue, 'a');
    }),
  );

  test(
    'does not keep a message from other queues, but its publisher is told',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const full = await limited(s, channel, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      const open = await s.queue(channel);
      for (const queue of [full, open]) await channel.call('queue.bind', { queue, exchange });
      await channel.call('confirm.select');
      for (const [i, body] of ['a', 'b', 'c'].entries()) {
        channel.publish(exchange, '', body);
        assert.equal(await answers(channel, i + 1, 1), i === 0 ? '+' : '-');
      }
      await channel.expectMessages(full, 'a');
      await channel.expectMessages(open, 'a', 'b', 'c');
    }),
  );

  test(
    'may make a dead letter of what it refuses',
    scenario(async (s) => {
      const channel = await s.channel();
      const dead = await s.queue(channel);
      const routes = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
      const queue = await limited(s, channel, { 'x-max-length': 1, 'x-overflow': 'reject-publish-dlx', ...routes });
      publishAll(channel, queue, 'a', 'b');
      await channel.awaitCount(dead, 1);
      const { properties } = await channel.expectMessage(dead, 'b');
      assert.equal(properties.headers?.get('x-first-death-reason')?.value, 'maxlen');
      await channel.expectMessages(queue, 'a');
    }),
  );

  test(
    'does not drop what comes back',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      publishAll(channel, queue, 'a');
      const { deliveryTag } = (await channel.get(queue, false))!;
      publishAll(channel, queue, 'b');
      await channel.awaitCount(queue, 1);
      channel.send('basic.reject', { deliveryTag, requeue: true });
      await channel.awaitCount(queue, 2);
      await channel.expectMessages(queue, 'a', 'b');
    }),
  );

  test(
    'does so in transactions, too, and their publisher is told',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await limited(s, channel, { 'x-max-length': 1, 'x-overflow': 'reject-publish' });
      await channel.call('tx.select');
      publishAll(channel, queue, 'a', 'b', 'c');
      const text = 'PRECONDITION_FAILED - partial tx completion';
      await channel.expectRefusal('tx.commit', {}, 406, text);
      await channel.expectMessages(queue, 'a');
    }),
  );

  test(
    'tells of many at once',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await limited(s, channel, { 'x-max-length': 10, 'x-overflow': 'reject-publish' });
      await channel.call('confirm.select');
      client.sendRaw(Buffer.concat(Array.from({ length: 30 }, () => channel.encodePublish('', queue, 'x'))));
      const told = { 'basic.ack': new Set<number>(), 'basic.nack': new Set<number>() };
      const isTold = (tag: number) => told['basic.ack'].has(tag) || told['basic.nack'].has(tag);
      while (told['basic.ack'].size + told['basic.nack'].size < 30) {
        const { name, args } = await channel.next('a confirm');
        assert.ok(name === 'basic.ack' || name === 'basic.nack');
        const first = args.multiple ? 1 : args.deliveryTag;
        for (let tag = Number(first); tag <= args.deliveryTag; tag++) if (!isTold(tag)) told[name].add(tag);
      }
      assert.equal(told['basic.ack'].size, 10);
      assert.deepEqual(
        [...told['basic.nack']].sort((a, b) => a - b),
        Array.from({ length: 20 }, (_, i) => i + 11),
      );
    }),
  );
});
