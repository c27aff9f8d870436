import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import { connect, method, newContext, opening, publish } from '../connection/connection.test.helper.ts';
import type { ServerContext } from '../context/server-context.ts';
import type { FakeSocket } from '../socket/fake-socket.test.helper.ts';

const MIB = 2 ** 20;
const LIMIT_OCTETS = 64 * MIB;

function openChannel(context: ServerContext, ...more: Buffer[]): FakeSocket {
  const socket = connect(context);
  socket.receive(Buffer.concat([opening(131072), method(1, 'channel.open'), ...more]));
  return socket;
}

/** A client that waits for replies, and the name under which it does. */
async function requester(context: ServerContext): Promise<{ socket: FakeSocket; name: string }> {
  const socket = openChannel(
    context,
    method(1, 'queue.declare', { queue: 'q' }),
    method(1, 'basic.consume', { queue: 'q', consumerTag: 'q', noAck: true }),
    method(1, 'basic.consume', { queue: 'amq.rabbitmq.reply-to', consumerTag: 'r', noAck: true }),
    publish(1, 'question', { routingKey: 'q', properties: { replyTo: 'amq.rabbitmq.reply-to' } }),
  );
  await turnEnd();
  const name = /amq\.rabbitmq\.reply-to\.[\w-]{22}/.exec(socket.take().toString('latin1'))?.[0];
  return { socket, name: name! };
}

test('replies to a client that does not read them are dropped beyond a limit, until it reads again', async () => {
  const context = newContext();
  const { socket, name } = await requester(context);
  const answering = openChannel(context);
  const reply = publish(1, Buffer.alloc(MIB), { routingKey: name, frameSize: 131064 });
  socket.isFast = false;
  for (let count = 0; count < 70; count++) {
    answering.receive(reply);
    await turnEnd();
  }
  assert.ok(socket.writableLength > LIMIT_OCTETS && socket.writableLength < LIMIT_OCTETS + 3 * MIB);
  assert.equal(socket.isPaused, true, 'its requests are not read either');
  socket.isFast = true;
  socket.drain();
  assert.equal(socket.isPaused, false);
  socket.take();
  answering.receive(publish(1, 'heard again', { routingKey: name }));
  await turnEnd();
  assert.match(socket.take().toString('latin1'), /heard again/);
  await context.close();
});

test('who is gone is forgotten', async () => {
  const context = newContext();
  const { socket, name } = await requester(context);
  const { replyConsumers } = context.vhosts.get('/')!;
  assert.equal(replyConsumers.has(name), true);
  socket.destroy();
  await turnEnd();
  assert.equal(replyConsumers.has(name), false);
  await context.close();
});
