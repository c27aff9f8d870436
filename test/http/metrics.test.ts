import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { type Family, readExposition } from '../support/exposition.ts';
import { Management } from '../support/management.ts';

type Connection = Awaited<ReturnType<Management['connect']>>;

async function scrape(management: Management, page: string): Promise<Map<string, Family>> {
  const response = await fetch(management.broker.managementUrl + page);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  return readExposition(await response.text());
}

/** The value of the series with these labels. */
function sampleOf(families: Map<string, Family>, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const matching = families
    .get(name)
    ?.samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
  assert.equal(matching?.length, 1, `${name} ${JSON.stringify(labels)}`);
  return matching[0]!.value;
}

/** Something of everything that is counted. */
async function makeTraffic(connection: Connection): Promise<void> {
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue('q', { durable: true, arguments: { 'x-queue-type': 'quorum', 'x-delivery-limit': 0 } });
  await channel.assertQueue('odd "name"\\\n', { arguments: { 'x-message-ttl': 0 } });
  for (let i = 0; i < 4; i++) channel.sendToQueue('q', Buffer.from('x'));
  channel.sendToQueue('odd "name"\\', Buffer.from('x'));
  channel.publish('amq.direct', 'nowhere', Buffer.from('x'), { mandatory: true });
  await channel.waitForConfirms();
  const messages = [await channel.get('q'), await channel.get('q'), await channel.get('q')];
  const [first, second, third] = messages;
  assert.ok(first && second && third);
  channel.ack(first);
  channel.nack(second, false, false);
  channel.nack(third); // beyond its delivery limit at once
  await channel.consume('q', () => {});
}

const PAGES = ['/metrics', '/metrics/per-object'];

test("every name that RabbitMQ prints is there with its type and labels, or docs/metrics.md says that it isn't", async () => {
  const fixture = await readFile(new URL('../../../test/fixtures/rabbitmq-3.10-metrics.json', import.meta.url), 'utf8');
  const pages = JSON.parse(fixture) as Record<string, string[]>;
  const docs = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8');
  const missing = namesIn(docs, '### Missing').map((name) => new RegExp(`^${name.replace('*', '.*')}$`));
  const otherLabels = namesIn(docs, '### Other labels');
  const met = new Set<RegExp>();
  using directory = new TemporaryDataDirectory();
  await using management = await Management.start({ dataDir: directory.path });
  await management.get('/overview');
  await makeTraffic(await management.connect());
  for (const [page, lines] of Object.entries(pages)) {
    const isPerObject = page !== '/metrics';
    const families = await scrape(management, page);
    for (const line of lines) {
      const [name, type, labels] = line.split(' ') as [string, string, string | undefined];
      const short = name.replace(/^rabbitmq_(detailed_)?/, '');
      const pattern = missing.find((each) => each.test(short) || each.test(name));
      const family = families.get(name);
      if (pattern !== undefined) {
        met.add(pattern);
        assert.equal(family, undefined, `${name} is not missing on ${page}`);
        continue;
      }
      assert.equal(family?.type, type, `${name} on ${page}`);
      if (labels === undefined || (isPerObject && otherLabels.includes(short))) continue;
      const [sample] = family.samples;
      assert.equal(`{${Object.keys(sample?.labels ?? {}).sort()}}`, labels, `labels of ${name} on ${page}`);
    }
  }
  assert.deepEqual(
    missing.filter((pattern) => !met.has(pattern)),
    [],
    'RabbitMQ does not print it either',
  );
});

