import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { connect } from 'amqp-connection-manager';
import type { ConfirmChannel } from 'amqplib';
import { startBroker } from 'leveret';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Mailbox } from '../support/mailbox.ts';

const TIMEOUT_MS = 10_000;

test('amqp-connection-manager: what is published while the broker is away arrives when it is back', async () => {
  using data = new TemporaryDataDirectory();
  const first = await startBroker({ port: 0, dataDir: data.path });
  const manager = connect([first.url], { heartbeatIntervalInSeconds: 5, reconnectTimeInSeconds: 0.05 });
  const received = new Mailbox<string>();
  const channel = manager.createChannel({
    json: true,
    setup: async (fresh: ConfirmChannel) => {
      await fresh.assertQueue('orders', { durable: true });
      await fresh.prefetch(10);
    },
  });
  await channel.consume('orders', (message) => {
    received.push(message.content.toString());
    channel.ack(message);
  });
  await channel.sendToQueue('orders', { number: 1 }, { persistent: true });
  assert.equal(await received.next(TIMEOUT_MS, 'the first order'), '{"number":1}');

  const disconnected = once(manager, 'disconnect');
  await first.close();
  await disconnected;
  const published = channel.sendToQueue('orders', { number: 2 }, { persistent: true });
  const { port } = first;
  await using _second = await startBroker({ port, dataDir: data.path });
  assert.equal(await published, true);
  let order = await received.next(TIMEOUT_MS, 'the second order');
  if (order === '{"number":1}') order = await received.next(TIMEOUT_MS, 'the second order'); // its acknowledgement may have come too late
  assert.equal(order, '{"number":2}');
  await channel.close();
  await manager.close();
});
