import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEFAULT_HASHING_ALGORITHM } from '#src/auth/password.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };
const LOGIN_REFUSED = /^ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN/;
const NOBODY = { name: 'nobody', password: undefined, tags: [] };

async function assertLoginRefused(broker: BrokerInside, user: string, password: string): Promise<void> {
  const client = await broker.dial();
  await client.login({ username: user, password });
  await client.expectConnectionClose(403, LOGIN_REFUSED);
}

async function assertVhostRefused(broker: BrokerInside, user: string, vhost: string, text: string): Promise<void> {
  const client = await broker.dial();
  await client.login({ username: user, password: user });
  await client.tune();
  client.control.send('connection.open', { virtualHost: vhost });
  await client.expectConnectionClose(530, text, 'connection.open');
}

/** A user whose password is its name. */
async function addUser({ administration }: BrokerInside, name: string): Promise<void> {
  await administration.putUser({ name, password: name, tags: [] });
  await administration.setPermissions(name, '/', EVERYTHING);
}

describe('virtual hosts', () => {
  test('one that is added can be opened at once by those with permissions', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    await assertVhostRefused(broker, 'guest', 'new', 'NOT_ALLOWED - vhost new not found');
    await administration.putVhost('new');
    const refused = "NOT_ALLOWED - access to vhost 'new' refused for user 'guest'";
    await assertVhostRefused(broker, 'guest', 'new', refused);
    await administration.setPermissions('guest', 'new', EVERYTHING);
    const client = await broker.login('guest', 'guest', 'new');
    const channel = await client.channel();
    await channel.call('queue.declare', { queue: 'q' });
    await channel.call('queue.bind', { queue: 'q', exchange: 'amq.fanout' });
    await client.close();
  });

  test('one that is deleted takes its connections along, and only those', async () => {
    await using broker = await BrokerInside.start({ vhosts: ['/', 'doomed'] });
    const bystander = await (await broker.login()).channel();
    const client = await broker.login('guest', 'guest', 'doomed');
    const channel = await client.channel();
    await channel.call('queue.declare', { queue: 'q' });
    await channel.call('queue.declare', { queue: 'mine', exclusive: true });
    await channel.call('basic.consume', { queue: 'q', consumerTag: 'c' });
    await broker.administration.deleteVhost('doomed');
    assert.equal((await channel.expect('basic.cancel')).consumerTag, 'c');
    await client.expectConnectionClose(320, "CONNECTION_FORCED - vhost 'doomed' is deleted");
    await assertVhostRefused(broker, 'guest', 'doomed', 'NOT_ALLOWED - vhost doomed not found');
    await bystander.call('queue.declare', { queue: 'q' });
  });

  test('one that is added again after its deletion is empty, and nobody has permissions for it', async () => {
    using data = new TemporaryDataDirectory();
    const options = { dataDir: data.path, vhosts: ['/'] };
    {
      await using broker = await BrokerInside.start(options);
      const { administration } = broker;
      await administration.putVhost('v', { description: 'first', tags: ['a'], defaultQueueType: 'quorum' });
      await administration.setPermissions('guest', 'v', EVERYTHING);
      const channel = await (await broker.login('guest', 'guest', 'v')).channel();
      await channel.call('exchange.declare', { exchange: 'x', type: 'topic', durable: true });
      await channel.call('queue.declare', { queue: 'q', durable: true });
      await channel.call('queue.bind', { queue: 'q', exchange: 'x', routingKey: '#' });
      await channel.call('queue.declare', { queue: 'exclusive', exclusive: true });
      channel.publish('x', '', 'dropped', { properties: { deliveryMode: 2 } });
      await administration.deleteVhost('v');
      await administration.putVhost('v');
    }
    await using broker = await BrokerInside.start(options);
    const vhost = broker.context.vhosts.get('v')!;
    assert.deepEqual([...vhost.queues.keys()], []);
    assert.equal(vhost.exchanges.get('x'), undefined);
    assert.deepEqual(vhost.metadata, { description: '', tags: [], defaultQueueType: undefined });
    assert.equal(broker.context.users.get('guest')?.permissions.has('v'), false);
    assert.deepEqual([...broker.context.durable!.definitions.definitions('binding')], []);
  });

  test('metadata and permissions survive a restart', async () => {
    using data = new TemporaryDataDirectory();
    const options = { dataDir: data.path, vhosts: ['/'] };
    const metadata = { description: 'ün', tags: ['a', 'b'], defaultQueueType: 'quorum' };
    {
      await using broker = await BrokerInside.start(options);
      await addUser(broker, 'anna');
      await broker.administration.putVhost('v');
      await broker.administration.putVhost('v', metadata);
      await broker.administration.setPermissions('anna', 'v', EVERYTHING);
      await broker.administration.clearPermissions('anna', '/');
    }
    await using broker = await BrokerInside.start(options);
    assert.deepEqual(broker.context.vhosts.get('v')?.metadata, metadata);
    await (await broker.login('anna', 'anna', 'v')).close();
    await assertVhostRefused(broker, 'anna', '/', "NOT_ALLOWED - access to vhost '/' refused for user 'anna'");
  });

  test('what makes no sense is refused', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    await assert.rejects(administration.putVhost(''), { name: 'OperationError', isMissing: false });
    await assert.rejects(administration.putVhost('é'.repeat(128)), /has 1 to 255 octets, and not 256/);
    await assert.rejects(administration.deleteVhost('none'), {
      message: "vhost 'none' does not exist",
      isMissing: true,
    });
  });
});

