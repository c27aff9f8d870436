import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManagementServer } from '#src/http/management-server.js';
import { RecentLog } from '#src/observe/recent-log.js';
import { UnreadableMessageError } from '#src/storage/message/unreadable-message-error.js';
import { BrokerInside } from '../support/broker-inside.ts';

test('when a message can’t be read, none that was got is acknowledged', async () => {
  await using broker = await BrokerInside.start();
  const management = new ManagementServer(broker.context, broker.amqp, '0', new RecentLog());
  await management.listen(0);
  const channel = await (await broker.login()).channel();
  await channel.call('queue.declare', { queue: 'q' });
  for (const body of ['a', 'b', 'c']) channel.publish('', 'q', body);
  await channel.awaitCount('q', 3);
  const { store, vhosts } = broker.context;
  const { read } = store;
  let reads = 0;
  store.read = (...args) => {
    if (++reads > 1) throw new UnreadableMessageError(new Error('input/output error'));
    read.apply(store, args);
  };
  const { status } = await fetch(`http://127.0.0.1:${management.port}/api/queues/%2F/q/get`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('guest:guest')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ count: 3, ackmode: 'ack_requeue_false', encoding: 'auto' }),
  });
  store.read = read;
  await management.close();
  const queue = vhosts.get('/')!.queues.get('q')!;
  assert.deepEqual([status, queue.readyCount, queue.unackedCount, store.messageCount], [500, 3, 0, 3]);
});
