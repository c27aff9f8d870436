import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { FRAME_BODY, FRAME_END } from '../../protocol/constants.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { encodeContentHeader } from '../../protocol/properties.ts';
import { processorMs } from '../../time/processor-time.test.helper.ts';
import type { FakeSocket } from '../socket/fake-socket.test.helper.ts';
import { connect, frame, method, newContext, opening, publish } from './connection.test.helper.ts';

const context = newContext();
const sockets: FakeSocket[] = [];
after(() => {
  for (const socket of sockets) socket.destroy();
});

function newSocket(): FakeSocket {
  const socket = connect(context);
  sockets.push(socket);
  return socket;
}

/** What the broker answers to octets that arrive in chunks of these sizes, over and over. */
async function answers(octets: Buffer, chunkSizes: readonly number[]): Promise<Buffer> {
  const socket = newSocket();
  for (let from = 0, i = 0; from < octets.length; i++) {
    const to = Math.min(octets.length, from + chunkSizes[i % chunkSizes.length]!);
    context.input.octets.fill(0xce, context.input.start, context.input.end);
    socket.receive(octets.subarray(from, to));
    from = to;
  }
  for (let i = 0; i < 3; i++) await turnEnd();
  socket.destroy();
  await turnEnd();
  return socket.take();
}

/** Everything that a message can meet, in one session. Names are given, since made-up ones would differ. */
function session(bodySizes: readonly number[]): Buffer {
  const bodies = bodySizes.map((size) => Buffer.alloc(size, size));
  const properties = { headers: fieldTable({ h: 1 }), deliveryMode: 1, correlationId: 'c' };
  const q = { queue: 'q', exclusive: true };
  return Buffer.concat([
    opening(),
    method(1, 'channel.open'),
    method(1, 'queue.declare', q),
    method(1, 'exchange.declare', { exchange: 'headers', type: 'headers', autoDelete: true }),
    method(1, 'queue.bind', { queue: 'q', exchange: 'headers', arguments: fieldTable({ h: 1 }) }),
    method(2, 'channel.open'),
    method(2, 'queue.declare', { ...q, queue: 'r' }),
    method(2, 'basic.consume', { queue: 'r', consumerTag: 'tag' }),
    ...bodies.map((body) => publish(1, body, { routingKey: 'q' })),
    ...bodies.map((body) => publish(1, body, { exchange: 'headers', properties, frameSize: 100 })),
    ...bodies.map((body) => publish(2, body, { routingKey: 'r', properties })),
    ...bodies.map((body) => publish(2, body, { routingKey: 'nowhere', mandatory: true })),
    ...bodies.map(() => method(1, 'basic.get', { queue: 'q', noAck: true })),
    method(2, 'basic.ack', { deliveryTag: 1 }),
    method(1, 'confirm.select'),
    publish(1, 'confirmed', { routingKey: 'q' }),
    frame(8, 0, Buffer.alloc(0)),
    method(2, 'basic.ack', { deliveryTag: 1 }),
    method(2, 'channel.close-ok'),
    method(1, 'queue.purge', { queue: 'q' }),
    method(0, 'connection.close', { replyCode: 200 }),
  ]);
}

describe('however a session is cut into chunks, the answers are the same', () => {
  test('in two, at every octet', async () => {
    const octets = session([0, 1, 30]);
    const expected = await answers(octets, [octets.length]);
    assert.ok(expected.includes('unknown delivery tag 1'));
    for (let cut = 1; cut < octets.length; cut++) {
      const actual = await answers(octets, [cut, octets.length]);
      assert.ok(actual.equals(expected), `cut at ${cut}`);
    }
  });

  test('octet by octet, and in random chunks, with large bodies', async () => {
    const octets = session([0, 700, 5000, 20_000, 70_000]);
    const expected = await answers(octets, [60_000]);
    const small = session([0, 700, 5000]);
    assert.ok((await answers(small, [1])).equals(await answers(small, [60_000])));
    const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 65_536 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(chunkSizes, async (sizes) => assert.ok((await answers(octets, sizes)).equals(expected))),
      { numRuns: extent({ usual: 15, soak: 300 }) },
    );
  });
});

