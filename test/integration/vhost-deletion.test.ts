import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '#src/storage/definitions/definition-line.js';
import { BrokerInside } from '../support/broker-inside.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';

const QUEUES = 2000;
const DEFINITIONS = {
  vhosts: [{ name: 'v' }],
  permissions: [{ user: 'guest', vhost: 'v', configure: '.*', write: '.*', read: '.*' }],
  queues: Array.from({ length: QUEUES }, (_, i) => {
    return { vhost: 'v', name: `q${i}`, durable: true, auto_delete: false, arguments: {} };
  }),
};

function queueCount({ context }: BrokerInside): number | undefined {
  return context.vhosts.get('v')?.queues.size;
}

test('a virtual host that is being deleted is not found, and cannot be added yet', async () => {
  using directory = new TemporaryDataDirectory();
  {
    await using broker = await BrokerInside.start({ dataDir: directory.path });
    await broker.administration.importDefinitions(DEFINITIONS);
    const deletion = broker.administration.deleteVhost('v');
    assert.equal(broker.context.vhosts.get('v'), undefined);
    await assert.rejects(broker.administration.putVhost('v'), /vhost 'v' is being deleted/);
    await deletion;
    await broker.administration.putVhost('v');
    assert.equal(queueCount(broker), 0);
  }
  await using broker = await BrokerInside.start({ dataDir: directory.path });
  assert.equal(queueCount(broker), 0);
});

test('a deletion that a crash has interrupted is carried out by the next start', async () => {
  using directory = new TemporaryDataDirectory();
  {
    await using broker = await BrokerInside.start({ dataDir: directory.path });
    await broker.administration.importDefinitions(DEFINITIONS);
    const metadata: Json = { description: '', tags: [] };
    broker.context.durable!.definitions.put('vhost', ['v'], { name: 'v', metadata, deleted: true });
  }
  for (const expected of [undefined, 0]) {
    await using broker = await BrokerInside.start({ dataDir: directory.path });
    assert.equal(queueCount(broker), expected);
    assert.equal(broker.context.users.get('guest')!.permissions.has('v'), false);
    if (expected === undefined) await broker.administration.putVhost('v');
  }
});
