import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import { Connection, ConsumerStatus } from 'rabbitmq-client';
import { rabbitmqClient, withUser } from '../support/clients/rabbitmq-client.ts';
import { Mailbox } from '../support/mailbox.ts';
import { testClient } from './client-contract.ts';

const TIMEOUT_MS = 10_000;

testClient(rabbitmqClient);

test('rabbitmq-client: publishers and consumers outlive their broker', async () => {
  const received = new Mailbox<string>();
  const first = await startBroker({ port: 0 });
  const connection = new Connection({ url: withUser(first.url), retryLow: 10, retryHigh: 50 });
  connection.on('error', () => undefined);
  const queueOptions = { durable: true };
  const consumer = connection.createConsumer({ queue: 'work', queueOptions, qos: { prefetchCount: 2 } }, ({ body }) => {
    received.push(body);
  });
  consumer.on('error', () => undefined);
  await once(consumer, 'ready');
  const publisher = connection.createPublisher({ confirm: true, maxAttempts: 3 });
  await publisher.send('work', 'before');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'before');

  const lost = once(connection, 'error');
  const readyAgain = once(consumer, 'ready');
  await first.close();
  const [reason] = await lost;
  assert.match(reason.message, /CONNECTION_FORCED/);
  await using _ = await startBroker({ port: first.port });
  await readyAgain;
  await publisher.send('work', 'after');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'after');

  await publisher.close();
  await consumer.close();
  await connection.close();
});

test('rabbitmq-client: a consumer requeues and drops by what its handler returns', async () => {
  await using broker = await startBroker({ port: 0 });
  const connection = new Connection({ url: withUser(broker.url) });
  const received = new Mailbox<string>();
  const outcomes = [ConsumerStatus.REQUEUE, ConsumerStatus.DROP, ConsumerStatus.ACK];
  const consumer = connection.createConsumer({ queue: 'work', queueOptions: {}, concurrency: 1 }, (message) => {
    received.push(`${message.body}${message.redelivered ? ' again' : ''}`);
    return outcomes.shift();
  });
  await once(consumer, 'ready');
  const publisher = connection.createPublisher({ confirm: true });
  await publisher.send('work', 'first');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'first');
  assert.equal(await received.next(TIMEOUT_MS, 'it again'), 'first again');
  await publisher.send('work', 'second');
  assert.equal(await received.next(TIMEOUT_MS, 'a message'), 'second');
  await publisher.close();
  await consumer.close();
  assert.equal((await connection.queueDeclare({ queue: 'work', passive: true })).messageCount, 0);
  await connection.close();
});

test('rabbitmq-client: its RPC client gets answers', async () => {
  await using broker = await startBroker({ port: 0 });
  const connection = new Connection({ url: withUser(broker.url) });
  const server = connection.createConsumer({ queue: 'double', queueOptions: {} }, async ({ body }, reply) => {
    await reply(Number(body) * 2);
  });
  await once(server, 'ready');
  const client = connection.createRPCClient({ confirm: true });
  try {
    assert.equal((await client.send('double', '21')).body, 42);
  } finally {
    await client.close();
    await server.close();
    await connection.close();
  }
});
