import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const MISSING = (vhost: string) => ({
  name: 'OperationError',
  message: `vhost '${vhost}' does not exist`,
  isMissing: true,
});

function policiesOf(broker: BrokerInside, queue: string): readonly unknown[] {
  const { policy, operatorPolicy, definition } = broker.context.vhosts.get('/')!.queues.get(queue)!.appliedPolicy;
  return [policy?.name, operatorPolicy?.name, definition];
}

describe('policies', () => {
  test('come into force on queues that are there and on those that are declared later', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    const args = fieldTable({ 'x-max-length': 50 });
    await channel.call('queue.declare', { queue: 'q.early', arguments: args });
    const policy = { pattern: '^q\\.', definition: { 'max-length': 7, overflow: 'reject-publish' } };
    await administration.setPolicy('policy', '/', 'own', policy);
    await channel.call('queue.declare', { queue: 'q.late' });
    await channel.call('queue.declare', { queue: 'other' });
    assert.deepEqual(policiesOf(broker, 'q.early'), ['own', undefined, policy.definition]);
    assert.deepEqual(policiesOf(broker, 'q.late'), ['own', undefined, policy.definition]);
    assert.deepEqual(policiesOf(broker, 'other'), [undefined, undefined, {}]);

    const limit = { pattern: '', definition: { 'max-length': 3, expires: 1e9 }, 'apply-to': 'queues' };
    await administration.setPolicy('operator_policy', '/', 'limit', limit);
    const merged = { expires: 1e9, 'max-length': 3, overflow: 'reject-publish' };
    assert.deepEqual(policiesOf(broker, 'q.early'), ['own', 'limit', merged]);
    assert.equal(await administration.clearPolicy('policy', '/', 'own'), true);
    assert.deepEqual(policiesOf(broker, 'q.early'), [undefined, 'limit', limit.definition]);
    assert.equal(await administration.clearPolicy('operator_policy', '/', 'limit'), true);
    assert.deepEqual(policiesOf(broker, 'q.early'), [undefined, undefined, {}]);
    assert.equal(await administration.clearPolicy('policy', '/', 'own'), false);
  });

  test('that name an alternate exchange have it used, until they are withdrawn', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    await channel.call('exchange.declare', { exchange: 'source', type: 'direct' });
    await channel.call('queue.declare', { queue: 'q' });
    await channel.call('queue.bind', { queue: 'q', exchange: 'amq.fanout' });
    const arrived = async (): Promise<number> => {
      channel.publish('source', 'nobody', 'message');
      return (await channel.call('queue.purge', { queue: 'q' })).messageCount;
    };
    assert.equal(await arrived(), 0);
    const policy = { pattern: '^source$', definition: { 'alternate-exchange': 'amq.fanout' } };
    await administration.setPolicy('policy', '/', 'p', policy);
    assert.equal(await arrived(), 1);
    await administration.setPolicy('policy', '/', 'p', { ...policy, 'apply-to': 'queues' });
    assert.equal(await arrived(), 0);
    await administration.setPolicy('policy', '/', 'p', { ...policy, 'apply-to': 'exchanges' });
    assert.equal(await arrived(), 1);
    await administration.clearPolicy('policy', '/', 'p');
    assert.equal(await arrived(), 0);
  });

  test('that name a dead-letter exchange have queues use it that are there', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const channel = await (await broker.login()).channel();
    await channel.call('queue.declare', { queue: 'q' });
    await channel.call('queue.declare', { queue: 'dead' });
    const definition = { 'dead-letter-exchange': '', 'dead-letter-routing-key': 'dead' };
    await administration.setPolicy('policy', '/', 'p', { pattern: '^q$', definition });
    await channel.call('basic.consume', { queue: 'dead', noAck: true });
    channel.publish('', 'q', 'message');
    channel.send('basic.get', { queue: 'q' });
    const { deliveryTag } = await channel.expect('basic.get-ok');
    channel.send('basic.reject', { deliveryTag, requeue: false });
    assert.equal((await channel.expect('basic.deliver')).routingKey, 'dead');
  });

  test('are there after a restart, but for those that were withdrawn or whose virtual host is gone', async () => {
    using data = new TemporaryDataDirectory();
    const options = { dataDir: data.path };
    const policy = { pattern: '^q', definition: { 'max-length': 7 }, priority: 2, 'apply-to': 'queues' };
    {
      await using broker = await BrokerInside.start(options);
      const { administration } = broker;
      const channel = await (await broker.login()).channel();
      await channel.call('queue.declare', { queue: 'q', durable: true });
      await administration.putVhost('doomed');
      await administration.setPolicy('policy', 'doomed', 'p', policy);
      await administration.deleteVhost('doomed');
      await administration.setPolicy('policy', '/', 'kept', policy);
      await administration.setPolicy('policy', '/', 'withdrawn', { ...policy, priority: 3 });
      await administration.clearPolicy('policy', '/', 'withdrawn');
      await administration.setPolicy('operator_policy', '/', 'limit', { ...policy, definition: { 'max-length': 3 } });
    }
    await using broker = await BrokerInside.start(options);
    assert.deepEqual(policiesOf(broker, 'q'), ['kept', 'limit', { 'max-length': 3 }]);
    const { policies } = broker.context.vhosts.get('/')!;
    assert.deepEqual(
      Array.from(policies.of('policy').values(), ({ value }) => value),
      [policy],
    );
    await broker.administration.putVhost('doomed');
    assert.equal(broker.context.vhosts.get('doomed')!.policies.of('policy').size, 0);
  });

  test('that make no sense, or are for a virtual host that is not there, change nothing', async () => {
    await using broker = await BrokerInside.start();
    const { administration } = broker;
    const policy = { pattern: '', definition: { expires: 1e9 } };
    await administration.setPolicy('policy', '/', 'p', policy);
    const message = 'Validation failed\n\n-1 is not a valid maximum length\n';
    const wrong = { ...policy, definition: { 'max-length': -1 } };
    await assert.rejects(administration.setPolicy('policy', '/', 'p', wrong), { name: 'OperationError', message });
    assert.deepEqual(broker.context.vhosts.get('/')!.policies.of('policy').get('p')!.definition, policy.definition);
    await assert.rejects(administration.setPolicy('policy', 'nowhere', 'p', policy), MISSING('nowhere'));
    await assert.rejects(administration.clearPolicy('policy', 'nowhere', 'p'), MISSING('nowhere'));
  });
});
