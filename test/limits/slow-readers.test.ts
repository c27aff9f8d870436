import assert from 'node:assert/strict';
import { test } from 'node:test';
import { method, publish } from '#src/server/connection/connection.test.helper.js';
import { BrokerProcess, MIB, mib, SKIP } from '../support/broker-process.ts';
import { RawPeer, SERVED_MS } from '../support/raw-peer.ts';
import { WireClient } from '../support/wire-client.ts';

/** What the system itself may hold for a connection that is not read from. */
const KERNEL_OCTETS = 16 * MIB;
/** Comes back with each answer. */
const LONG_NAME = 'q'.repeat(255);

/** Bodies of 1 KiB that begin with their numbers. */
function numbered(from: number, count: number, routingKey: string): Buffer {
  const bodies = Array.from({ length: count }, (_, i) => {
    const body = Buffer.alloc(1024);
    body.writeUInt32BE(from + i);
    return publish(1, body, { routingKey });
  });
  return Buffer.concat(bodies);
}

test('a consumer that does not read: its messages wait in the queue', { skip: SKIP }, async (t) => {
  const COUNT = 30_000;
  await using broker = await BrokerProcess.start();
  const declare = method(1, 'queue.declare', { queue: 'q' });
  const consumer = await RawPeer.open(broker.port, declare, method(1, 'basic.consume', { queue: 'q', noAck: true }));
  await consumer.until('basic.consume-ok');
  const received: number[] = [];
  consumer.onBody = (number) => received.push(number);
  consumer.socket.pause();

  const publisher = await RawPeer.open(broker.port, method(1, 'confirm.select'));
  for (let i = 0; i < COUNT; i += 1000) publisher.send(numbered(i, 1000, 'q'));
  const other = await RawPeer.open(broker.port);
  assert.ok((await other.longestWaitMs(broker, 300)) < SERVED_MS, 'others are served meanwhile');
  await publisher.untilTrue(() => publisher.socket.writableLength === 0, 'reading of all that was published');
  await publisher.roundTrip();

  const observer = await WireClient.open(broker.url);
  const channel = await observer.channel();
  const { messageCount } = await channel.call('queue.declare', { queue: 'q', passive: true });
  t.diagnostic(`${COUNT - messageCount} of ${COUNT} messages are on their way, ${messageCount} wait in the queue`);
  assert.ok((COUNT - messageCount) * 1024 < KERNEL_OCTETS);

  consumer.socket.resume();
  await consumer.until('basic.deliver', COUNT);
  await consumer.untilTrue(() => received.length === COUNT, 'all bodies');
  assert.ok(received.every((number, i) => number === i));
  await Promise.all([consumer.close(), publisher.close(), other.close(), observer.abort()]);
});

test('publishers that never read what comes back are not read from either', { skip: SKIP }, async (t) => {
  const unread: readonly (readonly [what: string, frames: Buffer, count: number])[] = [
    ['returned messages', publish(1, Buffer.alloc(1000), { routingKey: 'nowhere', mandatory: true }), 50_000],
    ['answers', method(1, 'queue.declare', { queue: LONG_NAME, exclusive: true }), 120_000],
  ];
  for (const [what, frames, count] of unread) {
    await t.test(what, async (sub) => {
      await using broker = await BrokerProcess.start();
      const peer = await RawPeer.open(broker.port, method(1, 'confirm.select'));
      await peer.until('confirm.select-ok');
      const other = await RawPeer.open(broker.port);
      peer.socket.pause();
      const before = broker.residentOctets;
      const many = Buffer.concat(Array.from({ length: 1000 }, () => frames));
      for (let i = 0; i < count; i += 1000) peer.socket.write(many);
      const longestMs = await other.longestWaitMs(broker, 500);
      const grown = broker.peakOctets - before;
      sub.diagnostic(`${mib(grown)} for ${mib(many.length * (count / 1000))}; others wait ${longestMs} ms`);
      assert.ok(peer.socket.writableLength > 0, 'the broker has stopped to read');
      assert.ok(grown < 40 * MIB);
      assert.ok(longestMs < SERVED_MS);
      peer.socket.resume();
      if (what === 'answers') await peer.until('queue.declare-ok', count);
      else await peer.until('basic.return', count);
      await Promise.all([peer.close(), other.close()]);
    });
  }
});

test('confirms that are not read do not pile up', { skip: SKIP }, async (t) => {
  const COUNT = 300_000;
  await using broker = await BrokerProcess.start();
  const peer = await RawPeer.open(broker.port, method(1, 'confirm.select'));
  await peer.until('confirm.select-ok');
  peer.socket.pause();
  const before = broker.residentOctets;
  const many = Buffer.concat(Array.from({ length: 1000 }, () => publish(1, 'x', { routingKey: 'nowhere' })));
  for (let i = 0; i < COUNT; i += 1000) peer.socket.write(many);
  const other = await RawPeer.open(broker.port);
  await other.longestWaitMs(broker, 500);
  t.diagnostic(`${mib(broker.peakOctets - before)}`);
  assert.ok(broker.peakOctets - before < 40 * MIB);
  peer.socket.resume();
  await peer.until('basic.ack');
  await Promise.all([peer.close(), other.close()]);
});

test('a publisher that never stops is held back to what goes to disk, and all of it comes back', {
  skip: SKIP,
}, async (t) => {
  const LIMIT = 48 * MIB;
  await using broker = await BrokerProcess.start(['--memory-limit', '48MiB']);
  const publisher = await RawPeer.open(broker.port, method(1, 'queue.declare', { queue: 'q' }));
  const consumer = await RawPeer.open(broker.port);
  await publisher.until('queue.declare-ok');
  const before = broker.residentOctets;
  const BATCHES = 150;
  for (let i = 0; i < BATCHES; i++) publisher.send(numbered(i * 1000, 1000, 'q'));
  const longestMs = await consumer.longestWaitMs(broker, 500);
  const grown = broker.peakOctets - before;
  t.diagnostic(`${mib(grown)} above an idle broker at a limit of ${mib(LIMIT)}; others wait ${longestMs} ms`);
  assert.ok(grown < LIMIT + 60 * MIB); // the arena, and what is on its way to disk
  assert.ok(longestMs < SERVED_MS);
  let next = 0;
  let isInOrder = true;
  consumer.onBody = (number) => {
    isInOrder &&= number === next++;
  };
  consumer.send(method(1, 'basic.consume', { queue: 'q', noAck: true }));
  await consumer.untilTrue(() => next === BATCHES * 1000, 'all messages');
  assert.ok(isInOrder);
  assert.ok(broker.peakOctets - before < LIMIT + 80 * MIB);
  await Promise.all([publisher.close(), consumer.close()]);
});
