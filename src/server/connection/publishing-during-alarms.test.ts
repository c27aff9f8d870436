import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { bodyOf } from '../../protocol/message.test.helper.ts';
import type { ServerContext } from '../context/server-context.ts';
import { FakeSocket } from '../socket/fake-socket.test.helper.ts';
import { connect, method, newContext, opening, publish } from './connection.test.helper.ts';
import { Connection } from './connection.ts';

describe('a basic.publish while an alarm is on', () => {
  const declaring = (channel: number) =>
    Buffer.concat([method(channel, 'channel.open'), method(channel, 'queue.declare', { queue: 'q' })]);
  const numbered = (count: number) =>
    Buffer.concat(Array.from({ length: count }, (_, i) => publish(1, `${i}`, { routingKey: 'q' })));
  const bodies = (context: ServerContext) => {
    const queue = context.vhosts.get('/')!.queues.get('q')!;
    return Array.from({ length: queue.readyCount }, () => {
      const { slot, bodySize } = queue.get()!;
      const body = bodyOf(queue.view(slot)).toString();
      queue.settle(slot, bodySize);
      return body;
    });
  };

  test('lets nothing of its message in, nor of what comes behind it, before the alarm is over', async () => {
    const context = newContext();
    context.alarms.raise('disk');
    const late = connect(context); // it has never published before
    const pipelined = Buffer.concat([
      opening(),
      declaring(1),
      numbered(20),
      method(1, 'queue.delete', { queue: 'none' }),
    ]);
    late.receive(pipelined.subarray(0, pipelined.length - 100));
    late.receive(pipelined.subarray(pipelined.length - 100));
    await turnEnd();
    assert.deepEqual([late.isPaused, bodies(context)], [true, []]);
    late.take();
    context.alarms.clear('disk');
    await turnEnd();
    await turnEnd();
    assert.deepEqual(
      bodies(context),
      Array.from({ length: 20 }, (_, i) => `${i}`),
    );
    assert.equal(late.isPaused, false);
    assert.deepEqual(late.take(), method(1, 'queue.delete-ok'));
    late.destroy();
    await turnEnd();
  });

  test('has the message come in that had begun before', async () => {
    const context = newContext();
    const socket = connect(context);
    const message = publish(1, Buffer.alloc(6000, 'a'), { routingKey: 'q' });
    socket.receive(Buffer.concat([opening(), declaring(1), message.subarray(0, 2000)]));
    context.alarms.raise('memory');
    socket.receive(Buffer.concat([message.subarray(2000), publish(1, 'next', { routingKey: 'q' })]));
    await turnEnd();
    assert.deepEqual([socket.isPaused, bodies(context)], [true, ['a'.repeat(6000)]]);
    socket.destroy();
    await turnEnd();
  });

  test('does not keep the connection from being closed by the server', async () => {
    const context = newContext();
    context.alarms.raise('memory');
    const socket = new FakeSocket();
    const connection = new Connection(socket.asSocket, context, () => undefined);
    socket.receive(Buffer.concat([opening(), declaring(1), numbered(3)]));
    connection.shutDown(new AmqpError('CONNECTION_FORCED', 'bye'));
    await turnEnd();
    assert.equal(socket.isPaused, false);
    socket.receive(method(0, 'connection.close-ok'));
    await turnEnd();
    assert.deepEqual([socket.writableEnded, bodies(context)], [true, []]);
  });
});
