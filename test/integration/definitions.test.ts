import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '#src/storage/definitions/definition-line.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { type DefinitionsFixture, fixture } from '../support/fixture.ts';

type Item = { readonly [field: string]: Json };

const BY_MANAGEMENT = fixture('rabbitmq-3.10-management.json');
const BY_RABBITMQCTL = fixture('rabbitmq-3.10-rabbitmqctl.json');
const OF_VHOST = fixture('rabbitmq-3.10-management-vhost.json');
const FOUR = fixture('rabbitmq-4.1-by-hand.json');

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

/** No order is promised for what is in a file. */
function sorted(items: readonly Item[]): Item[] {
  const keys = new Map(items.map((item) => [item, JSON.stringify(Object.entries(item).sort())]));
  return [...items].sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}

function section(file: DefinitionsFixture, name: string): readonly Item[] {
  return file[name] as readonly Item[];
}

/** The sections of a file that hold lists, each changed by the function for it, and without an order. */
function comparable(file: DefinitionsFixture, changes: Readonly<Record<string, (item: Item) => Item>> = {}): object {
  const lists = Object.keys(file).filter((name) => Array.isArray(file[name]));
  const entries = lists.map((name) => [name, sorted(section(file, name).map(changes[name] ?? ((item) => item)))]);
  return Object.fromEntries(entries) as object;
}

function omit(item: Item, ...fields: readonly string[]): Item {
  return Object.fromEntries(Object.entries(item).filter(([field]) => !fields.includes(field)));
}

describe('what RabbitMQ 3.10 has exported is the same after import and export', () => {
  test('by its management API', async () => {
    await using broker = await BrokerInside.start();
    const { skipped } = await broker.administration.importDefinitions(BY_MANAGEMENT);
    assert.deepEqual(skipped, []);
    // The API of 3.10 does not write what rabbitmqctl and 4.x do: types of queues, and metadata of virtual hosts.
    const exported = comparable(broker.administration.exportDefinitions(), {
      queues: (queue) => omit(queue, 'type'),
      vhosts: (vhost) => omit(vhost, 'description', 'tags', 'metadata'),
    });
    assert.deepEqual(exported, comparable(BY_MANAGEMENT));
  });

  test('by rabbitmqctl', async () => {
    await using broker = await BrokerInside.start();
    const { skipped } = await broker.administration.importDefinitions(BY_RABBITMQCTL);
    const exported = comparable(broker.administration.exportDefinitions(), {
      vhosts: (vhost) => omit(vhost, 'description', 'tags'),
      exchanges: (exchange) => omit(exchange, 'internal'),
    });
    const pairs = ['value', 'definition'];
    const isImported = ({ source, destination }: Item) => source !== 'internal' && !isGone(destination);
    const expected = comparable(
      {
        ...BY_RABBITMQCTL,
        bindings: section(BY_RABBITMQCTL, 'bindings').filter(isImported),
        global_parameters: [...section(BY_RABBITMQCTL, 'global_parameters'), identityOf(broker)],
      },
      {
        vhosts: (vhost) => ({ ...omit(vhost, 'limits'), metadata: metadataOf(vhost) }),
        parameters: (parameter) => objectsIn(parameter, pairs),
        global_parameters: (parameter) => objectsIn(parameter, pairs),
      },
    );
    assert.deepEqual(exported, expected);
    assert.equal(skipped.length, section(BY_RABBITMQCTL, 'bindings').filter((binding) => !isImported(binding)).length);
    for (const reason of skipped) assert.match(reason, /there is no (queue 'exclusive'|exchange 'internal')$/);
  });

  test('of one virtual host, into another one', async () => {
    await using broker = await BrokerInside.start({ vhosts: ['/', 'shop'] });
    const { administration } = broker;
    await assert.rejects(administration.importDefinitions(OF_VHOST, 'none'), {
      message: "vhost 'none' does not exist",
    });
    assert.deepEqual((await administration.importDefinitions(OF_VHOST, 'shop')).skipped, []);
    const exported = comparable(administration.exportDefinitions('shop'), { queues: (queue) => omit(queue, 'type') });
    assert.deepEqual(exported, comparable(OF_VHOST));
    const { queues } = administration.exportDefinitions('/');
    assert.deepEqual(queues, []);
  });
});

