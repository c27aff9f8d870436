import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConfirmChannel, connect } from 'amqplib';
import { type Broker, startBroker } from 'leveret';
import { fieldTable } from '#src/protocol/field-table.js';
import { inspectDataDirectory } from '#src/storage/inspection.js';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { WireClient } from '../support/wire-client.ts';

/** Runs a client on a broker of its own for as long as the callback takes. */
async function onBroker(dataDir: string | undefined, run: (channel: ConfirmChannel, broker: Broker) => Promise<void>) {
  await using broker = await startBroker({ port: 0, ...(dataDir === undefined ? {} : { dataDir }) });
  const connection = await connect(broker.url);
  await run(await connection.createConfirmChannel(), broker);
  await connection.close();
}

async function declare(channel: ConfirmChannel): Promise<void> {
  await channel.assertQueue('q');
  await channel.assertExchange('once', 'x-message-deduplication', { arguments: { 'x-cache-size': 1000 } });
  await channel.bindQueue('q', 'once', '');
}

/** Publishes messages of these identities, each confirmed whether it is a duplicate or not. */
async function publish(channel: ConfirmChannel, exchange: string, ids: readonly string[], persistent = true) {
  const routingKey = exchange === '' ? 'distinct' : '';
  for (const id of ids) {
    channel.publish(exchange, routingKey, Buffer.from(id), { persistent, headers: { 'x-deduplication-header': id } });
  }
  await channel.waitForConfirms();
}

async function takeAll(channel: ConfirmChannel, queue: string): Promise<string[]> {
  const found: string[] = [];
  for (let next = await channel.get(queue); next !== false; next = await channel.get(queue)) {
    channel.ack(next);
    found.push(`${next.content}`);
  }
  return found;
}

describe('an exchange that drops duplicates', () => {
  test('still knows after restarts what it has seen, though nothing of it is left', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel) => {
      await declare(channel);
      await publish(channel, 'once', ['a', 'b', 'a']);
      assert.deepEqual(await takeAll(channel, 'q'), ['a', 'b']);
    });
    for (const more of ['c', 'd']) {
      await onBroker(data.path, async (channel) => {
        await publish(channel, 'once', ['a', 'b', more, more]);
        assert.deepEqual(await takeAll(channel, 'q'), [more]);
      });
    }
    await onBroker(data.path, async (channel) => {
      await publish(channel, 'once', ['a', 'b', 'c', 'd', 'e']);
      assert.deepEqual(await takeAll(channel, 'q'), ['e']);
    });
  });

  test('does not know transient messages after a restart: they are gone themselves', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel) => {
      await declare(channel);
      await publish(channel, 'once', ['a', 'a'], false);
      assert.deepEqual(await takeAll(channel, 'q'), ['a']);
    });
    await onBroker(data.path, async (channel) => {
      await publish(channel, 'once', ['a']);
      assert.deepEqual(await takeAll(channel, 'q'), ['a']);
    });
  });

  test('forgets everything when it is deleted', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel) => {
      await declare(channel);
      await publish(channel, 'once', ['a']);
      await channel.deleteExchange('once');
    });
    await onBroker(data.path, async (channel) => {
      await declare(channel);
      await publish(channel, 'once', ['a']);
      assert.deepEqual(await takeAll(channel, 'q'), ['a', 'a']);
    });
  });

  test('drops duplicates in a transaction, and knows nothing of one that is rolled back', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel, broker) => {
      await declare(channel);
      const wire = await WireClient.open(broker.url);
      const tx = await wire.channel();
      await tx.call('tx.select');
      const properties = { deliveryMode: 2, headers: fieldTable({ 'x-deduplication-header': 'a' }) };
      tx.publish('once', '', 'a', { properties });
      await tx.call('tx.rollback');
      tx.publish('once', '', 'a', { properties });
      tx.publish('once', '', 'a', { properties });
      await tx.call('tx.commit');
      tx.publish('once', '', 'a', { properties });
      await tx.call('tx.commit');
      assert.deepEqual(await takeAll(channel, 'q'), ['a']);
      await wire.close();
    });
    await onBroker(data.path, async (channel) => {
      await publish(channel, 'once', ['a', 'b']);
      assert.deepEqual(await takeAll(channel, 'q'), ['b']);
    });
  });
});

test('a queue that drops duplicates knows what is in it after a restart', async () => {
  using data = new TemporaryDataDirectory();
  const options = { arguments: { 'x-message-deduplication': true } };
  await onBroker(data.path, async (channel) => {
    await channel.assertQueue('distinct', options);
    await publish(channel, '', ['a', 'b', 'a']);
  });
  await onBroker(data.path, async (channel) => {
    await publish(channel, '', ['a', 'b', 'c']);
    assert.deepEqual(await takeAll(channel, 'distinct'), ['a', 'b', 'c']);
    await publish(channel, '', ['a']);
    assert.deepEqual(await takeAll(channel, 'distinct'), ['a']);
  });
  await onBroker(data.path, async (channel) => {
    assert.equal((await channel.checkQueue('distinct')).messageCount, 0);
  });
});

test('a duplicate of what is in a queue is not even written to disk, where a crash could leave it', async () => {
  using data = new TemporaryDataDirectory();
  await onBroker(data.path, async (channel) => {
    await channel.assertQueue('distinct', { arguments: { 'x-message-deduplication': true } });
    await channel.assertQueue('all');
    await publish(channel, '', ['a', 'b', 'a', 'a']);
    const { segments } = inspectDataDirectory(data.path).log;
    assert.equal(
      segments.reduce((sum, { records }) => sum + records, 0),
      2,
    );
    await channel.assertExchange('both', 'fanout');
    for (const queue of ['distinct', 'all']) await channel.bindQueue(queue, 'both', '');
    await publish(channel, 'both', ['a', 'c']);
    assert.deepEqual(await takeAll(channel, 'distinct'), ['a', 'b', 'c']);
    assert.deepEqual(await takeAll(channel, 'all'), ['a', 'c']);
  });
});

for (const persistent of [false, true]) {
  test(`a queue that keeps nothing of a message leaves it to the next one, ${persistent ? 'persistent' : 'transient'}`, async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel) => {
      await channel.assertExchange('all', 'fanout');
      await channel.assertQueue('distinct', { arguments: { 'x-message-deduplication': true } });
      await channel.assertQueue('short', { arguments: { 'x-message-deduplication': true, 'x-max-length': 0 } });
      await channel.assertQueue('plain');
      for (const queue of ['distinct', 'short', 'plain']) await channel.bindQueue(queue, 'all', '');
      await channel.consume('distinct', () => undefined, { noAck: true });
      await channel.assertQueue('others');
      for (const id of ['a', 'b', 'c']) {
        await publish(channel, 'all', [id], persistent);
        channel.sendToQueue('others', Buffer.from('not for you'), { persistent });
      }
      await channel.waitForConfirms();
      assert.deepEqual(await takeAll(channel, 'plain'), ['a', 'b', 'c']);
    });
  });
}
