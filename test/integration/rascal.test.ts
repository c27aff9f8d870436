import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startBroker } from 'leveret';
import rascal, { type BrokerConfig } from 'rascal';
import { Mailbox } from '../support/mailbox.ts';

const TIMEOUT_MS = 10_000;
const RETRY = { strategy: 'republish', defer: 50, attempts: 3 } as const;

/** What Rascal's users configure: a work queue, retries after a delay, and a dead-letter queue for what fails for good. */
function configFor(url: string): BrokerConfig {
  return rascal.withDefaultConfig({
    vhosts: {
      '/': {
        connection: { url },
        exchanges: ['shop', 'dead'],
        queues: {
          orders: {
            options: { arguments: { 'x-dead-letter-exchange': 'dead', 'x-dead-letter-routing-key': 'order' } },
          },
          failed: {},
        },
        bindings: ['shop[order.*] -> orders', 'dead[order] -> failed'],
        publications: { order: { exchange: 'shop', routingKey: 'order.new', confirm: true } },
        subscriptions: { orders: { queue: 'orders', prefetch: 5 }, failed: { queue: 'failed' } },
      },
    },
  });
}

test('rascal: publications are confirmed, failures are retried, and what fails for good is a dead letter', async () => {
  await using server = await startBroker({ port: 0 });
  const broker = await rascal.BrokerAsPromised.create(configFor(server.url));
  const unexpected: Error[] = [];
  broker.on('error', (error: Error) => unexpected.push(error));
  const attempts: string[] = [];
  const dead = new Mailbox<unknown>();
  const orders = await broker.subscribe('orders');
  orders.on('message', (_message, content, ackOrNack) => {
    attempts.push(content.item);
    if (content.item === 'book') ackOrNack();
    else ackOrNack(new Error('no such thing'), [RETRY, { strategy: 'nack' }]);
  });
  const failed = await broker.subscribe('failed');
  failed.on('message', ({ properties }, content, ackOrNack) => {
    ackOrNack();
    dead.push([content.item, properties.headers?.['x-death']?.[0]?.reason]);
  });
  for (const item of ['book', 'nothing']) {
    const publication = await broker.publish('order', { item });
    await new Promise((resolve, reject) => publication.on('success', resolve).on('error', reject));
  }
  assert.deepEqual(await dead.next(TIMEOUT_MS, 'the dead letter'), ['nothing', 'rejected']);
  assert.deepEqual(attempts, ['book', 'nothing', 'nothing', 'nothing', 'nothing']);
  await broker.shutdown();
  assert.deepEqual(unexpected, []);
});
