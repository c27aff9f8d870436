import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { extent } from '#src/extent.test.helper.js';
import { method, publish } from '#src/server/connection/connection.test.helper.js';
import { BrokerProcess, mib, SKIP } from '../support/broker-process.ts';
import { RawPeer, SERVED_MS } from '../support/raw-peer.ts';

const KIB = 1024;
const CONNECTIONS = extent({ usual: 1500, soak: 5000 });
const AT_A_TIME = 100;
/** Files that this process needs besides the sockets. */
const OTHER_FILES = 100;

/** How many files this process may have open; Node has raised its limit as far as it may. */
function descriptorLimit(): number {
  const limits = SKIP === false ? readFileSync('/proc/self/limits', 'utf8') : '';
  const limit = /Max open files\s+(\d+)/.exec(limits)?.[1];
  return limit === undefined ? 0 : Number(limit);
}

async function openMany(port: number, count: number, ...frames: Buffer[]): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  while (peers.length < count) {
    const some = Math.min(AT_A_TIME, count - peers.length);
    peers.push(...(await Promise.all(Array.from({ length: some }, () => RawPeer.open(port, ...frames)))));
  }
  return peers;
}

test('thousands of connections, idle and busy', { skip: SKIP }, async (t) => {
  const count = Math.min(CONNECTIONS, descriptorLimit() - OTHER_FILES);
  await using broker = await BrokerProcess.start();
  const before = broker.residentOctets;
  const beganMs = performance.now();
  const peers = await openMany(broker.port, count);
  const perSecond = (count / (performance.now() - beganMs)) * 1000;
  const each = (broker.residentOctets - before) / count;
  t.diagnostic(`${count} connections, ${perSecond.toFixed(0)} a second, ${(each / KIB).toFixed(1)} KiB each`);
  assert.ok(each < 64 * KIB);

  // Each of them consumes what all publish.
  const setUp = [
    method(1, 'queue.declare', { exclusive: true }),
    method(1, 'queue.bind', { exchange: 'amq.fanout' }),
    method(1, 'basic.consume', { noAck: true }),
  ];
  for (const peer of peers) peer.send(...setUp);
  await Promise.all(peers.map((peer) => peer.until('basic.consume-ok')));
  peers[0]!.send(...Array.from({ length: 5 }, () => publish(1, 'to all', { exchange: 'amq.fanout' })));
  await Promise.all(peers.map((peer) => peer.until('basic.deliver', 5)));
  const busy = (broker.residentOctets - before) / count;
  t.diagnostic(`${(busy / KIB).toFixed(1)} KiB each with a queue and a consumer`);
  assert.ok(busy < 96 * KIB);
  const longestMs = await peers[1]!.longestWaitMs(broker, 200);
  t.diagnostic(`an answer takes at most ${longestMs} ms of computing`);
  assert.ok(longestMs < SERVED_MS);
  await Promise.all(peers.map((peer) => peer.close()));
  const [last] = await openMany(broker.port, 1);
  await last!.close();
  t.diagnostic(`${mib(broker.residentOctets)} when all have gone`);
});

test('two thousand channels on one connection', { skip: SKIP }, async (t) => {
  const CHANNELS = 2000;
  await using broker = await BrokerProcess.start();
  const peer = await RawPeer.open(broker.port);
  const numbers = Array.from({ length: CHANNELS }, (_, i) => i + 2);
  const before = broker.residentOctets;
  peer.send(...numbers.map((number) => method(number, 'channel.open')));
  await peer.until('channel.open-ok', CHANNELS + 1);
  const each = (broker.residentOctets - before) / CHANNELS;
  t.diagnostic(`${(each / KIB).toFixed(1)} KiB a channel`);
  assert.ok(each < 16 * KIB);

  for (const number of numbers) {
    const queue = `q${number}`;
    peer.send(
      method(number, 'queue.declare', { queue, exclusive: true }),
      method(number, 'basic.consume', { queue }),
      publish(number, Buffer.alloc(20_000), { routingKey: `q${number - 1}` }),
    );
  }
  await peer.until('basic.deliver', CHANNELS - 1); // there is no queue before the first
  const busy = (broker.residentOctets - before) / CHANNELS;
  t.diagnostic(`${(busy / KIB).toFixed(1)} KiB with a queue, a consumer and a message of 20 KB`);
  assert.ok((await peer.longestWaitMs(broker, 100)) < SERVED_MS);
  await peer.close();
});

test('channels that have published large messages keep nothing of them', { skip: SKIP }, async (t) => {
  const CHANNELS = 2000;
  await using broker = await BrokerProcess.start();
  const peer = await RawPeer.open(broker.port);
  const numbers = Array.from({ length: CHANNELS }, (_, i) => i + 2);
  peer.send(...numbers.map((number) => method(number, 'channel.open')));
  await peer.until('channel.open-ok', CHANNELS + 1);
  const before = broker.residentOctets;
  const large = (number: number) => publish(number, Buffer.alloc(60_000), { frameSize: 60_000 });
  for (const number of numbers) peer.send(large(number));
  let lowest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 40; i++) {
    peer.send(...Array.from({ length: 40 }, () => large(1))); // gives the collector of garbage something to do
    await peer.roundTrip();
    lowest = Math.min(lowest, broker.residentOctets);
  }
  const each = (lowest - before) / CHANNELS;
  t.diagnostic(`${(each / KIB).toFixed(1)} KiB a channel`);
  assert.ok(each < 45 * KIB);
  await peer.close();
});
