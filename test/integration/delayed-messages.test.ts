import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Channel, type ConfirmChannel, connect, type Message } from 'amqplib';
import { type Broker, startBroker } from 'leveret';
import { fieldTable } from '#src/protocol/field-table.js';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { WireClient } from '../support/wire-client.ts';

interface Arrival {
  readonly body: string;
  readonly delay: unknown;
  readonly atMs: number;
}

/** The next messages of the queue, with the times at which they come. */
async function arrivals(channel: Channel, queue: string, count: number): Promise<Arrival[]> {
  const found: Arrival[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = ({ content, properties }: Message) => {
      found.push({ body: `${content}`, delay: properties.headers?.['x-delay'], atMs: Date.now() });
      if (found.length === count) resolve();
    };
    channel.consume(queue, (message) => take(message!), { noAck: true, consumerTag: 'arrivals' }).catch(reject);
  });
  await channel.cancel('arrivals');
  return found;
}

/** Runs a client on a broker of its own for as long as the callback takes. */
async function onBroker(dataDir: string | undefined, run: (channel: ConfirmChannel, broker: Broker) => Promise<void>) {
  await using broker = await startBroker({ port: 0, ...(dataDir === undefined ? {} : { dataDir }) });
  const connection = await connect(broker.url);
  await run(await connection.createConfirmChannel(), broker);
  await connection.close();
}

async function declareExchange(channel: Channel, queue: string): Promise<void> {
  await channel.assertQueue(queue, { durable: true });
  await channel.assertExchange('later', 'x-delayed-message', {
    durable: true,
    arguments: { 'x-delayed-type': 'direct' },
  });
  await channel.bindQueue(queue, 'later', 'k');
}

const PERSISTENT = { persistent: true };

function assertDue({ atMs }: Arrival, fromMs: number, delayMs: number): void {
  assert.ok(atMs >= fromMs + delayMs, `${fromMs + delayMs - atMs} ms early`);
}

describe('an exchange of type x-delayed-message', () => {
  test('delivers each message after its own delay', async () => {
    await onBroker(undefined, async (channel) => {
      await declareExchange(channel, 'q');
      const fromMs = Date.now();
      channel.publish('later', 'k', Buffer.from('slow'), { headers: { 'x-delay': 120 } });
      channel.publish('later', 'k', Buffer.from('fast'), { headers: { 'x-delay': 40 } });
      channel.publish('later', 'k', Buffer.from('now'));
      const found = await arrivals(channel, 'q', 3);
      assert.deepEqual(
        found.map(({ body, delay }) => [body, delay]),
        [
          ['now', undefined],
          ['fast', -40],
          ['slow', -120],
        ],
      );
      assertDue(found[1]!, fromMs, 40);
      assertDue(found[2]!, fromMs, 120);
    });
  });

  test('keeps persistent messages over a restart, until the time that they were due anyway', async () => {
    using data = new TemporaryDataDirectory();
    let fromMs = 0;
    await onBroker(data.path, async (channel) => {
      await declareExchange(channel, 'q');
      fromMs = Date.now();
      channel.publish('later', 'k', Buffer.from('soon'), { ...PERSISTENT, headers: { 'x-delay': 1 } });
      channel.publish('later', 'k', Buffer.from('late'), { ...PERSISTENT, headers: { 'x-delay': 400 } });
      channel.publish('later', 'k', Buffer.from('transient'), { headers: { 'x-delay': 400 } });
      await channel.waitForConfirms();
    });
    await onBroker(data.path, async (channel) => {
      const found = await arrivals(channel, 'q', 2);
      assert.deepEqual(
        found.map(({ body, delay }) => [body, delay]),
        [
          ['soon', -1],
          ['late', -400],
        ],
      );
      assertDue(found[1]!, fromMs, 400);
    });
    await onBroker(data.path, async (channel) => {
      assert.equal((await channel.checkQueue('q')).messageCount, 0);
    });
  });

  test('keeps what a transaction publishes, once it is committed', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel, broker) => {
      await declareExchange(channel, 'q');
      const wire = await WireClient.open(broker.url);
      const tx = await wire.channel();
      await tx.call('tx.select');
      const properties = { deliveryMode: 2, headers: fieldTable({ 'x-delay': 50 }) };
      tx.publish('later', 'k', 'rolled back', { properties });
      await tx.call('tx.rollback');
      tx.publish('later', 'k', 'committed', { properties });
      await tx.call('tx.commit');
      await wire.close();
    });
    await onBroker(data.path, async (channel) => {
      const found = await arrivals(channel, 'q', 1);
      assert.deepEqual([found[0]!.body, found[0]!.delay], ['committed', -50]);
    });
  });

  test('takes what it keeps with it when it is deleted, and is forgotten by the data directory', async () => {
    using data = new TemporaryDataDirectory();
    await onBroker(data.path, async (channel) => {
      await declareExchange(channel, 'q');
      channel.publish('later', 'k', Buffer.from('m'), { ...PERSISTENT, headers: { 'x-delay': 60_000 } });
      await channel.waitForConfirms();
      await channel.deleteExchange('later');
    });
    await onBroker(data.path, async (channel) => {
      await declareExchange(channel, 'q');
      channel.publish('later', 'k', Buffer.from('another'), { ...PERSISTENT, headers: { 'x-delay': 20 } });
      assert.deepEqual((await arrivals(channel, 'q', 1))[0]!.body, 'another');
    });
  });

  test('is never without a destination: a delayed message is not returned', async () => {
    await onBroker(undefined, async (channel) => {
      await declareExchange(channel, 'q');
      let returned = 0;
      channel.on('return', () => returned++);
      channel.publish('later', 'nowhere', Buffer.from('m'), { mandatory: true, headers: { 'x-delay': 1 } });
      await channel.waitForConfirms();
      assert.equal(returned, 0);
      channel.publish('later', 'nowhere', Buffer.from('m'), { mandatory: true });
      await channel.waitForConfirms();
      assert.equal(returned, 1);
    });
  });
});

