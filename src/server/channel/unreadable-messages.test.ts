import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import { connect, method, newContext, opening, publish } from '../connection/connection.test.helper.ts';

test('a transaction that can’t read what it is to publish leaves nothing behind', async () => {
  const context = newContext();
  const socket = connect(context);
  const { store, vhosts } = context;
  socket.receive(Buffer.concat([opening(), method(1, 'channel.open'), method(1, 'queue.declare', { queue: 'q' })]));
  socket.receive(Buffer.concat([publish(1, 'got', { routingKey: 'q' }), method(1, 'basic.get', { queue: 'q' })]));
  socket.receive(Buffer.concat([method(1, 'tx.select'), method(1, 'basic.ack', { deliveryTag: 1 })]));
  for (const body of ['a', 'b', 'c']) socket.receive(publish(1, body, { routingKey: 'q' }));
  await turnEnd();
  const { read } = store;
  let reads = 0;
  store.read = (...args) => {
    if (++reads === 2) throw new UnreadableMessageError(new Error('input/output error'));
    read.apply(store, args);
  };
  socket.receive(method(1, 'tx.commit'));
  await turnEnd();
  assert.ok(socket.take().includes('INTERNAL_ERROR'));
  const queue = vhosts.get('/')!.queues.get('q')!;
  assert.deepEqual([queue.readyCount, queue.unackedCount, store.messageCount], [2, 0, 2], 'the one got, and the first');
  socket.destroy();
});

for (const noAck of [false, true]) {
  test(`a message that basic.get can’t read stays in the queue, noAck: ${noAck}`, async () => {
    const context = newContext();
    const socket = connect(context);
    const declare = method(1, 'queue.declare', { queue: 'q' });
    socket.receive(Buffer.concat([opening(), method(1, 'channel.open'), declare]));
    socket.receive(Buffer.concat(['a', 'b'].map((body) => publish(1, body, { routingKey: 'q' }))));
    await turnEnd();
    socket.take();
    const read = context.store.read;
    context.store.read = () => {
      throw new UnreadableMessageError(new Error('input/output error'));
    };
    socket.receive(method(1, 'basic.get', { queue: 'q', noAck }));
    context.store.read = read;
    await turnEnd();
    assert.ok(socket.take().includes('INTERNAL_ERROR'));
    const queue = context.vhosts.get('/')!.queues.get('q')!;
    assert.deepEqual([queue.readyCount, queue.unackedCount, context.store.messageCount], [2, 0, 2]);
    assert.deepEqual([queue.readyOctets, queue.unackedOctets], [2, 0]);
    socket.destroy();
  });
}
