import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { frame, method, publish } from '#src/server/connection/connection.test.helper.js';
import { BrokerProcess, MIB, mib, SKIP } from '../support/broker-process.ts';
import { RawPeer, SERVED_MS } from '../support/raw-peer.ts';
import { WireClient } from '../support/wire-client.ts';

test('a message of 64 MiB passes through, and others are served meanwhile', { skip: SKIP }, async (t) => {
  const SIZE = 64 * MIB;
  const body = Buffer.alloc(SIZE);
  for (let at = 0; at < SIZE; at += 4096) body.writeUInt32BE(at, at);
  await using broker = await BrokerProcess.start();
  const other = await RawPeer.open(broker.port);
  const peer = await RawPeer.open(broker.port, method(1, 'queue.declare', { queue: 'q' }), method(1, 'confirm.select'));
  await peer.until('confirm.select-ok');
  const received = createHash('sha1');
  peer.onBodyOctets = (octets) => received.update(octets);
  const before = broker.residentOctets;

  peer.send(publish(1, body, { routingKey: 'q', frameSize: 131_064 }));
  const publishingMs = await other.longestWaitMs(broker, 200);
  await peer.until('basic.ack');
  peer.send(method(1, 'basic.get', { queue: 'q', noAck: true }));
  const gettingMs = await other.longestWaitMs(broker, 200);
  await peer.untilTrue(() => peer.bodyOctets === SIZE, 'the body');

  assert.equal(received.digest('hex'), createHash('sha1').update(body).digest('hex'));
  t.diagnostic(`${mib(broker.peakOctets - before)} more at most`);
  t.diagnostic(`others wait for ${publishingMs} ms of computing while it comes in, ${gettingMs} ms while it goes out`);
  assert.ok(Math.max(publishingMs, gettingMs) < SERVED_MS);
  assert.ok(broker.peakOctets - before < 2.2 * SIZE);
  await Promise.all([peer.close(), other.close()]);
});

test('a message larger than allowed closes its channel, and nothing else', { skip: SKIP }, async () => {
  await using broker = await BrokerProcess.start(['--max-message-size', '1MiB']);
  const client = await WireClient.open(broker.url);
  const [channel, other] = [await client.channel(1), await client.channel(2)];
  await other.call('queue.declare', { queue: 'q', exclusive: true });
  channel.publish('', 'q', Buffer.alloc(MIB));
  channel.publish('', 'q', Buffer.alloc(MIB + 1));
  channel.publish('', 'q', 'discarded');
  const text = `PRECONDITION_FAILED - message size ${MIB + 1} is larger than configured max size ${MIB}`;
  await channel.expectChannelClose(406, text, 'basic.publish');
  await channel.call('channel.open');
  channel.publish('', 'q', 'afterwards');
  await other.awaitCount('q', 2);
  assert.equal((await other.get('q'))?.body.length, MIB);
  await other.expectMessage('q', 'afterwards');
  await client.close();
});

test('sizes that no message has are refused when they are announced', { skip: SKIP }, async () => {
  await using broker = await BrokerProcess.start();
  for (const size of [129 * MIB, 2 ** 32, 2 ** 40, 2 ** 53]) {
    const client = await WireClient.open(broker.url);
    const channel = await client.channel();
    channel.send('basic.publish');
    client.sendRaw(frame(2, 1, encodeContentHeader(size, {})));
    await channel.expectChannelClose(
      406,
      /message size \d+ is larger than configured max size 134217728/,
      'basic.publish',
    );
    await client.close();
  }
  const idle = await RawPeer.open(broker.port, method(1, 'queue.declare'));
  await idle.close();
  assert.ok(broker.peakOctets < 150 * MIB);
});
