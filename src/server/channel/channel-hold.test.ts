import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turnEnd } from 'node:timers/promises';
import fc from 'fast-check';
import type { Queue } from '../../broker/queue/queue.ts';
import { extent } from '../../extent.test.helper.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodName } from '../../protocol/methods.ts';
import { connect, method, newContext, opening, publish } from '../connection/connection.test.helper.ts';
import { Connection } from '../connection/connection.ts';
import { DurableContext } from '../context/durable-context.test.helper.ts';
import { FakeSocket } from '../socket/fake-socket.test.helper.ts';

interface SentFrame {
  readonly channel: number;
  readonly octets: Buffer;
}

function framesIn(octets: Buffer): SentFrame[] {
  const frames: SentFrame[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 8 + octets.readUInt32BE(at + 3);
    frames.push({ channel: octets.readUInt16BE(at + 1), octets: octets.subarray(at, end) });
    at = end;
  }
  return frames;
}

/** Methods as `channel name`, other frames left out. */
function methodsIn(octets: Buffer): string[] {
  return framesIn(octets)
    .filter((sent) => sent.octets[0] === 1)
    .map(({ channel, octets: frame }) => `${channel} ${methodName(frame.readUInt32BE(7))}`);
}

function argumentsOf<Name extends MethodName>(name: Name, octets: Buffer): MethodArguments<Name> {
  const sent = framesIn(octets).find(({ octets: frame }) => methodName(frame.readUInt32BE(7)) === name);
  assert.ok(sent, name);
  return decodeArguments(name, sent.octets, 11, sent.octets.length - 1);
}

/** A client of a broker whose syncs end when the test says so. */
class Client implements Disposable {
  readonly durable: DurableContext;
  readonly socket: FakeSocket = new FakeSocket();
  private readonly connection: Connection;

  private constructor(durable: DurableContext) {
    this.durable = durable;
    this.connection = new Connection(this.socket.asSocket, durable.context, () => undefined);
  }

  static async connect(durable?: DurableContext): Promise<Client> {
    const client = new Client(durable ?? new DurableContext());
    if (durable === undefined) await client.durable.holdSyncs();
    await client.send(opening(), method(1, 'channel.open'), method(2, 'channel.open'));
    client.socket.take();
    return client;
  }

  /** Sends, and returns the methods that are answered before any sync ends. */
  async send(...octets: Buffer[]): Promise<string[]> {
    this.socket.receive(Buffer.concat(octets));
    return methodsIn(await this.answers());
  }

  async answers(): Promise<Buffer> {
    for (let turn = 0; turn < 4; turn++) await turnEnd();
    return this.socket.take();
  }

  queue(name: string): Queue | undefined {
    return this.durable.context.vhosts.get('/')!.queues.get(name);
  }

  /** Lets so much time pass for what the client has not acknowledged. */
  letTimeOut(timeoutMs: number): void {
    this.connection.tick(0);
    this.connection.tick(2 * timeoutMs);
  }

  get syncs() {
    return this.durable.disk.heldSyncs;
  }

