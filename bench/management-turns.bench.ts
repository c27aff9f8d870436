import { setTimeout as pause } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import { MeteredBroker } from '../test/support/turns/metered-broker.ts';
import { TurnsTable } from './turns-table.ts';

// How long the event loop is busy without a break when the management API is asked of very much. Needs 4,100 descriptors.

const QUEUES = 10_000;
const CONNECTIONS = 2_000;
const AT_ONCE = 50;
const SAMPLING_MS = 1000;
const REQUESTS = 2;
const BODY = Buffer.from('x');
const SAMPLES = 'lengths_age=60&lengths_incr=5&msg_rates_age=60&msg_rates_incr=5&data_rates_age=60&data_rates_incr=5';
const PATHS = [
  '/overview',
  `/overview?${SAMPLES}`,
  '/nodes',
  '/vhosts',
  `/vhosts?${SAMPLES}`,
  ...['/queues', '/queues/%2F', '/connections', '/channels', '/consumers', '/bindings', '/exchanges'],
  `/queues?${SAMPLES}`,
  `/queues?page=1&page_size=100&${SAMPLES}`,
  '/queues?page=1&page_size=100&sort=messages&sort_reverse=true',
  '/queues?page=100&page_size=100&sort=message_stats.publish_details.rate&sort_reverse=true',
  '/queues?page=1&page_size=500&sort=name&columns=name,messages,message_stats.publish',
  '/queues?page=1&page_size=100&name=77',
  '/queues?page=1&page_size=100&name=7.*7&use_regex=true',
  '/queues?columns=name,messages',
  '/queues/%2F/q77',
  '/queues/%2F/q77/bindings',
  '/exchanges/%2F/amq.topic/bindings/source',
  '/bindings/%2F/e/amq.topic/q/q77',
  '/connections?page=1&page_size=100&sort=recv_oct_details.rate&sort_reverse=true',
  `/connections?${SAMPLES}`,
  '/connections/username/guest',
  '/vhosts/%2F/connections',
  '/vhosts/%2F/channels',
  '/consumers/%2F',
  '/channels?page=1&page_size=100&sort=message_stats.publish',
  '/definitions',
  '/definitions/%2F',
  '/health/checks/virtual-hosts',
  '/topology',
  '/topology?idle=yes&limit=2000',
];

let published = 0;
await MeteredBroker.run({ statisticsIntervalMs: SAMPLING_MS }, measure);

async function measure(broker: MeteredBroker): Promise<void> {
  const channel = await broker.channel();
  for (let i = 0; i < QUEUES; i += AT_ONCE) await inParallel(i, (n) => declare(channel, n));
  for (let i = 0; i < CONNECTIONS; i += AT_ONCE) await inParallel(i, (n) => consume(broker, n));
  const table = new TurnsTable(broker, `${QUEUES} queues, ${CONNECTIONS} connections, a channel and a consumer each`);
  await table.step('samples taken five times', () => pause(5 * SAMPLING_MS));
  const traffic = setInterval(() => publish(channel), 100);
  await table.step('the same, with 10,000 messages/s', () => pause(5 * SAMPLING_MS));
  for (const path of PATHS) await table.step(path, () => get(broker, path));
  const all = ['/overview', '/queues', '/channels', '/definitions'];
  await table.step(`${all.join(' ')} at once`, () => Promise.all(all.map((path) => get(broker, path))));
  clearInterval(traffic);
}

function inParallel(first: number, act: (n: number) => Promise<unknown>): Promise<unknown> {
  return Promise.all(Array.from({ length: AT_ONCE }, (_, i) => act(first + i)));
}

async function declare(channel: Channel, n: number): Promise<void> {
  await channel.assertQueue(`q${n}`, { durable: n % 2 === 0 });
  await channel.bindQueue(`q${n}`, 'amq.topic', `key.${n}`);
}

async function consume(broker: MeteredBroker, n: number): Promise<void> {
  const channel = await broker.channel();
  await channel.consume(`q${n}`, () => undefined, { noAck: true });
}

/** To queues with consumers and without. */
function publish(channel: Channel): void {
  for (let i = 0; i < 1000; i++) channel.publish('', `q${(i * 7919 + published++) % QUEUES}`, BODY);
}

async function get(broker: MeteredBroker, path: string): Promise<void> {
  for (let i = 0; i < REQUESTS; i++) await broker.request(path);
}
