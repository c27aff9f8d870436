import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Management } from '../support/management.ts';

interface Topology {
  readonly nodes: readonly { readonly kind: string; readonly name: string; readonly note: string }[];
  readonly edges: readonly {
    readonly kind: string;
    readonly from: string;
    readonly to: string;
    readonly keys: string[];
  }[];
  readonly idle: number;
}

let management: Management;

before(async () => {
  management = await Management.start();
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertExchange('unrouted', 'fanout');
  await channel.assertExchange('orders', 'topic', { alternateExchange: 'unrouted' });
  await channel.assertQueue('eu');
  await channel.bindQueue('eu', 'orders', 'orders.eu.*');
  await channel.bindQueue('eu', 'orders', 'all');
  await channel.consume('eu', () => undefined, { noAck: true });
  channel.publish('orders', 'orders.eu.new', Buffer.from('x'));
  await channel.waitForConfirms();
});

after(() => management[Symbol.asyncDispose]());

/** The edges, by the names at their ends. */
function written({ edges }: Topology): string[] {
  const nameIn = (id: string) => id.split('\n')[1]!.replace(/^127.*/, 'client');
  return edges.map(({ kind, from, to, keys }) => `${kind} ${nameIn(from)}>${nameIn(to)} ${keys.join()}`.trim()).sort();
}

test('the way of messages is a graph, from who publishes to who consumes', async () => {
  const topology = await management.get<Topology>('/topology');
  assert.deepEqual(written(topology), [
    'alternate orders>unrouted',
    'binding orders>eu orders.eu.*,all',
    'consume eu>client',
    'publish client>orders',
  ]);
  assert.deepEqual(topology.nodes.map(({ kind }) => kind).sort(), [
    'consumer',
    'exchange',
    'exchange',
    'producer',
    'queue',
  ]);
  assert.equal((await management.get<Topology>('/topology/other')).nodes.length, 0);
});

test('dead letters lead where arguments and policies say, and by the default exchange to the queue of their key', async () => {
  const put = (kind: string, name: string, body: object) =>
    management.request('PUT', `/${kind}/other/${name}`, { body });
  const letters = (exchange: string, key: string) => ({
    arguments: { 'x-dead-letter-exchange': exchange, 'x-dead-letter-routing-key': key },
  });
  await put('exchanges', 'again', { type: 'fanout' });
  await put('queues', 'work', letters('again', 'failed'));
  await put('queues', 'later', letters('', 'work'));
  await put('queues', 'lost', letters('gone', 'work'));
  await put('queues', 'ruled', {});
  await put('policies', 'p', { pattern: '^ruled$', definition: { 'dead-letter-exchange': 'again' } });
  assert.deepEqual(written(await management.get<Topology>('/topology/other')), [
    'binding >work work',
    'dead-letter later> work',
    'dead-letter ruled>again',
    'dead-letter work>again failed',
  ]);
});

test('it is limited to what a name is connected with, and to what is not idle', async () => {
  const named = await management.get<Topology>('/topology/%2F?name=unrouted');
  assert.deepEqual(written(named), ['alternate orders>unrouted', 'publish client>orders']);
  assert.equal((await management.get<Topology>('/topology?name=none')).nodes.length, 0);
  const { idle } = await management.get<Topology>('/topology?idle=no&limit=1');
  assert.ok(idle > 0);
});

test('users see the connections that are theirs', async () => {
  const { nodes } = await management.get<Topology>('/topology', 'management');
  assert.deepEqual(nodes.map(({ kind }) => kind).sort(), ['exchange', 'exchange', 'queue']);
});

test('what makes no sense is refused', async () => {
  for (const query of ['idle=perhaps', 'limit=0', 'limit=x', 'name=a&name=b']) {
    assert.equal((await management.request('GET', `/topology?${query}`)).status, 400, query);
  }
});