  /** Ends the sync that is under way, and returns the methods that are sent then. */
  async synced(): Promise<string[]> {
    assert.equal(this.syncs.length, 1, 'a sync is under way');
    this.syncs[0]!.end();
    return methodsIn(await this.answers());
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

const Q = { queue: 'q', durable: true };

function persistent(body: string): Buffer {
  return publish(1, body, { routingKey: 'q', properties: { deliveryMode: 2 } });
}

describe('an answer that says that something durable is there', () => {
  const bindings = { queue: 'q', exchange: 'e', source: 'e', destination: 'f' };
  const methods = [
    ['queue.declare', Q],
    ['exchange.declare', { exchange: 'e', type: 'fanout', durable: true }],
    ['exchange.declare', { exchange: 'f', type: 'fanout', durable: true }],
    ['queue.bind', bindings],
    ['exchange.bind', bindings],
    ['exchange.unbind', bindings],
    ['queue.unbind', bindings],
    ['queue.delete', Q],
    ['exchange.delete', { exchange: 'e' }],
  ] as const;

  test('is sent when it is on disk', async () => {
    using client = await Client.connect();
    for (const [name, args] of methods) {
      assert.deepEqual(await client.send(method(1, name, args)), [], name);
      assert.deepEqual(await client.synced(), [`1 ${name}-ok`]);
    }
  });

  test('is sent at once where there is nothing to write: what is there already, or is asked for passively', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    await client.synced();
    assert.deepEqual(await client.send(method(1, 'queue.declare', Q)), ['1 queue.declare-ok']);
    await client.send(method(1, 'queue.declare', { ...Q, queue: 'other' }));
    const passive = method(2, 'queue.declare', { queue: 'other', passive: true });
    assert.deepEqual(await client.send(passive), ['2 queue.declare-ok']);
  });

  test('is not sent at once to somebody else who declares the same, or wants it gone', async () => {
    using client = await Client.connect();
    using other = await Client.connect(client.durable);
    await client.send(method(1, 'queue.declare', Q));
    assert.deepEqual(await other.send(method(1, 'queue.declare', Q)), []);
    client.syncs[0]!.end();
    assert.deepEqual(methodsIn(await client.answers()), ['1 queue.declare-ok']);
    await other.answers();
    await client.send(method(1, 'queue.delete', Q));
    assert.deepEqual(await other.send(method(2, 'queue.delete', Q)), []);
  });

  test('is all that waits: what is transient or exclusive, and whoever wants no answer', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    const answered = await client.send(
      method(2, 'queue.declare', { ...Q, queue: 'unanswered', noWait: true }),
      method(2, 'queue.declare', { queue: 'transient' }),
      method(2, 'queue.declare', { queue: 'exclusive', durable: true, exclusive: true }),
      method(2, 'exchange.declare', { exchange: 'transient', type: 'fanout' }),
      method(2, 'queue.bind', { queue: 'transient', exchange: 'amq.fanout' }),
      method(2, 'queue.delete', { queue: 'transient' }),
    );
    const expected = ['queue.declare', 'queue.declare', 'exchange.declare', 'queue.bind', 'queue.delete'];
    assert.deepEqual(
      answered,
      expected.map((name) => `2 ${name}-ok`),
    );
  });
});

