import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connect } from 'amqplib';
import { ManagementServer } from '#src/http/management-server.js';
import { RecentLog } from '#src/observe/recent-log.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { CapturedLog } from '../support/captured-log.ts';

const INFO = 30;
const WARN = 40;

const log = new CapturedLog('trace');
let broker: BrokerInside;
let management: ManagementServer;

before(async () => {
  broker = await BrokerInside.start({}, log.logger);
  management = new ManagementServer(broker.context, broker.amqp, '0', new RecentLog());
  await management.listen(0);
});

after(async () => {
  await management.close();
  await broker[Symbol.asyncDispose]();
});

async function request(method: string, path: string, body?: unknown, password = 'guest'): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${management.port}/api${path}`, {
    method,
    headers: { authorization: `Basic ${btoa(`guest:${password}`)}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return response.status;
}

/** The next event with this text, once it is logged. */
async function logged(msg: string, count = 1): Promise<ReturnType<CapturedLog['events']>> {
  for (;;) {
    const events = log.events(msg);
    if (events.length >= count) return events;
    await new Promise(setImmediate);
  }
}

test("a connection's life: opened by whom, closed why and after how long", async () => {
  const connection = await connect(broker.url(), { clientProperties: { connection_name: 'orders' } });
  const { localPort: port } = (connection.connection as unknown as { stream: { localPort: number } }).stream;
  const who = { peer: `127.0.0.1:${port}`, user: 'guest', vhost: '/' };
  const [opened] = await logged('connection opened');
  assert.deepEqual(opened, { level: INFO, ...who, mechanism: 'PLAIN', client: 'orders', msg: 'connection opened' });
  await connection.close();
  const { durationMs, ...closed } = (await logged('connection closed'))[0]!;
  assert.deepEqual(closed, {
    level: INFO,
    ...who,
    reason: 'closed by client: 200 Cheers, thanks',
    msg: 'connection closed',
  });
  assert.ok(Number.isInteger(durationMs));
});

test('a client that is just gone, and one that is sent away', async () => {
  const client = await broker.login();
  await client.abort();
  const [lost] = await logged('connection closed unexpectedly by the client');
  assert.equal(lost?.level, WARN);
  const connection = await connect(broker.url());
  connection.on('error', () => {});
  broker.amqp.closeConnections(() => true, 'because');
  const closed = await logged('connection closed', 2);
  assert.equal(closed.at(-1)!.reason, 'CONNECTION_FORCED - because');
});

test('what administrators do is logged, and who did it', async () => {
  const by = 'guest';
  const everything = { configure: '.*', write: '', read: '' };
  await request('PUT', '/vhosts/logged');
  await request('PUT', '/users/ann', { password: 'p', tags: 'monitoring' });
  await request('PUT', '/permissions/logged/ann', everything);
  await request('PUT', '/policies/logged/pol', { pattern: 'q', definition: { 'max-length': 1 } });
  await request('PUT', '/vhost-limits/logged/max-queues', { value: 3 });
  await request('DELETE', '/policies/logged/pol');
  await request('DELETE', '/permissions/logged/ann');
  await request('DELETE', '/users/ann');
  await request('POST', '/definitions', { vhosts: [{ name: 'imported' }] });
  await request('DELETE', '/vhosts/logged');
  const vhost = 'logged';
  const policy = { pattern: 'q', definition: { 'max-length': 1 }, priority: 0, 'apply-to': 'all' };
  const expected = [
    { vhost, by, msg: 'vhost created' },
    { user: 'ann', by, msg: 'user created' },
    { user: 'ann', tags: ['monitoring'], by, msg: 'user tags set' },
    { user: 'ann', vhost, ...everything, by, msg: 'permission created' },
    { policy: 'pol', vhost, definition: policy, by, msg: 'policy set' },
    { vhost, limits: { 'max-queues': 3 }, by, msg: 'vhost limits set' },
    { policy: 'pol', vhost, by, msg: 'policy cleared' },
    { user: 'ann', vhost, by, msg: 'permission deleted' },
    { user: 'ann', by, msg: 'user deleted' },
    { vhost, by, msg: 'vhost deleted' },
  ];
  for (const event of expected) {
    const found = log
      .events(event.msg)
      .filter(({ user, ...each }) => user === 'ann' || (user !== by && each.vhost === vhost));
    assert.deepEqual(found, [{ level: INFO, ...event }]);
  }
  const imported = log.events('vhost created').find((event) => event.vhost === 'imported');
  assert.deepEqual(imported, { level: INFO, vhost: 'imported', by, msg: 'vhost created' });
});

test('who may not log in, or not do what he wants, is logged', async () => {
  assert.equal(await request('GET', '/overview', undefined, 'wrong'), 401);
  const [denied] = log.events('HTTP access denied: invalid credentials');
  assert.deepEqual([denied?.level, denied?.user, denied?.peer], [WARN, 'guest', '127.0.0.1']);
  await assert.rejects(connect(broker.url('guest', 'wrong')));
  const [refused] = log.events('login refused: invalid credentials');
  assert.deepEqual([refused?.level, refused?.user, refused?.mechanism], [WARN, 'guest', 'PLAIN']);
  assert.match(String(refused?.peer), /^127\.0\.0\.1:\d+$/);
});

test('neither passwords nor messages get into the log, at whatever level', async () => {
  const secrets = ['pass-of-user', 'pass-of-login', 'pass-of-http', 'pass-of-import', 'pass-in-uri', 'body-of-message'];
  await request('PUT', '/users/eve', { password: 'pass-of-user', tags: '' });
  await request('PUT', '/users/eve', { password: 'pass-of-user', tags: 'management' });
  await request('PUT', '/permissions/%2F/eve', { configure: '', write: '', read: '' });
  await request('GET', '/queues?login=pass-of-http', undefined, 'pass-of-http');
  await request('PUT', '/global-parameters/upstream', { value: { uri: 'amqp://eve:pass-in-uri@there' } });
  const users = [{ name: 'eve2', password: 'pass-of-import', tags: '' }];
  const imported = {
    users,
    parameters: [{ component: 'shovel', vhost: '/', name: 's', value: { uri: 'pass-in-uri' } }],
  };
  assert.equal(await request('POST', '/definitions', imported), 204);
  assert.equal(await request('POST', '/definitions', { users: [{ name: '', password: 'pass-of-import' }] }), 400);
  await assert.rejects(connect(broker.url('eve', 'pass-of-login')));
  for (const mechanism of ['PLAIN', 'AMQPLAIN', 'pass']) {
    const client = await broker.dial();
    await client.handshake({ mechanism, username: 'eve', password: 'pass-of-login' }).catch(() => undefined);
  }
  const connection = await connect(broker.url());
  connection.on('error', () => {});
  const channel = await connection.createChannel();
  channel.on('error', () => {});
  await channel.assertQueue('q', { arguments: { 'x-dead-letter-exchange': 'nowhere', 'x-max-length': 1 } });
  for (let i = 0; i < 3; i++)
    channel.sendToQueue('q', Buffer.from('body-of-message'), { headers: { h: 'body-of-message' } });
  channel.publish('nonesuch', 'k', Buffer.from('body-of-message'));
  await new Promise((resolve) => channel.once('close', resolve));
  await connection.close();
  assert.ok(log.events('definitions imported').length > 0);
  assert.ok(log.events('login refused: invalid credentials').length > 2);
  for (const secret of secrets) assert.ok(!log.text.includes(secret), `${secret} is in the log:\n${log.text}`);
});
