import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AMQPClient, AMQPSession } from '@cloudamqp/amqp-client';
import { startBroker } from 'leveret';
import { amqpClient } from '../support/clients/amqp-client.ts';
import { amqplib } from '../support/clients/amqplib.ts';
import { Mailbox } from '../support/mailbox.ts';
import { testClient } from './client-contract.ts';

const TIMEOUT_MS = 10_000;

testClient(amqpClient);

test('@cloudamqp/amqp-client: a session and its subscriptions outlive their broker', async () => {
  const received = new Mailbox<string>();
  let brokerIsReady: Promise<void> = Promise.resolve();
  let letConnect = (): void => undefined;
  const first = await startBroker({ port: 0 });
  const session = await AMQPSession.connect(first.url, { reconnectInterval: 10, beforeConnect: () => brokerIsReady });
  const queue = await session.queue('work');
  await queue.subscribe({ prefetch: 10 }, (message) => received.push(`${message.bodyString()}`));
  await queue.publish('before');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'before');

  brokerIsReady = new Promise((resolve) => {
    letConnect = resolve;
  });
  await first.close();
  await using second = await startBroker({ port: first.port });
  // A session consumes anew, but leaves it to others to declare the queue.
  await using declaring = await amqplib.connect(second.url);
  const channel = await declaring.confirmChannel();
  await channel.declareQueue('work');
  letConnect();
  await channel.publish('', 'work', Buffer.from('after'));
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'after');
  await queue.publish('from the session');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'from the session');
  await session.stop();
});

test('@cloudamqp/amqp-client: a consumer whose queue is deleted is told', async () => {
  await using broker = await startBroker({ port: 0 });
  const connection = await new AMQPClient(broker.url).connect();
  const channel = await connection.channel();
  await channel.queueDeclare('short-lived');
  const consumer = await channel.basicConsume('short-lived', {}, () => undefined);
  const told = assert.rejects(consumer.wait(), /cancelled by the server/);
  await channel.queueDelete('short-lived');
  await told;
  await connection.close();
});

test('@cloudamqp/amqp-client: RPC calls get answers', async () => {
  await using broker = await startBroker({ port: 0 });
  const session = await AMQPSession.connect(broker.url);
  try {
    await session.queue('double');
    await session.rpcServer('double', (message) => `${Number(message.bodyString()) * 2}`);
    const answer = await session.rpcCall('double', '21', { timeout: TIMEOUT_MS });
    assert.equal(answer.bodyString(), '42');
  } finally {
    await session.stop();
  }
});
