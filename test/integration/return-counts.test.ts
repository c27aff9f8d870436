import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { BrokerProcess } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';

const PERSISTENT = { deliveryMode: 2 };

/** Runs a broker on the directory for as long as the callback takes; then it is killed, or asked to end. */
async function during(
  data: TemporaryDataDirectory,
  end: 'kill' | 'stop',
  run: (channel: WireChannel) => Promise<void>,
) {
  await using broker = await BrokerProcess.start(['--data-dir', data.path]);
  const client = await WireClient.open(broker.url);
  await run(await client.channel());
  const ended = end === 'kill' ? broker.kill() : broker.terminate();
  if (end === 'stop') await client.control.expect('connection.close'); // the broker waits for those who do not go
  await client.abort();
  await ended;
}

/** What the next broker on the directory has. */
async function afterwards(data: TemporaryDataDirectory, run: (channel: WireChannel) => Promise<void>) {
  await using broker = await startBroker({ port: 0, dataDir: data.path });
  const client = await WireClient.open(broker.url);
  await run(await client.channel());
  await client.abort();
}

async function declare(channel: WireChannel, args: Record<string, PlainValue>): Promise<void> {
  await channel.call('queue.declare', { queue: 'q', durable: true, arguments: fieldTable(args) });
}

async function publish(channel: WireChannel, ...messages: readonly (readonly [body: string, priority: number])[]) {
  await channel.call('confirm.select');
  for (const [body, priority] of messages) {
    channel.publish('', 'q', body, { properties: { ...PERSISTENT, priority } });
    await channel.expect('basic.ack');
  }
}

async function publishDelayed(channel: WireChannel, body: string, delayMs: number): Promise<void> {
  await channel.call('confirm.select');
  channel.publish('', 'q', body, { properties: { ...PERSISTENT, headers: fieldTable({ 'x-delay': delayMs }) } });
  await channel.expect('basic.ack');
}

/** Takes what is there and what is delayed, and keeps it. */
async function takeUntil(channel: WireChannel, count: number): Promise<string[]> {
  const taken: string[] = [];
  while (taken.length < count) taken.push(...(await takeAll(channel)));
  return taken;
}

/** Takes all messages, and keeps them: bodies, counts of deliveries, and an R for what is redelivered. */
async function takeAll(channel: WireChannel): Promise<string[]> {
  const taken: string[] = [];
  for (let message = await channel.get('q', false); message !== undefined; message = await channel.get('q', false)) {
    const count = message.properties.headers?.get('x-delivery-count')?.value ?? '';
    taken.push(`${message.body}${count}${message.redelivered ? 'R' : ''}`);
  }
  return taken;
}

async function giveBackAll(channel: WireChannel): Promise<void> {
  channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
  await channel.settle('q');
}

for (const end of ['kill', 'stop'] as const) {
  describe(`after a ${end}`, () => {
    test('it is known how often messages came back, also by that', async () => {
      using data = new TemporaryDataDirectory();
      await during(data, end, async (channel) => {
        await declare(channel, { 'x-delivery-limit': 3 });
        await publish(channel, ['a', 0], ['b', 0]);
        await channel.get('q', false);
        await giveBackAll(channel);
        assert.deepEqual(await takeAll(channel), ['a1R', 'b0']);
        await giveBackAll(channel);
      });
      await afterwards(data, async (channel) => {
        assert.deepEqual(await takeAll(channel), ['a2R', 'b1R']);
        await giveBackAll(channel);
        assert.deepEqual(await takeAll(channel), ['a3R', 'b2R']);
        await giveBackAll(channel);
        assert.deepEqual(await takeAll(channel), ['b3R']);
      });
    });

    test('messages have their priorities, and only what was delivered is redelivered', async () => {
      using data = new TemporaryDataDirectory();
      await during(data, end, async (channel) => {
        await declare(channel, { 'x-max-priority': 9 });
        await publish(channel, ['a', 1], ['b', 5], ['c', 1], ['d', 9], ['e', 0]);
        for (const body of ['d', 'b']) assert.equal((await channel.get('q', false))?.body.toString(), body);
        await channel.settle('q');
      });
      await afterwards(data, async (channel) => {
        assert.deepEqual(await takeAll(channel), ['dR', 'bR', 'a', 'c', 'e']);
      });
    });

    for (const type of ['classic', 'quorum']) {
      const zero = type === 'quorum' ? '0' : '';
      const one = type === 'quorum' ? '1' : '';

      test(`a delayed message that others overtook was not delivered (${type})`, async () => {
        using data = new TemporaryDataDirectory();
        await during(data, end, async (channel) => {
          await declare(channel, { 'x-queue-type': type });
          await publishDelayed(channel, 'delayed', 300);
          await publish(channel, ['a', 0], ['b', 0]);
          assert.deepEqual((await takeAll(channel)).slice(0, 2), [`a${zero}`, `b${zero}`]);
        });
        await afterwards(data, async (channel) => {
          assert.deepEqual(await takeUntil(channel, 3), [`a${one}R`, `b${one}R`, `delayed${zero}`]);
        });
      });

      test(`those that a delayed message went out behind were delivered (${type})`, async () => {
        using data = new TemporaryDataDirectory();
        await during(data, end, async (channel) => {
          await declare(channel, { 'x-queue-type': type });
          await publishDelayed(channel, 'delayed', 200);
          await publish(channel, ['a', 0], ['b', 0]);
          for (let ready = 0; ready < 3; ) {
            ready = (await channel.call('queue.declare', { queue: 'q', passive: true })).messageCount;
          }
          await channel.call('basic.consume', { queue: 'q' });
          for (let i = 0; i < 3; i++) await channel.expect('basic.deliver');
        });
        await afterwards(data, async (channel) => {
          const taken = await takeUntil(channel, 3);
          assert.deepEqual(taken.sort(), [`a${one}R`, `b${one}R`, `delayed${one}R`]);
        });
      });
    }

    test('what waited to be tried again is there', async () => {
      using data = new TemporaryDataDirectory();
      await during(data, end, async (channel) => {
        await declare(channel, { 'x-delayed-retry-type': 'all', 'x-delayed-retry-min': 3_600_000 });
        await publish(channel, ['a', 0]);
        assert.deepEqual(await takeAll(channel), ['a0']);
        await giveBackAll(channel);
        assert.deepEqual(await takeAll(channel), []);
      });
      await afterwards(data, async (channel) => {
        assert.deepEqual(await takeAll(channel), ['a1R']);
      });
    });
  });
}