describe('any queue', () => {
  test('has a message with x-delay ready when its time has come', async () => {
    await onBroker(undefined, async (channel) => {
      await channel.assertQueue('q');
      await channel.bindQueue('q', 'amq.fanout', '');
      const fromMs = Date.now();
      channel.sendToQueue('q', Buffer.from('direct'), { headers: { 'x-delay': 80 } });
      channel.publish('amq.fanout', '', Buffer.from('routed'), { headers: { 'x-delay': 40 } });
      channel.sendToQueue('q', Buffer.from('now'), { headers: { 'x-delay': 0 } });
      const found = await arrivals(channel, 'q', 3);
      assert.deepEqual(
        found.map(({ body, delay }) => [body, delay]),
        [
          ['now', 0],
          ['routed', 40],
          ['direct', 80],
        ],
      );
      assertDue(found[1]!, fromMs, 40);
      assertDue(found[2]!, fromMs, 80);
    });
  });

  test('keeps persistent ones over a restart, until the time that they were due anyway', async () => {
    using data = new TemporaryDataDirectory();
    let fromMs = 0;
    await onBroker(data.path, async (channel) => {
      await channel.assertQueue('q');
      fromMs = Date.now();
      channel.sendToQueue('q', Buffer.from('late'), { ...PERSISTENT, headers: { 'x-delay': 500 } });
      channel.sendToQueue('q', Buffer.from('soon'), { ...PERSISTENT, headers: { 'x-delay': 1 } });
      await channel.waitForConfirms();
    });
    await onBroker(data.path, async (channel) => {
      const found = await arrivals(channel, 'q', 2);
      assert.deepEqual(
        found.map(({ body }) => body),
        ['soon', 'late'],
      );
      assertDue(found[1]!, fromMs, 500);
    });
  });

  test('has a message that a transaction has published ready when its time has come', async () => {
    await onBroker(undefined, async (channel, broker) => {
      await channel.assertQueue('q');
      const wire = await WireClient.open(broker.url);
      const tx = await wire.channel();
      await tx.call('tx.select');
      const fromMs = Date.now();
      tx.publish('', 'q', 'm', { properties: { headers: fieldTable({ 'x-delay': 50 }) } });
      await tx.call('tx.commit');
      assertDue((await arrivals(channel, 'q', 1))[0]!, fromMs, 50);
      await wire.close();
    });
  });
});