describe('a channel that waits', () => {
  test('does what has come meanwhile in order, and waits again where it must', async () => {
    using client = await Client.connect();
    const sent = await client.send(
      method(1, 'queue.declare', Q),
      publish(1, 'body', { routingKey: 'q' }),
      method(1, 'queue.declare', { queue: 'q', passive: true }),
      method(1, 'queue.bind', { queue: 'q', exchange: 'amq.fanout' }),
      method(1, 'basic.qos'),
      method(2, 'basic.qos'),
    );
    assert.deepEqual(sent, ['2 basic.qos-ok']);
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok', '1 queue.declare-ok']);
    assert.deepEqual(await client.synced(), ['1 queue.bind-ok', '1 basic.qos-ok']);
    await client.send(method(1, 'queue.declare', { queue: 'q', passive: true }));
  });

  test('gets deliveries', async () => {
    using client = await Client.connect();
    await client.send(
      method(1, 'queue.declare', { queue: 't' }),
      method(1, 'basic.consume', { queue: 't', consumerTag: 'c' }),
    );
    await client.send(method(1, 'queue.declare', Q));
    assert.deepEqual(await client.send(publish(2, 'body', { routingKey: 't' })), ['1 basic.deliver']);
  });

  test('reports a mistake among what was put off after its answer, and drops the rest', async () => {
    using client = await Client.connect();
    const ack = method(1, 'basic.ack', { deliveryTag: 7 });
    await client.send(method(1, 'queue.declare', Q), ack, method(1, 'basic.qos'));
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok', '1 channel.close']);
    assert.deepEqual(await client.send(method(1, 'channel.close-ok'), method(1, 'channel.open')), [
      '1 channel.open-ok',
    ]);
  });

  test('can be closed and opened again meanwhile', async () => {
    using client = await Client.connect();
    const steps = [method(1, 'queue.declare', Q), method(1, 'channel.close'), method(1, 'channel.open')];
    await client.send(...steps, method(1, 'queue.declare', { ...Q, queue: 'r' }), method(1, 'basic.qos'));
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok', '1 channel.close-ok', '1 channel.open-ok']);
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok', '1 basic.qos-ok']);
  });

  test('holds up the connection’s own goodbye', async () => {
    using client = await Client.connect();
    const goodbye = method(0, 'connection.close', { replyCode: 200 });
    assert.deepEqual(
      await client.send(method(1, 'queue.declare', Q), method(2, 'queue.declare', { ...Q, queue: 'r' }), goodbye),
      [],
    );
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok', '2 queue.declare-ok', '0 connection.close-ok']);
    assert.ok(client.socket.writableEnded);
  });

  test('is not read from for long while very much comes', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    const message = publish(1, Buffer.alloc(30_000), { routingKey: 'q' });
    await client.send(message, message);
    assert.ok(!client.socket.isPaused);
    await client.send(message);
    assert.ok(client.socket.isPaused);
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok']);
    assert.ok(!client.socket.isPaused);
    assert.equal(client.queue('q')?.readyCount, 3);
  });

  test('counts frames, too, not their octets alone', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    await client.send(...Array.from({ length: 600 }, () => method(1, 'basic.qos')));
    assert.ok(client.socket.isPaused);
    assert.equal((await client.synced()).length, 601);
    assert.ok(!client.socket.isPaused);
  });

  test('handles none of its messages while an alarm is on, nor what comes behind them', async () => {
    using client = await Client.connect();
    const { alarms } = client.durable.context;
    const steps = [method(1, 'queue.declare', Q), publish(1, 'a', { routingKey: 'q' }), method(1, 'basic.qos')];
    await client.send(...steps, method(0, 'connection.close', { replyCode: 200 }));
    alarms.raise('disk');
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok']);
    assert.deepEqual([client.queue('q')?.readyCount, client.socket.isPaused], [0, true]);
    alarms.clear('disk');
    assert.deepEqual(methodsIn(await client.answers()), ['1 basic.qos-ok', '0 connection.close-ok']);
    assert.equal(client.queue('q')?.readyCount, 1);
  });

  test('is forgotten with its connection; the consumers of what it has deleted are told all the same', async () => {
    const client = await Client.connect();
    using other = await Client.connect(client.durable);
    await client.send(method(1, 'queue.declare', Q));
    await client.synced();
    await other.send(method(1, 'basic.consume', { queue: 'q', consumerTag: 'c' }));
    const queue = client.queue('q')!;
    await client.send(method(1, 'queue.delete', Q), publish(1, 'never handled'));
    assert.equal(queue.consumerCount, 1);
    client.socket.destroy();
    await turnEnd();
    assert.equal(queue.consumerCount, 0);
    client.syncs[0]!.end();
    assert.deepEqual(await client.answers(), Buffer.alloc(0));
  });
});

describe('a channel that the server closes while it waits', () => {
  const TIMEOUT_MS = 60_000;

  /** Its channel 1 waits, and has a delivery that is not acknowledged. */
  async function waiting(): Promise<Client> {
    const durable = new DurableContext({ consumerTimeoutMs: TIMEOUT_MS });
    await durable.holdSyncs();
    const client = await Client.connect(durable);
    await client.send(method(1, 'queue.declare', { queue: 't' }), publish(1, 'x', { routingKey: 't' }));
    await client.send(method(1, 'basic.get', { queue: 't' }));
    assert.deepEqual(await client.send(method(1, 'queue.declare', Q)), []);
    return client;
  }

  test('does not keep the connection from being read', async () => {
    using client = await waiting();
    const message = publish(1, Buffer.alloc(30_000), { routingKey: 'q' });
    await client.send(message, message, message);
    assert.ok(client.socket.isPaused);
    client.letTimeOut(TIMEOUT_MS);
    assert.deepEqual(methodsIn(await client.answers()), ['1 channel.close']);
    assert.ok(!client.socket.isPaused);
    assert.deepEqual(await client.send(method(1, 'channel.close-ok'), method(2, 'basic.qos')), ['2 basic.qos-ok']);
    assert.equal(client.queue('q')?.readyCount, 0, 'what was put off is dropped');
  });

  test('does not keep the connection’s own goodbye', async () => {
    using client = await waiting();
    assert.deepEqual(await client.send(method(0, 'connection.close', { replyCode: 200 })), []);
    client.letTimeOut(TIMEOUT_MS);
    assert.deepEqual(methodsIn(await client.answers()), ['1 channel.close', '0 connection.close-ok']);
  });

  test('answers the client’s own channel.close, and can be opened again and wait for another commit', async () => {
    using client = await waiting();
    assert.deepEqual(await client.send(publish(1, 'dropped', { routingKey: 't' }), method(1, 'channel.close')), []);
    client.letTimeOut(TIMEOUT_MS);
    assert.deepEqual(methodsIn(await client.answers()), ['1 channel.close', '1 channel.close-ok']);
    const reopen = [method(1, 'channel.close-ok'), method(1, 'channel.open')];
    assert.deepEqual(await client.send(...reopen, method(1, 'queue.declare', { ...Q, queue: 'r' })), [
      '1 channel.open-ok',
    ]);
    assert.deepEqual(await client.synced(), [], 'a sync that had begun before');
    assert.deepEqual(await client.synced(), ['1 queue.declare-ok']);
    assert.equal(client.queue('t')?.readyCount, 1);
  });
});

