import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

describe('runtime parameters', () => {
  test('are operator policies and limits of virtual hosts', async () => {
    await using broker = await BrokerInside.start();
    const { administration, context } = broker;
    const vhost = context.vhosts.get('/')!;
    const policy = { pattern: 'a', 'apply-to': 'all', definition: { expires: 5000 }, priority: 1 };
    const limits = { 'max-queues': 3, 'max-connections': 4 };
    const parameters = [
      { component: 'operator_policy', vhost: '/', name: 'p', value: policy },
      { component: 'vhost-limits', vhost: '/', name: 'limits', value: limits },
    ];
    for (const parameter of parameters) await administration.setParameter(parameter);
    assert.deepEqual(administration.parameters.of('/'), parameters);
    assert.deepEqual(vhost.policies.of('operator_policy').get('p')!.value, policy);
    assert.deepEqual(vhost.limits, limits);
    for (const { component, name } of parameters) {
      assert.equal(await administration.clearParameter(component, '/', name), true);
      assert.equal(await administration.clearParameter(component, '/', name), false);
    }
    assert.deepEqual(administration.parameters.of('/'), []);
  });

  test('that make no sense are refused', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const refused = async (component: string, name: string, value: string, message: string): Promise<void> => {
      const setting = administration.setParameter({ component, vhost: '/', name, value });
      await assert.rejects(setting, { name: 'OperationError', message });
    };
    await refused('policy', 'p', '', 'policies may not be set using this method');
    await refused('nope', 'p', '', 'Validation failed\n\ncomponent nope not found\n');
    await refused('vhost-limits', 'limits', '3', 'Validation failed\n\nlimits not a list <<"3">>\n');
  });
});

test('global parameters are there after a restart', async () => {
  using data = new TemporaryDataDirectory();
  let id: unknown;
  {
    await using broker = await BrokerInside.start({ dataDir: data.path });
    const { administration } = broker;
    id = broker.context.globalParameters.values.get('internal_cluster_id');
    assert.match(String(id), /^leveret-cluster-id-[\w-]{22}$/);
    await administration.setGlobalParameter('kept', { a: [1, null, 'x'] });
    await administration.setGlobalParameter('cleared', 1);
    assert.equal(await administration.clearGlobalParameter('cleared'), true);
    assert.equal(await administration.clearGlobalParameter('cleared'), false);
  }
  await using broker = await BrokerInside.start({ dataDir: data.path });
  const { values } = broker.context.globalParameters;
  assert.deepEqual(Object.fromEntries(values), { internal_cluster_id: id, kept: { a: [1, null, 'x'] } });
});

test('queues that stay are of the default type of their virtual host', async () => {
  await using broker = await BrokerInside.start();
  const metadata = { description: '', tags: [], defaultQueueType: 'quorum' };
  await broker.administration.putVhost('/', metadata);
  const channel = await (await broker.login()).channel();
  const typeOf = (queue: string) =>
    broker.context.vhosts.get('/')!.queues.get(queue)!.properties.arguments.get('x-queue-type')?.value;
  await channel.call('queue.declare', { queue: 'a', durable: true });
  await channel.call('queue.declare', { queue: 'a', durable: true });
  const classic = fieldTable({ 'x-queue-type': 'classic' });
  const text =
    /inequivalent arg 'x-queue-type' for queue 'a' in vhost '\/': received 'classic' but current is 'quorum'/;
  await channel.expectRefusal('queue.declare', { queue: 'a', durable: true, arguments: classic }, 406, text);
  await channel.call('queue.declare', { queue: 'b', durable: true, arguments: classic });
  await channel.call('queue.declare', { queue: 'c' });
  await channel.call('queue.declare', { queue: 'd', durable: true, exclusive: true });
  await channel.call('queue.declare', { queue: 'e', durable: true, autoDelete: true });
  assert.deepEqual(['a', 'b', 'c', 'd', 'e'].map(typeOf), ['quorum', 'classic', undefined, undefined, undefined]);
});