test('methods that take long are handled one a turn, and then what came behind them', async () => {
  const hurried = { ...context, methodTime: { isOver: true } };
  const socket = connect(hurried);
  sockets.push(socket);
  const declares = Array.from({ length: 20 }, (_, i) =>
    method(1, 'queue.declare', { queue: `long${i}`, exclusive: true }),
  );
  socket.receive(
    Buffer.concat([opening(), method(1, 'channel.open'), ...declares, publish(1, 'body', { routingKey: 'long19' })]),
  );
  assert.equal(socket.isPaused, true);
  socket.receive(method(1, 'basic.get', { queue: 'long19', noAck: true })); // octets that were on their way before the pause
  const { queues } = context.vhosts.get('/')!;
  const counts: number[] = [];
  while (socket.isPaused) {
    counts.push([...queues.keys()].filter((name) => name.startsWith('long')).length);
    await turnEnd();
  }
  assert.deepEqual(
    counts.slice(-20),
    Array.from({ length: 20 }, (_, i) => i + 1),
  );
  await turnEnd();
  const answer = socket.take();
  const names = [...declares.map((_, i) => `long${i}`), 'long19']; // the last is the message's routing key
  assert.deepEqual([...answer.toString('latin1').matchAll(/long\d+/g)].map(String), names);
  assert.ok(answer.includes('body'));
});

/** Opens a connection with a queue `q` and a consumer of it, then sends the chunks, each in a turn of its own. */
async function converse(...chunks: readonly Buffer[]): Promise<Buffer> {
  const socket = newSocket();
  socket.receive(
    Buffer.concat([
      opening(),
      method(1, 'channel.open'),
      method(1, 'queue.declare', { queue: 'q', exclusive: true }),
      method(1, 'basic.consume', { queue: 'q', consumerTag: 'tag', noAck: true }),
    ]),
  );
  await turnEnd();
  socket.take();
  for (const chunk of chunks) {
    socket.receive(chunk);
    await turnEnd();
  }
  const answer = socket.take();
  socket.destroy();
  await turnEnd();
  return answer;
}

test('a body frame longer than the body that was announced reaches no consumer as it is', async () => {
  const overlong = Buffer.concat([
    method(1, 'basic.publish', { routingKey: 'q' }),
    frame(2, 1, encodeContentHeader(4, {})),
    frame(3, 1, Buffer.from('body, and more')),
  ]);
  for (let cut = overlong.length - 16; cut < overlong.length; cut++) {
    const answer = await converse(overlong.subarray(0, cut), overlong.subarray(cut));
    assert.ok(answer.includes('UNEXPECTED_FRAME'), `cut at ${cut}`);
    for (const body of bodyFrames(answer)) assert.equal(body.toString(), 'body', `cut at ${cut}`);
  }
});

/** The payloads of all body frames. */
function bodyFrames(octets: Buffer): Buffer[] {
  const bodies: Buffer[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 7 + octets.readUInt32BE(at + 3);
    assert.equal(octets[end], FRAME_END);
    if (octets[at] === FRAME_BODY) bodies.push(octets.subarray(at + 7, end));
    at = end + 1;
  }
  return bodies;
}

describe('a routing key that is not UTF-8 comes back as it was', () => {
  const key = Buffer.alloc(100, 0xff);
  const withKey = (octets: Buffer) =>
    Buffer.from(octets.toString('latin1').replaceAll('k'.repeat(100), '\xff'.repeat(100)), 'latin1');

  test('with basic.get', async () => {
    const answer = await converse(
      method(1, 'basic.cancel', { consumerTag: 'tag' }),
      method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }),
      withKey(publish(1, 'x', { exchange: 'amq.fanout', routingKey: 'k'.repeat(100) })),
      method(1, 'basic.get', { queue: 'q', noAck: true }),
    );
    assert.ok(answer.includes(key), answer.toString('latin1'));
  });

  test('with basic.deliver', async () => {
    const answer = await converse(
      method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }),
      withKey(publish(1, 'x', { exchange: 'amq.fanout', routingKey: 'k'.repeat(100) })),
    );
    assert.ok(answer.includes(key));
  });

  test('with basic.return', async () => {
    const answer = await converse(withKey(publish(1, 'x', { routingKey: 'k'.repeat(100), mandatory: true })));
    assert.ok(answer.includes(key));
  });
});

