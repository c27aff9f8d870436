import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type ConfirmChannel, connect } from 'amqplib';
import { startBroker } from 'leveret';
import { extent } from '#src/extent.test.helper.js';
import { inspectDataDirectory } from '#src/storage/inspection.js';
import { BrokerProcess } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const KILLS = extent({ usual: 2, soak: 20 });
const DELAY_MS = 1500;
const MAX_UNCONFIRMED = 500;

/** Publishes numbered messages, and kills the broker amid them when so many were confirmed; returns which were. */
async function publishUntilKilled(
  broker: BrokerProcess,
  killAt: number,
  channel: ConfirmChannel,
  ids: Iterator<number>,
  publish: (id: string, confirmed: (error: unknown) => void) => void,
): Promise<string[]> {
  const confirmed: string[] = [];
  let published = 0;
  let isOver = false;
  channel.on('error', () => undefined);
  channel.on('close', () => {
    isOver = true;
  });
  while (!isOver) {
    for (let i = 0; i < 50 && published - confirmed.length < MAX_UNCONFIRMED && !isOver; i++) {
      published++;
      const id = `${ids.next().value}`;
      try {
        publish(id, (error) => {
          if (!error && confirmed.push(id) === killAt) void broker.kill();
        });
      } catch {
        isOver = true; // the channel is closed
      }
    }
    await pause(1);
  }
  return confirmed;
}

function* numbers(): Generator<number, never> {
  for (let id = 1; ; id++) yield id;
}

/** Has brokers on one directory killed while messages are published to them; returns what they have confirmed. */
async function survivors(
  dataDir: string,
  declare: (channel: ConfirmChannel) => Promise<void>,
  publish: (channel: ConfirmChannel) => (id: string, confirmed: (error: unknown) => void) => void,
): Promise<string[]> {
  const ids = numbers();
  const confirmed: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await using broker = await BrokerProcess.start(['--data-dir', dataDir]);
    const connection = await connect(broker.url);
    connection.on('error', () => undefined);
    const channel = await connection.createConfirmChannel();
    await declare(channel);
    const killAt = 200 + 300 * (kill % 4);
    confirmed.push(...(await publishUntilKilled(broker, killAt, channel, ids, publish(channel))));
  }
  assert.deepEqual(inspectDataDirectory(dataDir).damages, []);
  return confirmed;
}

/** Everything that comes until each of those has come. */
async function receive(channel: ConfirmChannel, queue: string, wanted: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  const missing = new Set(wanted);
  await new Promise<void>((resolve, reject) => {
    const take = (id: string) => {
      found.push(id);
      missing.delete(id);
      if (missing.size === 0) resolve();
    };
    channel.consume(queue, (message) => take(`${message!.content}`), { noAck: true }).catch(reject);
  });
  return found;
}

test('delayed messages that were confirmed come when they are due, however often the broker was killed', async () => {
  using data = new TemporaryDataDirectory();
  const dueMs = new Map<string, number>();
  const confirmed = await survivors(
    data.path,
    async (channel) => {
      await channel.assertQueue('q');
      await channel.assertExchange('later', 'x-delayed-message', { arguments: { 'x-delayed-type': 'fanout' } });
      await channel.bindQueue('q', 'later', '');
    },
    (channel) => (id, done) => {
      dueMs.set(id, Date.now() + DELAY_MS);
      const [exchange, key] = Number(id) % 2 === 0 ? ['later', ''] : ['', 'q'];
      channel.publish(exchange, key, Buffer.from(id), { persistent: true, headers: { 'x-delay': DELAY_MS } }, done);
    },
  );
  await using broker = await startBroker({ port: 0, dataDir: data.path });
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  await receive(channel, 'q', confirmed);
  const lastDueMs = Math.max(...confirmed.map((id) => dueMs.get(id)!));
  assert.ok(Date.now() >= lastDueMs, 'all came before the last was due');
  await connection.close();
});

test('what an exchange has confirmed it knows, however often the broker was killed, and knows nothing else', async () => {
  using data = new TemporaryDataDirectory();
  const published: string[] = [];
  const publish = (channel: ConfirmChannel) => (id: string, done: (error: unknown) => void) => {
    published.push(id);
    const options = { persistent: true, headers: { 'x-deduplication-header': id } };
    channel.publish('once', '', Buffer.from(id), options, done);
  };
  const confirmed = await survivors(
    data.path,
    async (channel) => {
      await channel.assertQueue('q');
      await channel.assertExchange('once', 'x-message-deduplication', { arguments: { 'x-cache-size': 1_000_000 } });
      await channel.bindQueue('q', 'once', '');
    },
    publish,
  );
  await using broker = await startBroker({ port: 0, dataDir: data.path });
  const connection = await connect(broker.url);
  const channel = await connection.createConfirmChannel();
  const again = publish(channel);
  for (const id of [...published]) again(id, () => undefined);
  await channel.waitForConfirms();
  const all = [...new Set(published)];
  const found = await receive(channel, 'q', all); // what was not confirmed gets in now, if it did not then
  assert.equal(found.length, all.length, 'each message is there once');
  assert.ok(confirmed.every((id) => found.includes(id)));
  await connection.close();
});
