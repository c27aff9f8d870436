import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import { connect, method, newContext, opening, publish } from '../connection/connection.test.helper.ts';

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
