import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

// The texts, and the order of the checks, are what RabbitMQ 3.10.8 answered.

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

async function assertOpenRefused(broker: BrokerInside, text: string, user = 'guest', vhost = '/'): Promise<void> {
  const client = await broker.dial();
  await client.login({ username: user, password: user });
  await client.tune();
  client.control.send('connection.open', { virtualHost: vhost });
  await client.expectConnectionClose(530, text, 'connection.open');
}

const VHOST_FULL = (limit: number, user = 'guest'): string =>
  `NOT_ALLOWED - access to vhost '/' refused for user '${user}': connection limit (${limit}) is reached`;
const USER_FULL = (limit: number, user = 'guest'): string =>
  `NOT_ALLOWED - connection refused for user '${user}': user connection limit (${limit}) is reached`;

describe('limits of a virtual host', () => {
  test('on connections let no more in than that, and those who leave make room', async () => {
    await using broker = await BrokerInside.start({ vhosts: ['/', 'other'] });
    const { administration } = broker;
    const first = await broker.login();
    await administration.setVhostLimit('/', 'max-connections', 1);
    await assertOpenRefused(broker, VHOST_FULL(1));
    await (await broker.login('guest', 'guest', 'other')).close();
    await first.close();
    const second = await broker.login();
    await administration.setVhostLimit('/', 'max-connections', 0);
    await second.channel(); // it stays
    await assertOpenRefused(broker, VHOST_FULL(0));
    await administration.setVhostLimit('/', 'max-connections', -1);
    await broker.login();
    await administration.setVhostLimit('/', 'max-connections', 0);
    await administration.clearVhostLimit('/', 'max-connections');
    await broker.login();
  });

  test('on connections come before permissions, and before limits of the user', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    await administration.putUser({ name: 'u', password: 'u', tags: [] });
    await administration.setVhostLimit('/', 'max-connections', 0);
    await administration.setUserLimit('u', 'max-connections', 0);
    await assertOpenRefused(broker, VHOST_FULL(0, 'u'), 'u');
    await administration.clearVhostLimit('/', 'max-connections');
    await assertOpenRefused(broker, USER_FULL(0, 'u'), 'u');
    await assertOpenRefused(broker, 'NOT_ALLOWED - vhost nowhere not found', 'u', 'nowhere');
  });

  test('on queues let no more be declared than that', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    await administration.setVhostLimit('/', 'max-queues', 1);
    await channel.call('queue.declare', { queue: 'a' });
    await channel.call('queue.declare', { queue: 'a' });
    const refused = (name: string) =>
      `PRECONDITION_FAILED - cannot declare queue '${name}': queue limit in vhost '/' (1) is reached`;
    await channel.expectRefusal('queue.declare', { queue: 'b' }, 406, refused('b'));
    const reserved = "ACCESS_REFUSED - queue name 'amq.b' contains reserved prefix 'amq.*'";
    await channel.expectRefusal('queue.declare', { queue: 'amq.b' }, 403, reserved);
    await channel.call('queue.delete', { queue: 'a' });
    await channel.call('queue.declare', { queue: 'b' });
    await administration.clearVhostLimit('/', 'max-queues');
    await channel.call('queue.declare', { exclusive: true });
  });
});

describe('limits of a user', () => {
  test('on connections are about all virtual hosts', async () => {
    await using broker = await BrokerInside.start({ vhosts: ['/', 'other'] });
    await broker.administration.setUserLimit('guest', 'max-connections', 1);
    const client = await broker.login('guest', 'guest', 'other');
    await assertOpenRefused(broker, USER_FULL(1));
    await client.close();
    await broker.login();
  });

  test('on channels are about all connections', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    await administration.setUserLimit('guest', 'max-channels', 2);
    const [one, other] = [await broker.login(), await broker.login()];
    const [first, second] = [await one.channel(), await other.channel()];
    await first.call('channel.close');
    await one.channel(2);
    const text =
      "NOT_ALLOWED - number of channels opened for user 'guest' has reached the maximum allowed user limit of (2)";
    await assert.rejects(
      broker.login().then((client) => client.channel()),
      new RegExp(text.replace(/[()]/g, '\\$&')),
    );
    await second.call('queue.declare', { exclusive: true });
    await one.close();
    await other.channel(2);
  });
});

test('limits are there after a restart, but for those of what is gone', async () => {
  using data = new TemporaryDataDirectory();
  const options = { dataDir: data.path, vhosts: ['/', 'v'] };
  {
    await using broker = await BrokerInside.start(options);
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    for (const queue of ['a', 'b']) await channel.call('queue.declare', { queue, durable: true });
    await administration.setVhostLimit('/', 'max-queues', 1);
    await administration.setVhostLimit('/', 'max-connections', 5);
    await administration.clearVhostLimit('/', 'max-connections');
    await administration.setVhostLimit('v', 'max-queues', 1);
    await administration.deleteVhost('v');
    for (const name of ['kept', 'gone']) {
      await administration.putUser({ name, password: name, tags: [] });
      await administration.setUserLimit(name, 'max-connections', 0);
    }
    await administration.deleteUser('gone');
  }
  await using broker = await BrokerInside.start(options);
  const { context, administration } = broker;
  const vhost = context.vhosts.get('/')!;
  assert.deepEqual(vhost.limits, { 'max-queues': 1 });
  assert.equal(vhost.queues.size, 2);
  assert.equal(context.vhosts.get('v')!.limits, undefined);
  await administration.setPermissions('kept', '/', EVERYTHING);
  await assertOpenRefused(broker, USER_FULL(0, 'kept'), 'kept');
  await administration.putUser({ name: 'gone', password: 'gone', tags: [] });
  await administration.setPermissions('gone', '/', EVERYTHING);
  await broker.login('gone', 'gone');
});

test('limits that make no sense are refused', async () => {
  await using broker = await BrokerInside.start();
  const { administration } = broker;
  const message = (text: string) => ({ name: 'OperationError', message: text });
  await assert.rejects(
    administration.setVhostLimit('/', 'max-queues', 1.5),
    message('Validation failed\n\nmax-queues should be a number, actually was 1.5\n'),
  );
  await assert.rejects(
    administration.setVhostLimit('/', 'foo', 1),
    message('Validation failed\n\nUnrecognised terms [{<<"foo">>,1}] in limits\n'),
  );
  await assert.rejects(
    administration.setUserLimit('guest', 'max-channels', 'a'),
    message('max-channels should be a number, actually was <<"a">>'),
  );
  await assert.rejects(
    administration.setUserLimit('guest', 'foo', 1),
    message('Unrecognised terms [{<<"foo">>,1}] in user-limits'),
  );
  await assert.rejects(
    administration.setUserLimit('nobody', 'max-channels', 1),
    message("user 'nobody' does not exist"),
  );
  await assert.rejects(administration.clearVhostLimit('nowhere', 'x'), message("vhost 'nowhere' does not exist"));
});