/** It is not in rabbitmqctl's files. */
function identityOf({ context }: BrokerInside): Item {
  const name = 'internal_cluster_id';
  return { name, value: context.globalParameters.values.get(name)! };
}

/** Exclusive queues and internal exchanges are not in rabbitmqctl's files, but what is bound to them is. */
function isGone(destination: Json | undefined): boolean {
  return destination === 'exclusive' || destination === 'internal';
}

function metadataOf({ metadata }: Item): Json {
  const { description, tags } = metadata as Item;
  return { description: description!, tags: typeof tags === 'string' ? tags.split(',').filter(Boolean) : tags! };
}

/** Turns lists of pairs in the fields back into the objects that they were, at any depth. */
function objectsIn(item: Item, fields: readonly string[]): Item {
  return Object.fromEntries(
    Object.entries(item).map(([name, value]) => [name, fields.includes(name) ? objectOf(value) : value]),
  );
}

function objectOf(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  const entries = (Array.isArray(value) ? value : Object.entries(value)) as readonly (readonly [string, Json])[];
  return Object.fromEntries(entries.map(([name, inner]) => [name, objectOf(inner)]));
}

test('users of other brokers log in with the passwords that they had', async () => {
  using data = new TemporaryDataDirectory();
  {
    await using broker = await BrokerInside.start({ dataDir: data.path });
    await broker.administration.importDefinitions(BY_MANAGEMENT);
    await broker.administration.setPermissions('carl', '/', EVERYTHING);
  }
  await using broker = await BrokerInside.start({ dataDir: data.path });
  await broker.login('anna', 'anna-secret', 'shop'); // SHA-256
  await broker.login('bert', 'bert-secret'); //         SHA-512
  await broker.login('carl', 'carl-secret'); //         MD5
  await assert.rejects(broker.login('bert', 'wrong'), /ACCESS_REFUSED/);
  await assert.rejects(broker.login('certified', ''), /ACCESS_REFUSED/);
});

test('what was imported survives a restart, and importing it again changes nothing', async () => {
  using data = new TemporaryDataDirectory();
  let before: object;
  {
    await using broker = await BrokerInside.start({ dataDir: data.path });
    const first = await broker.administration.importDefinitions(BY_MANAGEMENT);
    assert.ok(first.imported > 50);
    const again = await broker.administration.importDefinitions(BY_MANAGEMENT);
    assert.deepEqual(again, { imported: 0, kept: first.imported + first.kept, skipped: [] });
    before = comparable(withoutTransient(broker.administration.exportDefinitions()));
  }
  await using broker = await BrokerInside.start({ dataDir: data.path });
  assert.deepEqual(comparable(broker.administration.exportDefinitions()), before);
});

function withoutTransient(file: DefinitionsFixture): DefinitionsFixture {
  const durableOnes = (name: string) => section(file, name).filter(({ durable }) => durable);
  const bindings = section(file, 'bindings').filter(({ source }) => source !== 'transient');
  return { ...file, queues: durableOnes('queues'), exchanges: durableOnes('exchanges'), bindings };
}

