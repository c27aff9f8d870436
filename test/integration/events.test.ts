import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrokerInside } from '../support/broker-inside.ts';
import type { WireChannel } from '../support/wire-channel.ts';

async function keysUntil(channel: WireChannel, last: string): Promise<string[]> {
  const keys: string[] = [];
  while (keys.at(-1) !== last) keys.push((await channel.expectDelivery('')).routingKey);
  return keys;
}

async function watch(broker: BrokerInside, key: string): Promise<WireChannel> {
  const channel = await (await broker.login()).channel();
  const { queue } = await channel.call('queue.declare', { exclusive: true });
  await channel.call('queue.bind', { queue, exchange: 'amq.rabbitmq.event', routingKey: key });
  await channel.call('basic.consume', { queue, noAck: true });
  return channel;
}

test('events tell what whoever runs the broker does', async () => {
  await using broker = await BrokerInside.start();
  const { administration } = broker;
  const users = await watch(broker, 'user.#');
  const others = await watch(broker, '*.#');
  await keysUntil(others, 'consumer.created');
  await administration.putUser({ name: 'anna', password: 'secret', tags: [] });
  await administration.setTags('anna', ['monitoring']);
  await administration.changePassword('anna', 'other');
  await administration.changePassword('anna', undefined);
  await administration.setUserLimit('anna', 'max-channels', 5);
  await administration.clearUserLimit('anna', 'max-channels');
  await administration.putVhost('v');
  await administration.setPermissions('anna', 'v', { configure: 'a', write: 'b', read: 'c' });
  await administration.clearPermissions('anna', 'v');
  await administration.setPolicy('policy', 'v', 'p', { pattern: '^a', definition: { 'max-length': 5 } });
  await administration.clearPolicy('policy', 'v', 'p');
  await administration.setPolicy('operator_policy', 'v', 'p', { pattern: '^a', definition: { 'max-length': 5 } });
  await administration.clearPolicy('operator_policy', 'v', 'p');
  await administration.setVhostLimit('v', 'max-queues', 5);
  await administration.clearVhostLimit('v', 'max-queues');
  await administration.clearParameter('vhost-limits', 'v', 'limits');
  await administration.deleteVhost('v');
  await administration.deleteUser('anna');
  const ofUsers = [
    'user.created',
    'user.tags.set',
    'user.password.changed',
    'user.password.cleared',
    'user.limits.set',
    'user.limits.cleared',
  ];
  const ofOthers = [
    'vhost.created',
    'permission.created',
    'permission.deleted',
    'policy.set',
    'policy.cleared',
    'parameter.set',
    'policy.set',
    'parameter.cleared',
    'operator.policy.cleared',
    'parameter.set',
    'vhost.limits.set',
    'parameter.set',
    'vhost.limits.set',
    'parameter.cleared',
    'vhost.limits.cleared',
    'vhost.deleted',
  ];
  const seen = await keysUntil(users, 'user.deleted');
  assert.deepEqual(
    seen.filter((key) => !key.startsWith('user.authentication')),
    [...ofUsers, 'user.deleted'],
  );
  assert.deepEqual(await keysUntil(others, 'user.deleted'), [...ofUsers, ...ofOthers, 'user.deleted']);
});

test('a login that fails, and alarms', async () => {
  await using broker = await BrokerInside.start();
  const failures = await watch(broker, 'user.authentication.failure');
  const alarms = await watch(broker, 'alarm.*');
  const client = await broker.dial();
  await client.login({ username: 'guest', password: 'wrong' });
  const { headers } = (await failures.expectDelivery('')).properties;
  assert.equal(headers!.get('error')?.value, "user 'guest' - invalid credentials");
  broker.context.alarms.report('memory', true);
  broker.context.alarms.report('memory', false);
  assert.deepEqual(await keysUntil(alarms, 'alarm.cleared'), ['alarm.set', 'alarm.cleared']);
});

test('the exchange is in the default virtual host only', async () => {
  await using broker = await BrokerInside.start({ vhosts: ['/', 'v'] });
  const has = (vhost: string) => broker.context.vhosts.get(vhost)!.exchanges.has('amq.rabbitmq.event');
  assert.deepEqual([has('/'), has('v')], [true, false]);
});
