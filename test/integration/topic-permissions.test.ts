import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

// What is allowed, and the texts, are what RabbitMQ 3.10.8 answered; but for changes, which it is slower to take notice of.

const REFUSED = (topic: string, exchange = 'amq.topic'): string =>
  `ACCESS_REFUSED - access to topic '${topic}' in exchange '${exchange}' in vhost '/' refused for user 'guest'`;

describe('topic permissions', () => {
  test('to write are about the routing keys of publishes to the topic exchange', async () => {
    await using broker = await BrokerInside.start();
    await broker.administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '^a', read: '.*' });
    const channel = await (await broker.login()).channel();
    await channel.call('confirm.select');
    for (const [exchange, key] of [
      ['amq.topic', 'a'],
      ['amq.topic', 'a.b'],
      ['amq.topic', 'a'],
      ['amq.direct', 'b'],
      ['', 'b'],
    ] as const) {
      channel.publish(exchange, key, 'x');
      await channel.expect('basic.ack');
    }
    channel.publish('amq.topic', 'b', 'x');
    await channel.expectChannelClose(403, REFUSED('b'), 'basic.publish');
  });

  // As RabbitMQ 4 does; 3.10 looks at the message's own key only.
  for (const header of ['CC', 'BCC']) {
    test(`to write are about the routing keys in ${header}, too`, async () => {
      await using broker = await BrokerInside.start();
      const { administration } = broker;
      await administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '^a', read: '.*' });
      const channel = await (await broker.login()).channel();
      await channel.call('confirm.select');
      const publish = (exchange: string, ...keys: string[]): void => {
        const headers = fieldTable({ [header]: keys });
        channel.publish(exchange, 'a', 'x', { properties: { headers } });
      };
      for (const exchange of ['amq.topic', 'amq.direct']) {
        publish(exchange, 'a.b', exchange === 'amq.topic' ? 'a' : 'b');
        await channel.expect('basic.ack');
      }
      publish('amq.topic', 'a.b', 'b', 'c');
      await channel.expectChannelClose(403, REFUSED('b'), 'basic.publish');
    });
  }

  test('to write are about all routing keys in a transaction, and where the route is known already', async () => {
    await using broker = await BrokerInside.start();
    await broker.administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '^a', read: '.*' });
    const channel = await (await broker.login()).channel();
    await channel.call('tx.select');
    channel.publish('amq.topic', 'a', 'x');
    channel.publish('amq.topic', 'a', 'x', { properties: { headers: fieldTable({ BCC: ['b'] }) } });
    await channel.expectChannelClose(403, REFUSED('b'), 'basic.publish');
  });

  test('to read are about the routing keys of bindings', async () => {
    await using broker = await BrokerInside.start();
    await broker.administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '', read: '^a' });
    const channel = await (await broker.login()).channel();
    const { queue } = await channel.call('queue.declare', { exclusive: true });
    const exchange = 'amq.topic';
    await channel.call('queue.bind', { queue, exchange, routingKey: 'a.#' });
    await channel.call('queue.unbind', { queue, exchange, routingKey: 'a.#' });
    const other = { queue, exchange, routingKey: 'b' };
    await channel.expectRefusal('queue.bind', other, 403, REFUSED('b'));
    await channel.expectRefusal('queue.unbind', other, 403, REFUSED('b'));
    const between = { source: exchange, destination: 'amq.fanout', routingKey: 'b' };
    await channel.expectRefusal('exchange.bind', between, 403, REFUSED('b'));
    await channel.expectRefusal('exchange.unbind', between, 403, REFUSED('b'));
    await channel.call('exchange.bind', { source: 'amq.fanout', destination: exchange, routingKey: 'b' });
    await channel.call('queue.bind', { queue, exchange: 'amq.direct', routingKey: 'b' });
    const missing = "NOT_FOUND - no exchange 'nowhere' in vhost '/'";
    await channel.expectRefusal('queue.bind', { ...other, exchange: 'nowhere' }, 404, missing);
  });

  const patterns: readonly (readonly [write: string, key: string, isAllowed: boolean])[] = [
    ['^{username}-{vhost}$', 'guest-/', true],
    ['^{username}-{vhost}$', 'guest-x', false],
    ['^{client_id}$', '{client_id}', true],
    ['', '', true],
    ['', 'a', false],
    ['(?i)^A', 'a', true],
  ];
  for (const [write, key, isAllowed] of patterns) {
    test(`with '${write}' ${isAllowed ? 'allow' : 'do not allow'} '${key}'`, async () => {
      await using broker = await BrokerInside.start();
      await broker.administration.setTopicPermissions('guest', '/', 'amq.topic', { write, read: '' });
      const channel = await (await broker.login()).channel();
      await channel.call('confirm.select');
      channel.publish('amq.topic', key, 'x');
      if (isAllowed) await channel.expect('basic.ack');
      else await channel.expectChannelClose(403, REFUSED(key), 'basic.publish');
    });
  }

  test('change what an open channel may do', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    await channel.call('confirm.select');
    const publish = async (): Promise<void> => {
      channel.publish('amq.topic', 'a', 'x');
      await channel.expect('basic.ack');
    };
    await publish();
    await administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '^a', read: '' });
    await publish();
    await administration.clearTopicPermissions('guest', '/');
    await publish();
    await administration.setTopicPermissions('guest', '/', 'amq.topic', { write: '^b', read: '' });
    channel.publish('amq.topic', 'a', 'x');
    await channel.expectChannelClose(403, REFUSED('a'), 'basic.publish');
  });

  test('are there after a restart, but for those of what is gone', async () => {
    using data = new TemporaryDataDirectory();
    const options = { dataDir: data.path };
    const nothing = { write: '', read: '' };
    {
      await using broker = await BrokerInside.start(options);
      const { administration } = broker;
      await administration.putVhost('v');
      await administration.putUser({ name: 'u', password: 'u', tags: [] });
      await administration.setTopicPermissions('guest', 'v', 'amq.topic', nothing);
      await administration.setTopicPermissions('u', '/', 'amq.topic', nothing);
      await administration.setTopicPermissions('guest', '/', 'kept', { write: '^a', read: '^b' });
      await administration.setTopicPermissions('guest', '/', 'cleared', nothing);
      await administration.clearTopicPermissions('guest', '/', 'cleared');
      await administration.deleteVhost('v');
      await administration.deleteUser('u');
    }
    await using broker = await BrokerInside.start(options);
    const { topicPermissions } = broker.context.users.find('guest')!;
    const kept = [...topicPermissions.in('/')].map(([exchange, permission]) => [exchange, permission.patterns]);
    assert.deepEqual(kept, [['kept', { write: '^a', read: '^b' }]]);
    assert.equal(topicPermissions.in('v').size, 0);
  });

  test('that make no sense are refused', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const set = (user: string, vhost: string, write: string) =>
      administration.setTopicPermissions(user, vhost, 'amq.topic', { write, read: '' });
    await assert.rejects(set('guest', '/', '('), /^OperationError: '\(' is no regular expression: missing \)/);
    await assert.rejects(set('nobody', '/', ''), { message: "user 'nobody' does not exist", isMissing: true });
    await assert.rejects(set('guest', 'nowhere', ''), { message: "vhost 'nowhere' does not exist", isMissing: true });
  });
});