test('what a transaction gives back goes to others although its channel is gone before the answer', async () => {
  using client = await Client.connect();
  using other = await Client.connect(client.durable);
  await client.send(method(1, 'queue.declare', Q));
  await client.synced();
  await client.send(method(1, 'tx.select'), publish(2, 'back', { routingKey: 'q' }));
  await client.send(method(1, 'basic.get', { queue: 'q' }));
  await other.send(method(1, 'basic.consume', { queue: 'q', consumerTag: 'c', noAck: true }));
  const nack = method(1, 'basic.nack', { deliveryTag: 1, requeue: true });
  assert.deepEqual(await client.send(publish(1, 'x', { routingKey: 'q', properties: { deliveryMode: 2 } }), nack), []);
  assert.deepEqual(await client.send(method(1, 'tx.commit')), []);
  assert.deepEqual(methodsIn(await other.answers()), ['1 basic.deliver'], 'x');
  client.socket.destroy();
  assert.deepEqual(methodsIn(await other.answers()), []);
  for (const sync of [...client.syncs]) sync.end();
  assert.deepEqual(methodsIn(await other.answers()), ['1 basic.deliver'], 'what came back');
});

describe('when the data directory fails', () => {
  test('whoever waits is told, and nothing was promised', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q), method(2, 'queue.declare', { ...Q, queue: 'r' }), publish(1, 'x'));
    client.syncs[0]!.fail();
    const sent = await client.answers();
    assert.deepEqual(methodsIn(sent), ['0 connection.close']);
    const { replyCode, replyText, classId } = argumentsOf('connection.close', sent);
    assert.deepEqual([replyCode, replyText, classId], [541, 'INTERNAL_ERROR - the data directory failed (EIO)', 0]);
    using other = await Client.connect(client.durable);
    assert.deepEqual(await other.send(method(1, 'queue.declare', { queue: 'transient' })), ['1 queue.declare-ok']);
    assert.deepEqual(await other.send(method(1, 'queue.declare', { ...Q, queue: 's' })), ['0 connection.close']);
  });

  for (const { name, mode, sent } of [
    { name: 'confirm', mode: 'confirm.select', sent: [persistent('a'), persistent('b')] },
    { name: 'tx.commit-ok', mode: 'tx.select', sent: [persistent('a'), method(1, 'tx.commit')] },
  ] as const) {
    test(`a publisher gets no ${name} for what was not synced, and its connection is closed`, async () => {
      using client = await Client.connect();
      await client.send(method(1, 'queue.declare', Q));
      await client.synced();
      await client.send(method(1, mode));
      assert.deepEqual(await client.send(...sent), []);
      client.syncs[0]!.fail();
      for (const sync of [...client.syncs]) sync.end();
      const answers = await client.answers();
      assert.deepEqual(methodsIn(answers), ['0 connection.close']);
      assert.equal(argumentsOf('connection.close', answers).replyCode, 541);
    });
  }

  test('persistent messages are refused from then on, while transient ones and consumers go on', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    await client.synced();
    await client.send(persistent('a'));
    client.syncs[0]!.fail();
    await client.answers();
    using other = await Client.connect(client.durable);
    await other.send(method(1, 'confirm.select'));
    assert.deepEqual(await other.send(publish(1, 'b', { routingKey: 'q' })), ['1 basic.ack']);
    const get = method(2, 'basic.get', { queue: 'q', noAck: true });
    assert.deepEqual(await other.send(get, get), ['2 basic.get-ok', '2 basic.get-ok']);
    other.socket.receive(persistent('c'));
    const { replyCode, replyText } = argumentsOf('connection.close', await other.answers());
    assert.deepEqual([replyCode, replyText.slice(0, 49)], [541, 'INTERNAL_ERROR - the data directory has failed: E']);
  });

  test('a client’s goodbye that waits is answered', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q), method(0, 'connection.close', { replyCode: 200 }));
    client.syncs[0]!.fail();
    assert.deepEqual(methodsIn(await client.answers()), ['0 connection.close', '0 connection.close-ok']);
  });

  test('what does not fit on the disk is refused as such', async () => {
    using client = await Client.connect();
    await client.send(method(1, 'queue.declare', Q));
    await client.synced();
    client.durable.disk.faults.plan({ on: 'write', code: 'ENOSPC' });
    client.socket.receive(method(1, 'queue.declare', { ...Q, queue: 'r' }));
    const { replyCode, replyText } = argumentsOf('connection.close', await client.answers());
    assert.deepEqual([replyCode, replyText], [506, 'RESOURCE_ERROR - the disk with the data directory is full']);
    using other = await Client.connect(client.durable);
    assert.deepEqual(await other.send(method(1, 'queue.delete', Q)), ['0 connection.close']);
    assert.equal(client.queue('r'), undefined);
  });
});