describe('users', () => {
  test('one that is added can log in, and survives a restart with the password', async () => {
    using data = new TemporaryDataDirectory();
    {
      await using broker = await BrokerInside.start({ dataDir: data.path });
      await addUser(broker, 'anna');
      await (await broker.login('anna', 'anna')).close();
      await broker.administration.setTags('anna', ['monitoring']);
    }
    await using broker = await BrokerInside.start({ dataDir: data.path });
    await (await broker.login('anna', 'anna')).close();
    assert.deepEqual(broker.context.users.get('anna')?.tags, ['monitoring']);
  });

  test('a new password counts for the next login; who is logged in stays', async () => {
    await using broker = await BrokerInside.start();
    await addUser(broker, 'anna');
    const channel = await (await broker.login('anna', 'anna')).channel();
    await broker.administration.changePassword('anna', 'secret');
    await channel.call('queue.declare', { queue: 'q' });
    await assertLoginRefused(broker, 'anna', 'anna');
    await (await broker.login('anna', 'secret')).close();
  });

  test('nobody logs in without a password', async () => {
    await using broker = await BrokerInside.start();
    await broker.administration.putUser(NOBODY);
    await assertLoginRefused(broker, 'nobody', '');
    await addUser(broker, 'anna');
    await broker.administration.changePassword('anna', undefined);
    for (const password of ['', 'anna']) await assertLoginRefused(broker, 'anna', password);
    assert.deepEqual(broker.context.users.get('anna'), {
      name: 'anna',
      passwordHash: '',
      hashingAlgorithm: DEFAULT_HASHING_ALGORITHM,
      tags: [],
      permissions: new Map([['/', EVERYTHING]]),
      loopbackOnly: false,
    });
  });

  test('one that is deleted is disconnected, and gone with its permissions', async () => {
    using data = new TemporaryDataDirectory();
    {
      await using broker = await BrokerInside.start({ dataDir: data.path });
      await addUser(broker, 'anna');
      const bystander = await (await broker.login()).channel();
      const client = await broker.login('anna', 'anna');
      const handshaking = await broker.dial();
      await handshaking.login({ username: 'anna', password: 'anna' });
      await handshaking.tune();
      await broker.administration.deleteUser('anna');
      await client.expectConnectionClose(320, "CONNECTION_FORCED - user 'anna' is deleted");
      handshaking.control.send('connection.open', { virtualHost: '/' });
      const refused = "NOT_ALLOWED - access to vhost '/' refused for user 'anna'";
      await handshaking.expectConnectionClose(530, refused, 'connection.open');
      await assertLoginRefused(broker, 'anna', 'anna');
      await bystander.call('queue.declare', { queue: 'q' });
    }
    await using broker = await BrokerInside.start({ dataDir: data.path });
    await assertLoginRefused(broker, 'anna', 'anna');
    await broker.administration.putUser({ name: 'anna', password: 'anna', tags: [] });
    await assertVhostRefused(broker, 'anna', '/', "NOT_ALLOWED - access to vhost '/' refused for user 'anna'");
  });

  test('permissions that change hold on connections that are open', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    await addUser(broker, 'anna');
    const client = await broker.login('anna', 'anna');
    const publisher = await client.channel(1);
    const receiver = await client.channel(2);
    await publisher.call('confirm.select');
    await receiver.call('queue.declare', { queue: 'q' });
    publisher.publish('', 'q');
    await publisher.expect('basic.ack');
    await administration.setPermissions('anna', '/', { ...EVERYTHING, write: '' });
    publisher.publish('', 'q');
    const refused = "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'anna'";
    await publisher.expectChannelClose(403, refused, 'basic.publish');
    await administration.clearPermissions('anna', '/');
    receiver.send('basic.get', { queue: 'q' });
    const unreadable = "ACCESS_REFUSED - access to queue 'q' in vhost '/' refused for user 'anna'";
    await receiver.expectChannelClose(403, unreadable, 'basic.get');
    await administration.setPermissions('anna', '/', EVERYTHING);
    const again = await client.channel(3);
    again.publish('', 'q');
    assert.equal((await again.call('queue.declare', { queue: 'q' })).messageCount, 2);
  });

  test('what makes no sense is refused', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const noUser = { message: "user 'none' does not exist", isMissing: true };
    await assert.rejects(administration.deleteUser('none'), noUser);
    await assert.rejects(administration.changePassword('none', 'x'), noUser);
    await assert.rejects(administration.setTags('none', []), noUser);
    await assert.rejects(administration.setPermissions('none', '/', EVERYTHING), noUser);
    await assert.rejects(administration.clearPermissions('none', '/'), noUser);
    await assert.rejects(administration.changePassword('guest', ''), /a password may not be empty/);
    await assert.rejects(administration.setPermissions('guest', 'none', EVERYTHING), /vhost 'none' does not exist/);
    const broken = administration.setPermissions('guest', '/', { ...EVERYTHING, read: '(' });
    await assert.rejects(broken, /^OperationError: '\(' is no regular expression: /);
    await (await broker.login()).close();
  });
});