/** The names in the first column of the table under a heading. */
function namesIn(docs: string, heading: string): string[] {
  const [, rest] = docs.split(`${heading}\n`);
  const rows = rest!.split(/^#/m)[0]!.split('\n').slice(2);
  const cells = rows.filter((row) => row.startsWith('| `')).map((row) => row.split('|')[1]!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z_*]+)`/g)].map(([, name]) => name!));
}

test('messages are counted in all, by types of queues, and for each object', async () => {
  await using management = await Management.start();
  const connection = await management.connect();
  await makeTraffic(connection);
  const quorum = { queue_type: 'rabbit_quorum_queue' };
  const [summed, perObject] = await Promise.all(PAGES.map((page) => scrape(management, page)));
  for (const families of [summed!, perObject!]) {
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_received_total'), 6);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_received_confirm_total'), 6);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_routed_total'), 5);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_unroutable_returned_total'), 1);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_acknowledged_total', quorum), 1);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_delivered_get_manual_ack_total', quorum), 3);
    assert.equal(sampleOf(families, 'rabbitmq_global_messages_delivered_total', quorum), 4);
    const disabled = { dead_letter_strategy: 'disabled' };
    const died = (reason: string, type: string) =>
      sampleOf(families, `rabbitmq_global_messages_dead_lettered_${reason}_total`, { ...disabled, queue_type: type });
    assert.equal(died('rejected', 'rabbit_quorum_queue'), 1);
    assert.equal(died('delivery_limit', 'rabbit_quorum_queue'), 1);
    assert.equal(died('expired', 'rabbit_classic_queue'), 1);
  }
  const q = { vhost: '/', queue: 'q' };
  assert.equal(sampleOf(perObject!, 'rabbitmq_queue_messages_unacked', q), 1);
  assert.equal(sampleOf(perObject!, 'rabbitmq_queue_consumers', q), 1);
  assert.equal(sampleOf(perObject!, 'rabbitmq_queue_consumers', { queue: 'odd "name"\\' }), 0);
  assert.equal(sampleOf(perObject!, 'rabbitmq_queue_messages_published_total', { queue: 'q' }), 4);
  assert.equal(sampleOf(summed!, 'rabbitmq_queue_messages_unacked'), 1);
  assert.equal(sampleOf(summed!, 'rabbitmq_queue_messages_published_total'), 5);
  assert.equal(sampleOf(summed!, 'rabbitmq_connections'), 1);
  assert.ok(sampleOf(summed!, 'rabbitmq_connection_incoming_packets_total') > 0);
});

test('dead letters are counted by what they died of, and again when they are safe', async () => {
  await using management = await Management.start();
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertQueue('letters');
  const deadLetters = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': 'letters' };
  await channel.assertQueue('c', { arguments: { ...deadLetters, 'x-max-length': 1 } });
  await channel.assertQueue('q', { arguments: { ...deadLetters, 'x-max-length': 1, 'x-queue-type': 'quorum' } });
  for (const queue of ['c', 'c', 'q', 'q']) channel.sendToQueue(queue, Buffer.from('x'));
  await channel.waitForConfirms();
  const message = await channel.get('q');
  assert.ok(message);
  channel.nack(message, false, false);
  const arrived: unknown[] = [];
  await new Promise<void>((resolve) => {
    void channel.consume('letters', (letter) => arrived.push(letter) === 3 && resolve());
  });
  const families = await scrape(management, '/metrics');
  const died = (reason: string, kind: string, strategy: string) =>
    sampleOf(families, `rabbitmq_global_messages_dead_lettered_${reason}_total`, {
      queue_type: `rabbit_${kind}_queue`,
      dead_letter_strategy: strategy,
    });
  assert.equal(died('maxlen', 'classic', 'at_most_once'), 1);
  assert.equal(died('maxlen', 'classic', 'disabled'), 0);
  assert.equal(died('maxlen', 'quorum', 'at_most_once'), 1);
  assert.equal(died('rejected', 'quorum', 'at_least_once'), 1);
  assert.equal(died('rejected', 'quorum', 'at_most_once'), 0);
  assert.equal(died('confirmed', 'quorum', 'at_least_once'), 2);
});

test('what only grows does not shrink when what it was counted of is gone', async () => {
  await using management = await Management.start();

  await management.request('PUT', '/permissions/other/guest', { body: { configure: '.*', write: '.*', read: '.*' } });
  await makeTraffic(await management.connect('guest', 'other'));
  const growing = (families: Map<string, Family>) =>
    [...families].flatMap(([name, { type, samples }]) =>
      /^rabbitmq_(global|.*_published|channels|connections)/.test(name) && type === 'counter'
        ? samples.map(({ labels, value }) => ({ key: `${name} ${JSON.stringify(labels)}`, value }))
        : [],
    );
  const before = growing(await scrape(management, '/metrics'));
  assert.ok(before.length > 40);
  await management.request('DELETE', '/vhosts/other');
  const after = new Map(growing(await scrape(management, '/metrics')).map(({ key, value }) => [key, value]));
  for (const { key, value } of before) assert.ok(after.get(key)! >= value, `${key}: ${value}, then ${after.get(key)}`);
});

test('detailed metrics are those that are asked for, of the virtual hosts that are asked for', async () => {
  await using management = await Management.start();
  for (const vhost of ['%2F', 'other']) await management.request('PUT', `/queues/${vhost}/q`, { body: {} });
  const none = await scrape(management, '/metrics/detailed');
  assert.deepEqual([...none.keys()], ['rabbitmq_build_info', 'rabbitmq_identity_info']);
  const query = 'family=queue_metrics&family=queue_consumer_count&family=nonesuch';
  const both = await scrape(management, `/metrics/detailed?${query}`);
  const consumers = 'rabbitmq_detailed_queue_consumers';
  const vhostsIn = (families: Map<string, Family>) =>
    families.get(consumers)!.samples.map(({ labels: { vhost } }) => vhost);
  assert.deepEqual(vhostsIn(both), ['/', 'other']);
  assert.deepEqual(vhostsIn(await scrape(management, `/metrics/detailed?${query}&vhost=other`)), ['other']);
});

test('histograms of latency, of syncs and of the event loop have their buckets', async () => {
  using directory = new TemporaryDataDirectory();
  await using management = await Management.start({ dataDir: directory.path });
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertQueue('q');
  channel.sendToQueue('q', Buffer.from('x'), { persistent: true });
  await channel.waitForConfirms();
  const families = await scrape(management, '/metrics');
  for (const name of ['leveret_sync_seconds', 'leveret_delivery_latency_seconds', 'leveret_event_loop_delay_seconds']) {
    const { type, samples } = families.get(name)!;
    assert.equal(type, 'histogram');
    const counts = samples.filter((sample) => sample.name === `${name}_bucket`).map(({ value }) => value);
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    );
    assert.equal(counts.at(-1), samples.at(-1)!.value);
  }
  assert.ok(sampleOf(families, 'leveret_log_segments', { state: 'live' }) >= 1);
  assert.ok(families.get('leveret_sync_seconds')!.samples.at(-1)!.value > 0);
});
