import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Channel, connect } from 'amqplib';
import { startBroker } from 'leveret';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

/** Runs a broker on the directory, with a client on it, for as long as the callback takes. */
async function withChannel(data: TemporaryDataDirectory, run: (channel: Channel) => Promise<void>): Promise<void> {
  await using broker = await startBroker({ port: 0, dataDir: data.path });
  const connection = await connect(broker.url);
  await run(await connection.createChannel());
  await connection.close();
}

const QUEUES = ['one', 'two', 'three'];

for (const type of ['x-consistent-hash', 'x-modulus-hash']) {
  test(`keys keep their queues over a restart: ${type}`, async () => {
    using data = new TemporaryDataDirectory();
    const keys = Array.from({ length: 60 }, (_, i) => `key ${i}`);
    const publish = async (channel: Channel) => {
      for (const key of keys) channel.publish('hash', key, Buffer.from(key));
      const got = new Map<string, string>();
      for (const queue of QUEUES) {
        for (;;) {
          const message = await channel.get(queue, { noAck: true });
          if (message === false) break;
          got.set(message.content.toString(), queue);
        }
      }
      assert.equal(got.size, keys.length);
      return got;
    };
    let before: ReadonlyMap<string, string> | undefined;
    await withChannel(data, async (channel) => {
      await channel.assertExchange('hash', type);
      for (const queue of QUEUES) {
        await channel.assertQueue(queue);
        await channel.bindQueue(queue, 'hash', '1');
      }
      before = await publish(channel);
    });
    await withChannel(data, async (channel) => assert.deepEqual(await publish(channel), before));
  });
}

test('what a history gives to a durable queue survives a restart, the history itself does not', async () => {
  using data = new TemporaryDataDirectory();
  await withChannel(data, async (channel) => {
    await channel.assertExchange('history', 'x-recent-history');
    channel.publish('history', '', Buffer.from('persistent'), { persistent: true });
    channel.publish('history', '', Buffer.from('transient'));
    await channel.assertQueue('durable');
    await channel.bindQueue('durable', 'history', '');
    assert.equal((await channel.checkQueue('durable')).messageCount, 2);
  });
  await withChannel(data, async (channel) => {
    const message = await channel.get('durable', { noAck: true });
    assert.ok(message);
    assert.equal(message.content.toString(), 'persistent');
    assert.equal(await channel.get('durable'), false);
    await channel.assertQueue('late');
    await channel.bindQueue('late', 'history', '');
    assert.equal(await channel.get('late'), false);
  });
});
