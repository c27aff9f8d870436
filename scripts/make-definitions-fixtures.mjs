// Makes test/fixtures/rabbitmq-3.10-*.json: everything that definitions files can hold, defined in a real RabbitMQ and
// exported from it, once by its management API and once by rabbitmqctl, which do not write the same.
//
//   node scripts/make-definitions-fixtures.mjs
//
// RABBITMQ_SERVER names another rabbitmq-server than Debian's. Passwords are salted anew each time; apart from that, and from
// the order, the files come out the same.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { root } from './project.mjs';
import { installRabbitmq, SERVER, startRabbitmq, stop } from './rabbitmq.mjs';

const FIXTURES = path.join(root, 'test/fixtures');
const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

/** What RabbitMQ begins with; all else is defined as users do it. */
const BEGINNING = {
  vhosts: [{ name: '/' }],
  users: [{ name: 'guest', password: 'guest', tags: 'administrator' }],
  permissions: [{ user: 'guest', vhost: '/', ...EVERYTHING }],
};

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'leveret-fixtures-'));
const servers = [];
try {
  installRabbitmq();
  const rabbitmq = await startRabbitmq(scratch, servers, {
    definitions: BEGINNING,
    plugins: ['rabbitmq_management', 'rabbitmq_federation'],
  });
  defineAccounts((...args) => rabbitmqctl(rabbitmq, args));
  // Exclusive queues are there as long as their connections are: the files are to show that they are left out.
  const connections = [await defineTopology(rabbitmq.url, ''), await defineTopology(rabbitmq.url, 'shop')];
  await exportAll(rabbitmq);
  for (const connection of connections) await connection.close();
} finally {
  for (const server of servers.reverse()) await stop(server);
  fs.rmSync(scratch, { recursive: true, force: true });
}

function rabbitmqctl({ env }, args) {
  return execFileSync(path.join(path.dirname(SERVER), 'rabbitmqctl'), ['-q', ...args], { env, encoding: 'utf8' });
}

function defineAccounts(ctl) {
  const hashWith = (module) => ctl('eval', `application:set_env(rabbit, password_hashing_module, ${module}).`);
  ctl('add_vhost', 'shop', '--description', 'The shop', '--tags', 'orders,payments');
  ctl('add_vhost', 'limited');
  ctl('add_user', 'anna', 'anna-secret');
  ctl('set_user_tags', 'anna', 'monitoring', 'policymaker');
  hashWith('rabbit_password_hashing_sha512');
  ctl('add_user', 'bert', 'bert-secret');
  hashWith('rabbit_password_hashing_md5');
  ctl('add_user', 'carl', 'carl-secret');
  hashWith('rabbit_password_hashing_sha256');
  ctl('add_user', 'certified', 'x');
  ctl('clear_password', 'certified');
  ctl('set_user_limits', 'anna', '{"max-connections": 10, "max-channels": 20}');
  for (const vhost of ['shop', 'limited']) ctl('set_permissions', '-p', vhost, 'guest', '.*', '.*', '.*');
  ctl('set_permissions', '-p', 'shop', 'anna', '^(anna|amq\\.gen).*', '.*', '');
  ctl('set_permissions', 'bert', '', '^amq\\.default$', '.*');
  ctl('set_topic_permissions', '-p', 'shop', 'anna', 'amq.topic', '^{username}\\.', '^public\\.');
  ctl('set_vhost_limits', '-p', 'limited', '{"max-connections": 5, "max-queues": 6}');
  ctl(
    'set_policy',
    '-p',
    'shop',
    'lengths',
    '^orders\\.',
    '{"max-length": 5, "message-ttl": 60000}',
    '--priority',
    '3',
  );
  ctl('set_policy', '-p', 'shop', 'alternates', '.*', '{"alternate-exchange": "alternate"}', '--apply-to', 'exchanges');
  ctl('set_operator_policy', '-p', 'shop', 'cap', '.*', '{"max-length": 700}', '--apply-to', 'queues');
  ctl('set_global_parameter', 'mqtt_port_to_vhost_mapping', '{"1883": "shop"}');
  ctl('set_cluster_name', 'rabbit@fixture');
}

