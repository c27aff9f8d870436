import { setTimeout as pause } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { MeteredBroker } from '../test/support/turns/metered-broker.ts';
import { TurnsTable } from './turns-table.ts';

// How long the event loop is busy without a break when a queue has very many messages to do something with.

const MESSAGES = 1_000_000;
const AT_ONCE = 10_000;
const QUEUES = 10_000;
const BODY = Buffer.alloc(16);
const DELAY_MS = 20_000;

await MeteredBroker.run({}, measure);

async function measure(broker: MeteredBroker): Promise<void> {
  const channel = await broker.channel();
  const table = new TurnsTable(broker, `${MESSAGES} messages of ${BODY.length} octets in a queue`);
  await table.step(`${QUEUES} queues declared at once`, () => declareMany(channel));
  await fill(channel, 'purged');
  await table.step('purged', () => channel.purgeQueue('purged'));
  await fill(channel, 'deleted');
  await table.step('deleted', () => channel.deleteQueue('deleted'));
  await fill(channel, 'limited');
  await table.step('x-max-length-bytes by a policy', () =>
    policy(broker, 'limited', { 'max-length-bytes': 15_000_000 }),
  );
  await table.step('until there are no more than that', () => until(broker, channel, 'limited', 937_500));
  await fill(channel, 'expiring');
  await table.step('x-message-ttl by a policy: all expire', () => policy(broker, 'expiring', { 'message-ttl': 1 }));
  await table.step('until they have', () => until(broker, channel, 'expiring', 0));
  await fill(channel, 'dying', { 'x-dead-letter-exchange': 'amq.fanout' });
  await table.step('the same with a dead-letter exchange', () => policy(broker, 'dying', { 'message-ttl': 1 }));
  await table.step('until they have', () => until(broker, channel, 'dying', 0));
  const dueMs = Date.now() + DELAY_MS;
  await fill(channel, 'delayed', {}, () => dueMs - Date.now());
  await channel.consume('delayed', () => undefined, { noAck: true });
  await table.step('delayed messages due at once, consumed', async () => {
    await pause(dueMs - Date.now());
    await until(broker, channel, 'delayed', 0);
  });
}

function declareMany(channel: Channel): Promise<unknown> {
  return Promise.all(Array.from({ length: QUEUES }, (_, i) => channel.assertQueue(`many ${i}`, { durable: false })));
}

async function fill(channel: Channel, queue: string, args: object = {}, delayMs?: () => number): Promise<void> {
  await channel.assertQueue(queue, { durable: false, arguments: args });
  for (let published = 0; published < MESSAGES; published += AT_ONCE) {
    const options = delayMs === undefined ? {} : { headers: { 'x-delay': delayMs() } };
    for (let i = 0; i < AT_ONCE; i++) channel.sendToQueue(queue, BODY, options);
    await channel.checkQueue(queue); // as fast as they are taken
  }
}

async function policy(broker: MeteredBroker, queue: string, definition: object): Promise<void> {
  const body = { pattern: `^${queue}$`, definition, 'apply-to': 'queues' };
  await broker.request(`/policies/%2F/${queue}`, { method: 'PUT', body });
}

/** Until there are no more messages than that, of which the API tells also those that wait. */
async function until(broker: MeteredBroker, channel: Channel, queue: string, count: number): Promise<void> {
  while ((await total(broker, queue)) > count) await pause(20);
  await channel.checkQueue(queue);
}

async function total(broker: MeteredBroker, queue: string): Promise<number> {
  const { messages } = (await broker.request(`/queues/%2F/${queue}`)) as { readonly messages: number };
  return messages;
}
