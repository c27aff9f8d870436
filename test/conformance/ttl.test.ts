import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

/** Far longer than a test takes. */
const LONG_MS = 600_000;

function expiring(ms: number): { properties: { expiration: string } } {
  return { properties: { expiration: String(ms) } };
}

async function declare(
  s: Scenario,
  channel: WireChannel,
  args: { readonly [name: string]: PlainValue },
): Promise<string> {
  return s.queue(channel, { arguments: fieldTable(args) });
}

async function readyCount(channel: WireChannel, queue: string): Promise<number> {
  return (await channel.call('queue.declare', { queue, passive: true })).messageCount;
}

/** A queue whose dead letters come to another one. */
async function withGrave(s: Scenario, args: { readonly [name: string]: PlainValue } = {}) {
  const channel = await s.channel();
  const dead = await s.queue(channel);
  const routes = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
  return { channel, dead, queue: await declare(s, channel, { ...routes, ...args }) };
}

describe('a time to live', () => {
  for (const [whose, args, options] of [
    ["the queue's", { 'x-message-ttl': 30 }, {}],
    ["the message's", {}, expiring(30)],
    ["the queue's, where the message's is longer", { 'x-message-ttl': 30 }, expiring(LONG_MS)],
    ["the message's, where the queue's is longer", { 'x-message-ttl': LONG_MS }, expiring(30)],
  ] as const) {
    test(
      `${whose}: messages go when it is over`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await declare(s, channel, args);
        await channel.call('confirm.select');
        for (const body of ['a', 'b', 'c']) {
          channel.publish('', queue, body, options);
          await channel.expect('basic.ack');
        }
        await channel.awaitCount(queue, 0);
        assert.equal(await channel.get(queue), undefined);
      }),
    );
  }

  test(
    'that is over lets basic.get tell of none behind the message that it takes',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await declare(s, channel, {});
      channel.publish('', queue, 'a');
      channel.publish('', queue, 'b', expiring(0));
      channel.publish('', queue, 'c');
      await channel.awaitCount(queue, 3);
      assert.equal((await channel.get(queue))?.messageCount, 1);
      await channel.expectMessages(queue, 'c');
    }),
  );

  for (const [whose, args, options] of [
    ["the queue's", { 'x-message-ttl': 0 }, {}],
    ["the message's", {}, expiring(0)],
  ] as const) {
    test(
      `of 0 is over unless a consumer takes the message at once: ${whose}`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        const queue = await declare(s, channel, args);
        const publisher = await client.channel(2);
        await publisher.call('confirm.select');
        const publish = async (body: string) => {
          publisher.publish('', queue, body, options);
          await publisher.expect('basic.ack');
        };
        await publish('nobody');
        await channel.call('basic.qos', { prefetchCount: 1 });
        await channel.call('basic.consume', { queue });
        await publish('consumer');
        const { deliveryTag } = await channel.expectDelivery('consumer');
        await publish('busy');
        channel.send('basic.ack', { deliveryTag });
        await channel.expectNothing(queue);
      }),
    );
  }

  test(
    'is over only for the first message of a queue',
    scenario(async (s) => {
      const { channel, dead, queue } = await withGrave(s);
      channel.publish('', queue, 'long', expiring(LONG_MS));
      channel.publish('', queue, 'short', expiring(1));
      const short = await withGrave(s);
      short.channel.publish('', short.queue, 'later', expiring(50));
      await short.channel.awaitCount(short.dead, 1);
      assert.equal(await readyCount(channel, queue), 2);
      await channel.expectMessage(queue, 'long');
      await channel.awaitCount(queue, 0);
      await channel.awaitCount(dead, 1);
      await channel.expectMessages(dead, 'short');
    }),
  );

  test(
    'does not count for what is delivered, but goes on when it comes back',
    scenario(async (s) => {
      const { channel, dead, queue } = await withGrave(s, { 'x-message-ttl': 40 });
      channel.publish('', queue, 'x');
      const message = await channel.get(queue, false);
      const other = await withGrave(s, { 'x-message-ttl': 80 });
      other.channel.publish('', other.queue, 'later');
      await other.channel.awaitCount(other.dead, 1);
      assert.equal(await readyCount(channel, dead), 0);
      channel.send('basic.reject', { deliveryTag: message!.deliveryTag, requeue: true });
      await channel.awaitCount(dead, 1);
      assert.equal(await readyCount(channel, queue), 0);
    }),
  );

  test(
    'ends with a dead letter, which says so',
    scenario(async (s) => {
      const { channel, dead, queue } = await withGrave(s);
      channel.publish('', queue, 'x', expiring(5));
      await channel.awaitCount(dead, 1);
      const { properties } = await channel.expectMessage(dead, 'x');
      assert.equal(properties.expiration, undefined);
      assert.equal(properties.headers?.get('x-first-death-reason')?.value, 'expired');
    }),
  );

  test(
    'keeps the order of messages in their dead letters',
    scenario(async (s) => {
      const { channel, dead, queue } = await withGrave(s, { 'x-message-ttl': 10 });
      const bodies = Array.from({ length: 200 }, (_, i) => String(i));
      for (const body of bodies) channel.publish('', queue, body);
      await channel.awaitCount(dead, bodies.length);
      await channel.expectMessages(dead, ...bodies);
    }),
  );

  test(
    'carries a message through queues with times to live, to the last one',
    scenario(async (s) => {
      const channel = await s.channel();
      const last = await s.queue(channel);
      let next = last;
      for (let i = 0; i < 4; i++) {
        next = await declare(s, channel, {
          'x-message-ttl': 5,
          'x-dead-letter-exchange': '',
          'x-dead-letter-routing-key': next,
        });
      }
      channel.publish('', next, 'x');
      await channel.awaitCount(last, 1);
      const { properties } = await channel.expectMessage(last, 'x');
      const deaths = properties.headers?.get('x-death');
      assert.equal(deaths?.type === 'array' && deaths.value.length, 4);
      assert.equal(properties.headers?.get('x-first-death-queue')?.value, next);
    }),
  );

  test(
    'ends a message that goes round without anybody rejecting it',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      const args = fieldTable({ 'x-message-ttl': 5, 'x-dead-letter-exchange': '' });
      await channel.call('queue.declare', { queue, exclusive: true, arguments: args });
      await channel.call('confirm.select');
      channel.publish('', queue, 'x');
      await channel.expect('basic.ack');
      await channel.awaitCount(queue, 0);
      await channel.expectNothing(queue);
      assert.equal(await readyCount(channel, queue), 0);
    }),
  );

  test(
    'lets a message go round that somebody has rejected on the way',
    scenario(async (s) => {
      const channel = await s.channel();
      const [work, pause] = [s.name('work'), s.name('pause')];
      const to = (queue: string) => ({ 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue });
      await channel.call('queue.declare', { queue: work, exclusive: true, arguments: fieldTable(to(pause)) });
      const ttl = fieldTable({ ...to(work), 'x-message-ttl': 5 });
      await channel.call('queue.declare', { queue: pause, exclusive: true, arguments: ttl });
      channel.publish('', work, 'x');
      await channel.call('basic.consume', { queue: work });
      for (let round = 1; round <= 4; round++) {
        const { deliveryTag, properties } = await channel.expectDelivery('x');
        const deaths = properties.headers?.get('x-death');
        const entry = deaths?.type === 'array' ? deaths.value[0] : undefined;
        if (round > 1) assert.equal(entry?.type === 'table' && entry.value.get('count')?.value, round - 1);
        channel.send('basic.nack', { deliveryTag });
      }
    }),
  );

  test(
    'holds for messages of a transaction',
    scenario(async (s) => {
      const { channel, dead, queue } = await withGrave(s);
      await channel.call('tx.select');
      channel.publish('', queue, 'x', expiring(5));
      await channel.call('tx.commit');
      await channel.awaitCount(dead, 1);
    }),
  );

  test(
    'holds in each queue that the message goes to, for itself',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const queues = [await declare(s, channel, { 'x-message-ttl': 5 }), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      await channel.call('confirm.select');
      channel.publish(exchange, '', 'x');
      await channel.expect('basic.ack');
      await channel.awaitCount(queues[0]!, 0);
      await channel.expectMessages(queues[1]!, 'x');
    }),
  );
});
