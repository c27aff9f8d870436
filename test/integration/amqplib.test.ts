import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { type ChannelModel, type ConfirmChannel, connect } from 'amqplib';
import { startBroker } from 'leveret';
import { amqplib } from '../support/clients/amqplib.ts';
import { Mailbox } from '../support/mailbox.ts';
import { testClient } from './client-contract.ts';

const TIMEOUT_MS = 10_000;

testClient(amqplib);

test('amqplib: a recovering connection outlives its broker', async () => {
  const received = new Mailbox<string>();
  let channel: ConfirmChannel | undefined;
  const first = await startBroker({ port: 0 });
  const connection = await connect(first.url, {
    recovery: {
      initialDelay: 10,
      maxDelay: 50,
      setup: async (model: ChannelModel) => {
        const fresh = await model.createConfirmChannel();
        await fresh.assertQueue('work');
        await fresh.consume('work', (message) => message && received.push(`${message.content}`), { noAck: true });
        channel = fresh;
      },
    },
  });
  connection.on('error', () => undefined);
  const publish = async (text: string): Promise<string> => {
    channel!.sendToQueue('work', Buffer.from(text));
    await channel!.waitForConfirms();
    return received.next(TIMEOUT_MS, text);
  };
  assert.equal(await publish('before'), 'before');

  const disconnected = once(connection, 'disconnect');
  const connected = once(connection, 'connect');
  await first.close();
  await disconnected;
  await using _ = await startBroker({ port: first.port });
  await connected;
  assert.equal(await publish('after'), 'after');
  await connection.close();
});

test('amqplib: a connection gets a new secret', async () => {
  await using broker = await startBroker({ port: 0 });
  const connection = await connect(broker.url);
  await connection.updateSecret(Buffer.from('new'), 'it is time');
  await connection.close();
});