test('what 4.x spells otherwise is understood', async () => {
  await using broker = await BrokerInside.start();
  const { administration, context } = broker;
  assert.deepEqual((await administration.importDefinitions(FOUR)).skipped, []);
  await broker.login('operator', 'operator-secret', 'four');
  assert.deepEqual(context.users.get('operator')?.tags, ['monitoring', 'policymaker']);
  assert.equal(context.users.get('oauth')?.passwordHash, '');
  const four = context.vhosts.get('four')!;
  assert.deepEqual(four.metadata, { description: '', tags: ['new', 'shiny'], defaultQueueType: 'quorum' });
  assert.deepEqual(context.vhosts.get('old')?.metadata, {
    description: 'written by 3.13',
    tags: [],
    defaultQueueType: undefined,
  });
  for (const name of ['quorum', 'type-only']) {
    assert.equal(four.queues.get(name)?.properties.arguments.get('x-queue-type')?.value, 'quorum', name);
  }
  assert.equal(four.queues.get('classic')?.properties.arguments.size, 0);
  const exported = administration.exportDefinitions();
  await using copy = await BrokerInside.start();
  await copy.administration.importDefinitions(exported);
  assert.deepEqual(comparable(copy.administration.exportDefinitions()), comparable(exported));
});

const QUEUE = { name: 'q', vhost: '/', durable: true, auto_delete: false, arguments: {} };
const EXCHANGE = { name: 'x', vhost: '/', type: 'topic', durable: true, auto_delete: false, arguments: {} };
const BINDING = {
  source: 'x',
  vhost: '/',
  destination: 'q',
  destination_type: 'queue',
  routing_key: '',
  arguments: {},
};

describe('what can’t be imported', () => {
  const refusals: readonly (readonly [json: DefinitionsFixture, message: string])[] = [
    [{ queues: [{ ...QUEUE, vhost: 'none' }] }, `queues[1] "q" in vhost "none": vhost 'none' does not exist`],
    [
      { queues: [{ ...QUEUE, arguments: { 'x-max-length': -5 } }] },
      `queues[1] "q" in vhost "/": invalid arg 'x-max-length' for queue 'q' in vhost '/': {value_negative,-5}`,
    ],
    [{ exchanges: [{ ...EXCHANGE, type: 'none' }] }, `exchanges[0] "x" in vhost "/": unknown exchange type 'none'`],
    [
      { bindings: [{ ...BINDING, vhost: 'none' }] },
      /^bindings\[0\] in vhost "none" .*: vhost 'none' does not exist$/.source,
    ],
    [
      { permissions: [{ user: 'none', vhost: '/', ...EVERYTHING }] },
      `permissions[0] in vhost "/" for user "none": user 'none' does not exist`,
    ],
  ];
  for (const [json, message] of refusals) {
    test(`is named, and nothing else is imported: ${message}`, async () => {
      await using broker = await BrokerInside.start();
      const before = broker.administration.exportDefinitions();
      const queues = [{ ...QUEUE, name: 'fine' }, ...section({ queues: [], ...json }, 'queues')];
      const file = { users: [{ name: 'fine', tags: '' }], vhosts: [{ name: 'fine' }], ...json, queues };
      await assert.rejects(broker.administration.importDefinitions(file), (error: Error) => {
        assert.equal(error.name, 'OperationError');
        assert.ok(error.message === message || new RegExp(message).test(error.message), error.message);
        return true;
      });
      assert.deepEqual(broker.administration.exportDefinitions(), before);
    });
  }

  test('are more queues than the limit that is in force lets be', async () => {
    await using broker = await BrokerInside.start();
    await broker.administration.setVhostLimit('/', 'max-queues', 2);
    const queues = ['a', 'b', 'c'].map((name) => ({ ...QUEUE, name }));
    await assert.rejects(broker.administration.importDefinitions({ queues }), {
      message: `queues[0] "a" in vhost "/": the 3 new queues exceed the limit of vhost '/' (2)`,
    });
    await broker.administration.importDefinitions({ queues: queues.slice(0, 2) });
    await assert.rejects(broker.administration.importDefinitions({ queues }), /the 1 new queues exceed/);
  });

  test('are parameters of plugins, which are reported', async () => {
    await using broker = await BrokerInside.start();
    const parameters = [{ component: 'shovel', vhost: '/', name: 's', value: {} }];
    assert.deepEqual((await broker.administration.importDefinitions({ parameters })).skipped, [
      'parameters[0] "s" in vhost "/": component shovel not found',
    ]);
  });

  test('is passed over where RabbitMQ does, and reported', async () => {
    await using broker = await BrokerInside.start();
    const { skipped, imported } = await broker.administration.importDefinitions({
      queues: [QUEUE, { ...QUEUE, name: 'amq.gen-1' }],
      exchanges: [
        { ...EXCHANGE, type: 'headers' },
        { ...EXCHANGE, name: 'amq.mine' },
      ],
      bindings: [
        BINDING,
        { ...BINDING, source: '' },
        { ...BINDING, source: 'none' },
        { ...BINDING, destination: 'none' },
        { ...BINDING, destination: 'none', destination_type: 'exchange' },
        { ...BINDING, arguments: { 'x-match': 'some' } },
      ],
    });
    assert.equal(imported, 3);
    assert.deepEqual(skipped, [
      `queues[1] "amq.gen-1" in vhost "/": names that begin with 'amq.' are not imported`,
      `exchanges[1] "amq.mine" in vhost "/": names that begin with 'amq.' are not imported`,
      'bindings[1] in vhost "/" from "" to "q": every queue is bound to the default exchange as it is',
      `bindings[2] in vhost "/" from "none" to "q": there is no exchange 'none'`,
      `bindings[3] in vhost "/" from "x" to "none": there is no queue 'none'`,
      `bindings[4] in vhost "/" from "x" to "none": there is no exchange 'none'`,
      `bindings[5] in vhost "/" from "x" to "q": Invalid x-match field value <<"some">>; expected all, any, ` +
        'all-with-x, or any-with-x',
    ]);
  });
});

