import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { BrokerProcess } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const COUNT = 3000;
const DEAD = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'dead' };

interface Run {
  readonly broker: BrokerProcess;
  readonly connection: ChannelModel;
  readonly channel: ConfirmChannel;
}

async function start(data: TemporaryDataDirectory): Promise<Run> {
  const broker = await BrokerProcess.start(['--data-dir', data.path]);
  const connection = await connect(broker.url);
  connection.on('error', () => undefined); // it ends with its broker
  const channel = await connection.createConfirmChannel();
  channel.on('error', () => undefined);
  await channel.assertQueue('dead', { durable: true });
  return { broker, connection, channel };
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
      let rejected = 0;
      await before.channel.consume('source', (message) => {
        if (message === null) return;
        before.channel.nack(message, false, false);
        rejected++;
      });
      while (rejected < (COUNT * (delay + 1)) / 4) await new Promise(setImmediate);
      await before.broker.kill();

      const after = await start(data);
      const found = new Set([...(await take(after.channel, 'source')), ...(await take(after.channel, 'dead'))]);
      assert.equal(found.size, COUNT);
      await after.connection.close();
      await after.broker.terminate();
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
      const after = await start(data);
      await awaitCount(after.channel, 'source', 0);
      await awaitCount(after.channel, 'dead', 10);
      assert.deepEqual(
        await take(after.channel, 'dead'),
        Array.from({ length: 10 }, (_, i) => String(i)),
      );
      await after.connection.close();
      await after.broker.terminate();
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
    const after = await start(data);
    assert.deepEqual([await take(after.channel, 'source'), await take(after.channel, 'dead')], [[], []]);
    await after.connection.close();
    await after.broker.terminate();
  });

  test('limits on the length hold for what is there', async () => {
    using data = new TemporaryDataDirectory();
    const before = await start(data);
    const args = { 'x-max-length-bytes': 3, 'x-overflow': 'reject-publish' };
    await before.channel.assertQueue('source', { durable: true, arguments: args });
    await publish(before.channel, 3);
    await before.broker.kill();
    const after = await start(data);
    await assert.rejects(publish(after.channel, 1));
    assert.deepEqual(await take(after.channel, 'source'), ['0', '1', '2']);
    await publish(after.channel, 1);
    await after.connection.close();
    await after.broker.terminate();
  });
});
