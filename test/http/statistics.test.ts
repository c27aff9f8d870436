import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Management } from '../support/management.ts';

const POLL_MS = 100;

interface WithStats {
  readonly message_stats?: Readonly<Record<string, unknown>>;
}

/** The counts, without how they have changed. */
function countsOf({ message_stats = {} }: WithStats): Record<string, unknown> {
  return Object.fromEntries(Object.entries(message_stats).filter(([name]) => !name.endsWith('_details')));
}

test('what is published, delivered and acknowledged is counted wherever it passes', async () => {
  await using management = await Management.start();
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertQueue('q');
  for (let i = 0; i < 5; i++) channel.sendToQueue('q', Buffer.from('x'));
  channel.publish('amq.direct', 'nowhere', Buffer.from('x'));
  channel.publish('amq.direct', 'nowhere', Buffer.from('x'), { mandatory: true });
  await channel.waitForConfirms();
  const first = await channel.get('q');
  assert.ok(first);
  channel.nack(first);
  const again = await channel.get('q');
  assert.ok(again);
  channel.ack(again);
  await channel.get('q', { noAck: true });
  const delivered: (() => void)[] = [];
  const three = new Promise<void>((resolve) => delivered.push(resolve));
  let count = 0;
  await channel.consume('q', (message) => {
    channel.ack(message!);
    if (++count === 3) delivered[0]!();
  });
  await three;
  await channel.assertQueue('empty');
  await channel.get('empty'); // its answer comes behind the acknowledgements
  const got = { deliver: 3, deliver_no_ack: 0, get: 2, get_no_ack: 1, deliver_get: 6, ack: 4, redeliver: 1 };
  const published = { publish: 7, confirm: 7, return_unroutable: 1, drop_unroutable: 1 };
  assert.deepEqual(countsOf(await management.get('/queues/%2F/q')), { publish: 5, ...got, get_empty: 0 });
  assert.deepEqual(countsOf(await management.get('/exchanges/%2F/amq.default')), { publish_in: 5, publish_out: 5 });
  assert.deepEqual(countsOf(await management.get('/exchanges/%2F/amq.direct')), { publish_in: 2 });
  const all = { ...published, ...got, get_empty: 1 };
  const [open] = await management.get<WithStats[]>('/channels');
  assert.deepEqual(countsOf(open!), all);
  assert.deepEqual(countsOf(await management.get('/vhosts/%2F')), all);
  await channel.close();
  const overview = await management.get<WithStats & { churn_rates: object }>('/overview');
  assert.deepEqual(countsOf(overview), all);
  const churn = countsOf({ message_stats: { ...overview.churn_rates } });
  assert.deepEqual(churn, {
    connection_created: 1,
    connection_closed: 0,
    channel_created: 1,
    channel_closed: 1,
    queue_declared: 2,
    queue_created: 2,
    queue_deleted: 0,
  });
});

test('queues count as declared whoever chose their names, and again where they are there', async () => {
  await using management = await Management.start();
  const connection = await management.connect();
  const channel = await connection.createChannel();
  await channel.assertQueue('', { exclusive: true });
  await channel.assertQueue('q');
  await channel.assertQueue('q');
  await channel.checkQueue('q');
  const { churn_rates } = await management.get<{ churn_rates: { queue_declared: number; queue_created: number } }>(
    '/overview',
  );
  assert.deepEqual([churn_rates.queue_declared, churn_rates.queue_created], [3, 2]);
});

test('of a queue where nothing happens it is told since when', { timeout: 10_000 }, async () => {
  await using management = await Management.start({ statisticsIntervalMs: 1000 });
  await management.request('PUT', '/queues/%2F/q', { body: {} });
  const queue = () => management.get<{ idle_since?: string }>('/queues/%2F/q');
  const idleSince = async () => {
    for (;;) {
      const { idle_since: since } = await queue();
      if (since !== undefined) return since;
      await setTimeout(POLL_MS);
    }
  };
  const before = await idleSince();
  assert.match(before, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/);
  const body = { properties: {}, routing_key: 'q', payload: 'x', payload_encoding: 'string' };
  await management.request('POST', '/exchanges/%2F/amq.default/publish', { body });
  assert.equal((await queue()).idle_since, undefined);
  assert.ok((await idleSince()) > before);
});

test('samples come when they are asked for', async () => {
  await using management = await Management.start();
  await management.request('PUT', '/queues/%2F/q', { body: {} });
  const query = 'lengths_age=60&lengths_incr=5&msg_rates_age=60&msg_rates_incr=5';
  interface Sampled {
    readonly messages_details: { readonly rate: number; readonly samples?: readonly object[] };
  }
  await management.get<Sampled>(`/queues/%2F/q?${query}`);
  const { queue_totals } = await management.get<{ queue_totals: Sampled }>(`/overview?${query}`);
  assert.equal(queue_totals.messages_details.rate, 0);
  const refused = await management.request('GET', '/overview?lengths_age=x&lengths_incr=5');
  assert.equal(refused.status, 400);
});