/** @param vhost '' is the default one @returns the connection that its exclusive queue belongs to */
async function defineTopology(url, vhost) {
  const connection = await connect(`${url}/${vhost}`);
  const channel = await connection.createChannel();
  for (const type of ['direct', 'fanout', 'topic', 'headers']) {
    await channel.assertExchange(`a-${type}`, type, { durable: true });
  }
  await channel.assertExchange('alternate', 'fanout', { durable: true });
  await channel.assertExchange('with-alternate', 'direct', { durable: true, alternateExchange: 'alternate' });
  await channel.assertExchange('internal', 'fanout', { durable: true, internal: true });
  await channel.assertExchange('auto-delete', 'topic', { durable: true, autoDelete: true });
  await channel.assertExchange('transient', 'fanout', { durable: false });
  await defineQueues(channel);
  await channel.bindQueue('all-arguments', 'a-direct', 'key');
  await channel.bindQueue('all-arguments', 'amq.direct', 'key');
  await channel.bindQueue('quorum', 'a-topic', 'orders.*.#');
  await channel.bindQueue('quorum', 'a-headers', '', { 'x-match': 'any', number: 7, text: 'x', flag: true });
  await channel.bindQueue('quorum', 'a-headers', 'another', { 'x-match': 'all', real: 1.5, big: 2 ** 40 });
  await channel.bindQueue('plain', 'internal', '');
  await channel.bindQueue('transient', 'transient', '');
  await channel.bindQueue('exclusive', 'a-fanout', '');
  await channel.bindExchange('internal', 'a-topic', '#');
  await channel.bindExchange('auto-delete', 'amq.topic', 'a.#', { note: 'a binding with an argument' });
  return connection;
}

async function defineQueues(channel) {
  await channel.assertQueue('plain', { durable: true });
  await channel.assertQueue('all-arguments', {
    durable: true,
    arguments: {
      'x-expires': 1_800_000,
      'x-message-ttl': 3_000_000_000,
      'x-dead-letter-exchange': 'a-direct',
      'x-dead-letter-routing-key': 'dead',
      'x-max-length': 1000,
      'x-max-length-bytes': 2 ** 33,
      'x-overflow': 'reject-publish',
      'x-max-priority': 10,
      'x-queue-mode': 'lazy',
      'x-single-active-consumer': true,
      'x-queue-type': 'classic',
      custom: { nested: [1, 'two', { three: 3 }], real: 0.25, flag: false },
    },
  });
  const quorum = { 'x-queue-type': 'quorum', 'x-delivery-limit': 5, 'x-quorum-initial-group-size': 1 };
  await channel.assertQueue('quorum', {
    durable: true,
    arguments: { ...quorum, 'x-dead-letter-strategy': 'at-most-once' },
  });
  await channel.assertQueue('auto-delete', { durable: true, autoDelete: true });
  await channel.assertQueue('transient', { durable: false });
  await channel.assertQueue('exclusive', { durable: true, exclusive: true });
}

async function exportAll(rabbitmq) {
  const exportedByCtl = path.join(scratch, 'exported.json');
  rabbitmqctl(rabbitmq, ['export_definitions', exportedByCtl]);
  write('rabbitmq-3.10-rabbitmqctl.json', JSON.parse(fs.readFileSync(exportedByCtl, 'utf8')));
  write('rabbitmq-3.10-management.json', await fetchDefinitions(rabbitmq, ''));
  write('rabbitmq-3.10-management-vhost.json', await fetchDefinitions(rabbitmq, '/shop'));
}

async function fetchDefinitions({ managementUrl }, vhost) {
  const headers = { authorization: `Basic ${Buffer.from('guest:guest').toString('base64')}` };
  const response = await fetch(`${managementUrl}/api/definitions${vhost}`, { headers });
  if (!response.ok) throw new Error(`the management API answers ${response.status}: ${await response.text()}`);
  return response.json();
}

function write(name, definitions) {
  fs.mkdirSync(FIXTURES, { recursive: true });
  fs.writeFileSync(path.join(FIXTURES, name), `${JSON.stringify(definitions, null, 2)}\n`);
}