test('with a data directory or without, however what arrives is cut, a channel’s answers are the same', async () => {
  const name = fc.constantFrom('a', 'b');
  const durable = fc.boolean();
  const operation = fc.oneof(
    fc.record({ queue: name, durable }).map((args) => method(1, 'queue.declare', args)),
    fc.record({ queue: name }).map((args) => method(1, 'queue.delete', args)),
    fc.record({ exchange: name, durable }).map((args) => method(1, 'exchange.declare', { ...args, type: 'direct' })),
    fc.record({ queue: name, exchange: name }).map((args) => method(1, 'queue.bind', args)),
    fc.record({ queue: name }).map((args) => method(1, 'basic.get', { ...args, noAck: true })),
    fc.record({ routingKey: name, frameSize: fc.constantFrom(3, 4088) }).map((args) => publish(1, 'a body', args)),
    fc.constantFrom(method(1, 'channel.close'), method(1, 'channel.close-ok'), method(1, 'channel.open')),
  );
  const session = fc.array(operation, { maxLength: 30 }).map((operations) => Buffer.concat(operations));
  await fc.assert(
    fc.asyncProperty(session, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), async (octets, sizes) => {
      const expected = await answersTo(octets, [octets.length || 1], connect(newContext()));
      const actual = await answersTo(octets, sizes, connect(new DurableContext().context));
      assert.deepEqual(actual, expected);
    }),
    { numRuns: extent({ usual: 20, soak: 500 }) },
  );
});

async function answersTo(octets: Buffer, chunkSizes: readonly number[], socket: FakeSocket): Promise<string[]> {
  socket.receive(Buffer.concat([opening(), method(1, 'channel.open')]));
  for (let from = 0, i = 0; from < octets.length; i++) {
    const to = from + chunkSizes[i % chunkSizes.length]!;
    socket.receive(octets.subarray(from, to));
    from = to;
    if (i % 2 === 0) await turnEnd();
  }
  for (let quiet = 0, { writes } = socket; quiet < 5; quiet++) {
    await turnEnd();
    if (socket.writes === writes) continue;
    writes = socket.writes;
    quiet = 0;
  }
  const answers = framesIn(socket.take()).map((sent) => sent.octets.toString('latin1'));
  socket.destroy();
  return answers;
}