test('queues and exchanges that were declared otherwise are left alone; bindings are not doubled', async () => {
  await using broker = await BrokerInside.start();
  const channel = await (await broker.login()).channel();
  const args = new Map([['x-max-length', { type: 'signedint', value: 7 }]] as const);
  await channel.call('queue.declare', { queue: 'q', arguments: args });
  await channel.call('exchange.declare', { exchange: 'x', type: 'headers' });
  const match = new Map([['n', { type: 'signedint', value: 1 }]] as const);
  await channel.call('queue.bind', { queue: 'q', exchange: 'x', arguments: match });
  const before = broker.administration.exportDefinitions();
  const report = await broker.administration.importDefinitions({
    queues: [QUEUE],
    exchanges: [EXCHANGE],
    bindings: [{ ...BINDING, arguments: { n: 1 } }],
  });
  assert.deepEqual(report, { imported: 0, kept: 3, skipped: [] });
  assert.deepEqual(broker.administration.exportDefinitions(), before);
});

test('clients are told the name that the cluster has from then on', async () => {
  await using broker = await BrokerInside.start();
  const clusterName = async () => {
    const client = await broker.dial();
    return (await client.greet()).serverProperties.get('cluster_name')?.value;
  };
  assert.equal(await clusterName(), 'leveret');
  await broker.administration.importDefinitions(FOUR);
  assert.equal(await clusterName(), 'rabbit@four');
  await broker.administration.clearGlobalParameter('cluster_name');
  assert.equal(await clusterName(), 'leveret');
});

test('a user that is there gets the file’s password and tags, and keeps its permissions', async () => {
  await using broker = await BrokerInside.start();
  const { administration, context } = broker;
  await administration.importDefinitions({ users: [{ name: 'guest', password: 'new', tags: 'x' }] });
  await broker.login('guest', 'new');
  assert.deepEqual(context.users.get('guest')?.tags, ['x']);
  assert.equal(context.users.get('guest')?.loopbackOnly, true);
});

test('exclusive queues, their bindings and what is always there are not exported', async () => {
  await using broker = await BrokerInside.start();
  const channel = await (await broker.login()).channel();
  await channel.call('queue.declare', { queue: 'mine', exclusive: true, durable: true });
  await channel.call('queue.bind', { queue: 'mine', exchange: 'amq.fanout' });
  const { queues, exchanges, bindings } = broker.administration.exportDefinitions();
  assert.deepEqual([queues, exchanges, bindings], [[], [], []]);
});
