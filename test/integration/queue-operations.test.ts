import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { extent } from '#src/extent.test.helper.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { SKIP } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { startMoving } from '../support/moving-broker.ts';

const PERSISTENT = { properties: { deliveryMode: 2 } };

describe('a paused queue', () => {
  test('is paused after a restart, with its messages, until it is resumed', async () => {
    using data = new TemporaryDataDirectory();
    {
      await using broker = await BrokerInside.start({ dataDir: data.path });
      const channel = await (await broker.login()).channel();
      await channel.call('queue.declare', { queue: 'q', durable: true });
      channel.publish('', 'q', 'a', PERSISTENT);
      await channel.awaitCount('q', 1);
      await broker.administration.pauseQueue('/', 'q');
    }
    {
      await using broker = await BrokerInside.start({ dataDir: data.path });
      const channel = await (await broker.login()).channel();
      assert.equal(await channel.get('q'), undefined);
      await channel.call('basic.consume', { queue: 'q', consumerTag: 'c' });
      await channel.awaitCount('q', 1);
      await channel.expectNothing('q');
      await broker.administration.resumeQueue('/', 'q');
      const { deliveryTag } = await channel.expectDelivery('a');
      channel.send('basic.ack', { deliveryTag });
      await channel.settle();
    }
    await using broker = await BrokerInside.start({ dataDir: data.path });
    assert.equal(broker.context.vhosts.get('/')!.queues.get('q')!.isPaused, false);
  });

  test('what is not there can not be paused', async () => {
    await using broker = await BrokerInside.start();
    const refused = { name: 'OperationError', isMissing: true, message: "queue 'q' in vhost '/' does not exist" };
    await assert.rejects(broker.administration.pauseQueue('/', 'q'), refused);
  });
});

describe('moved messages', () => {
  test('are in the target after a restart, and not in the source', async () => {
    using data = new TemporaryDataDirectory();
    {
      await using broker = await BrokerInside.start({ dataDir: data.path });
      const channel = await (await broker.login()).channel();
      await channel.call('queue.declare', { queue: 'a', durable: true });
      await channel.call('queue.declare', { queue: 'b', durable: true });
      for (let i = 0; i < 1000; i++) channel.publish('', 'a', String(i), PERSISTENT);
      await channel.awaitCount('a', 1000);
      const result = await broker.administration.moveMessages('/', 'a', 'b', { limit: 600 });
      assert.deepEqual(result, { moved: 600, stayed: 0, error: undefined });
    }
    await using broker = await BrokerInside.start({ dataDir: data.path });
    const channel = await (await broker.login()).channel();
    await channel.expectMessages('b', ...Array.from({ length: 600 }, (_, i) => String(i)));
    await channel.expectMessages('a', ...Array.from({ length: 400 }, (_, i) => String(600 + i)));
  });

  for (const storage of ['auto', 'files'] as const) {
    test(`none is lost when the broker is killed meanwhile (${storage})`, { skip: SKIP }, async (t) => {
      using data = new TemporaryDataDirectory();
      const COUNT = extent({ usual: 25_000, soak: 100_000 });
      await startMoving(data.path, storage, COUNT);
      await using broker = await BrokerInside.start({ dataDir: data.path, storage });
      const channel = await (await broker.login()).channel();
      const seen = new Set<string>();
      const counts = [];
      for (const queue of ['a', 'b']) {
        const { messageCount } = await channel.call('queue.declare', { queue, passive: true });
        counts.push(messageCount);
        await channel.call('basic.consume', { queue, consumerTag: queue, noAck: true });
        for (let i = 0; i < messageCount; i++) seen.add((await channel.expectDelivery()).body.toString());
      }
      t.diagnostic(`${counts} messages in the source and in the target`);
      assert.equal(seen.size, COUNT);
      assert.ok(counts[1]! > 0 && counts[1]! < COUNT, `${counts} messages`);
    });
  }
});