test('messages that are half there cost nothing for each chunk that comes in', async () => {
  const CHANNELS = 1000;
  const headers = fieldTable({ padding: 'x'.repeat(100_000) });
  const socket = newSocket();
  socket.receive(opening(131_072));
  for (let channel = 1; channel <= CHANNELS; channel++) {
    const [publishing, header] = [method(channel, 'basic.publish'), encodeContentHeader(10, { headers })];
    socket.receive(Buffer.concat([method(channel, 'channel.open'), publishing]));
    socket.receive(frame(2, channel, header));
  }
  const beganMs = processorMs();
  for (let i = 0; i < 200; i++) socket.receive(frame(8, 0, Buffer.alloc(0)));
  const perChunkMs = (processorMs() - beganMs) / 200;
  socket.destroy();
  await turnEnd();
  assert.ok(perChunkMs < 2, `${perChunkMs.toFixed(1)} ms a chunk`);
});

test('a publisher that waits for memory goes on when the messages go with their owner', async () => {
  const small = newContext({ memoryLimitOctets: 1024 * 1024 });
  const [owner, publisher] = [connect(small), connect(small)];
  owner.receive(
    Buffer.concat([
      opening(),
      method(1, 'channel.open'),
      method(1, 'queue.declare', { queue: 'q', exclusive: true }),
      method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }),
    ]),
  );
  publisher.receive(Buffer.concat([opening(), method(1, 'channel.open')]));
  for (let i = 0; !publisher.isPaused && i < 1000; i++) {
    publisher.receive(publish(1, Buffer.alloc(4000), { exchange: 'amq.fanout' }));
    await turnEnd();
  }
  assert.equal(small.memoryAlarm.isRaised, true);
  owner.destroy();
  await turnEnd();
  await turnEnd(); // what has come already is handled first
  assert.equal(publisher.isPaused, false);
  publisher.destroy();
  await turnEnd();
  assert.equal(small.store.messageCount, 0);
});

describe('messages that are not complete yet count as memory', () => {
  const begin = (channel: number) =>
    Buffer.concat([
      method(channel, 'channel.open'),
      method(channel, 'basic.publish'),
      frame(2, channel, encodeContentHeader(1_000_000, {})),
    ]);
  const half = (channel: number) =>
    Buffer.concat(Array.from({ length: 15 }, () => frame(3, channel, Buffer.alloc(40_000))));
  const rest = (channel: number) =>
    Buffer.concat(Array.from({ length: 10 }, () => frame(3, channel, Buffer.alloc(40_000))));

  test('who has begun several is held back, who has begun one may finish it', async () => {
    const small = newContext({ memoryLimitOctets: 1024 * 1024 });
    const [one, several] = [connect(small), connect(small)];
    one.receive(Buffer.concat([opening(131_072), begin(1), half(1)]));
    assert.equal(small.memoryAlarm.unfinishedOctets, 600_000);
    several.receive(Buffer.concat([opening(131_072), begin(1), begin(2), half(1)]));
    several.receive(frame(3, 2, Buffer.alloc(10)));
    assert.deepEqual([small.memoryAlarm.isRaised, one.isPaused, several.isPaused], [true, false, true]);
    one.receive(rest(1));
    assert.equal(small.memoryAlarm.unfinishedOctets, 600_010);
    several.destroy();
    await turnEnd();
    assert.deepEqual([small.memoryAlarm.unfinishedOctets, small.memoryAlarm.isRaised, one.isPaused], [0, false, false]);
    one.destroy();
    await turnEnd();
  });
});
