import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { startBroker } from 'leveret';
import { extent } from '#src/extent.test.helper.js';
import { BrokerProcess } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const COUNT = extent({ usual: 1000, soak: 10_000 });
const DEAD = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };

interface Client {
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
}

interface Run extends Client {
  readonly broker: BrokerProcess;
}

async function connectTo(url: string): Promise<Client> {
  const connection = await connect(url);
  connection.on('error', () => undefined); // it ends with its broker
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  await channel.assertQueue('dead', { durable: true });
  return { connection, channel };
}

/** A broker that can be killed. */
async function start(data: TemporaryDataDirectory): Promise<Run> {
  const broker = await BrokerProcess.start(['--data-dir', data.path]);
  return { broker, ...(await connectTo(broker.url)) };
}

/** What the next broker on the directory has. */
async function afterwards(data: TemporaryDataDirectory, look: (channel: ConfirmChannel) => Promise<void>) {
  await using broker = await startBroker({ port: 0, dataDir: data.path });
  const { connection, channel } = await connectTo(broker.url);
  await look(channel);
  await connection.close();
}

async function publish(channel: ConfirmChannel, count: number, options: { expiration?: string } = {}): Promise<void> {
  for (let i = 0; i < count; i++)
    channel.sendToQueue('source', Buffer.from(String(i)), { persistent: true, ...options });
  await channel.waitForConfirms();
}

/** The bodies of the queue's messages, which are taken. */
async function take(channel: ConfirmChannel, queue: string): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const message = await channel.get(queue, { noAck: true });
    if (message === false) return found;
    found.push(message.content.toString());
  }
}

async function awaitCount(channel: ConfirmChannel, queue: string, count: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  while ((await channel.checkQueue(queue)).messageCount !== count) {
    assert.ok(performance.now() < deadline, `${queue} does not come to ${count} messages`);
  }
}

describe('after the broker was killed', () => {
  test('each rejected message is in its queue or a dead letter, at whatever moment that was', async () => {
    for (const delay of [0, 1, 2]) {
      using data = new TemporaryDataDirectory();
      const before = await start(data);
      await before.channel.assertQueue('source', { durable: true, arguments: DEAD });
      await publish(before.channel, COUNT);
      await new Promise<void>((resolve) => {
        let rejected = 0;
        before.channel.consume('source', (message) => {
          if (message === null) return;
          before.channel.nack(message, false, false);
          if (++rejected === Math.ceil((COUNT * (delay + 1)) / 4)) resolve();
        });
      });
      await before.broker.kill();

      await afterwards(data, async (channel) => {
        const found = new Set([...(await take(channel, 'source')), ...(await take(channel, 'dead'))]);
        assert.equal(found.size, COUNT);
      });
    }
  });

  for (const [whose, args, options] of [
    ["the queue's", { ...DEAD, 'x-message-ttl': 400 }, {}],
    ["the message's", DEAD, { expiration: '400' }],
  ] as const) {
    test(`a time to live goes on from when the message came: ${whose}`, async () => {
      using data = new TemporaryDataDirectory();
      const before = await start(data);
      await before.channel.assertQueue('source', { durable: true, arguments: args });
      await publish(before.channel, 10, options);
      await before.broker.kill();
      await afterwards(data, async (channel) => {
        await awaitCount(channel, 'source', 0);
        await awaitCount(channel, 'dead', 10);
        assert.deepEqual(
          await take(channel, 'dead'),
          Array.from({ length: 10 }, (_, i) => String(i)),
        );
      });
    });
  }

  test('what had expired does not come again', async () => {
    using data = new TemporaryDataDirectory();
    const before = await start(data);
    await before.channel.assertQueue('source', { durable: true, arguments: { ...DEAD, 'x-message-ttl': 1 } });
    await publish(before.channel, 100);
    await awaitCount(before.channel, 'dead', 100);
    assert.equal((await take(before.channel, 'dead')).length, 100);
    await before.connection.close();
    await before.broker.terminate();
    await afterwards(data, async (channel) => {
      assert.deepEqual([await take(channel, 'source'), await take(channel, 'dead')], [[], []]);
    });
  });

  test('limits on the length hold for what is there', async () => {
    using data = new TemporaryDataDirectory();
    const before = await start(data);
    const args = { 'x-max-length-bytes': 3, 'x-overflow': 'reject-publish' };
    await before.channel.assertQueue('source', { durable: true, arguments: args });
    await publish(before.channel, 3);
    await before.broker.kill();
    await afterwards(data, async (channel) => {
      await assert.rejects(publish(channel, 1));
      assert.deepEqual(await take(channel, 'source'), ['0', '1', '2']);
      await publish(channel, 1);
    });
  });
});
