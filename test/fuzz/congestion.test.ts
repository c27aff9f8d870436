import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { method, publish } from '#src/server/connection/connection.test.helper.js';
import { Random } from '../support/random.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { FUZZ_MS, fuzzSeed } from './fuzz-run.ts';
import { ObservedServer } from './observed-server.ts';

const PUBLISHERS = 2;
const PREFETCH_LIMITS = [0, 1, 10, 100];
/** What each body begins with: publisher, number and size. */
const HEAD_OCTETS = 12;
const SIZES = [0, 1, 100, 1000, 4000, 16_372, 16_373, 40_000, 65_536, 300_000];

const server = await ObservedServer.start();
after(() => server.close());

function bodyOf(publisher: number, number: number, size: number): Buffer {
  const body = Buffer.alloc(HEAD_OCTETS + size, fillOf(publisher, number));
  for (const [i, value] of [publisher, number, size].entries()) body.writeUInt32BE(value, i * 4);
  return body;
}

const fillOf = (publisher: number, number: number) => (publisher * 101 + number * 7) & 0xff;

/** Reads bodies as they come, in whatever parts, and checks each octet of them. */
class Checker {
  /** The next number of each publisher. */
  readonly next: number[] = Array(PUBLISHERS).fill(0);
  private head: Buffer = Buffer.alloc(0);
  private fill: Buffer = Buffer.alloc(0);

  read(octets: Buffer): void {
    let rest = octets;
    while (rest.length > 0) rest = this.fill.length > 0 ? this.readFill(rest) : this.readHead(rest);
  }

  private readFill(octets: Buffer): Buffer {
    const expected = this.fill.subarray(0, octets.length);
    assert.ok(octets.subarray(0, expected.length).equals(expected), 'the body is not what was published');
    this.fill = this.fill.subarray(expected.length);
    return octets.subarray(expected.length);
  }

  private readHead(octets: Buffer): Buffer {
    const taken = HEAD_OCTETS - this.head.length;
    this.head = Buffer.concat([this.head, octets.subarray(0, taken)]);
    if (this.head.length < HEAD_OCTETS) return Buffer.alloc(0);
    const [publisher, number, size] = [0, 4, 8].map((at) => this.head.readUInt32BE(at)) as [number, number, number];
    assert.equal(number, this.next[publisher]!++, 'order of messages');
    this.fill = bodyOf(publisher, number, size).subarray(HEAD_OCTETS);
    this.head = Buffer.alloc(0);
    return octets.subarray(taken);
  }
}

/** A consumer that reads by fits and starts, and acknowledges likewise where there is something to acknowledge. */
async function openConsumer(prefetchCount: number): Promise<{ peer: RawPeer; checker: Checker }> {
  const noAck = prefetchCount === 0;
  const peer = await RawPeer.open(
    server.port,
    method(1, 'basic.qos', { prefetchCount }),
    method(1, 'queue.declare', { exclusive: true }),
    method(1, 'queue.bind', { exchange: 'amq.fanout' }),
    method(1, 'basic.consume', { noAck }),
  );
  const checker = new Checker();
  peer.onBodyOctets = (octets) => checker.read(octets);
  await peer.until('basic.consume-ok');
  if (noAck) return { peer, checker };
  let acknowledged = 0;
  peer.socket.on('data', () => {
    const deliveryTag = peer.count('basic.deliver');
    if (deliveryTag < acknowledged + Math.ceil(prefetchCount / 2)) return;
    acknowledged = deliveryTag;
    peer.send(method(1, 'basic.ack', { deliveryTag, multiple: true }));
  });
  return { peer, checker };
}

async function readByFitsAndStarts({ socket }: RawPeer, random: Random, untilMs: number): Promise<void> {
  while (performance.now() < untilMs) {
    socket.pause();
    await sleep(random.below(30));
    socket.resume();
    await sleep(random.below(15));
  }
}

async function publishOnAndOn(peer: RawPeer, publisher: number, random: Random, untilMs: number): Promise<number> {
  let count = 0;
  while (performance.now() < untilMs) {
    const bodies = Array.from({ length: 1 + random.below(20) }, () => bodyOf(publisher, count++, random.pick(SIZES)));
    const frameSize = random.pick([100, 4000, 65_000, 131_064]);
    const frames = bodies.map((body) => publish(1, body, { exchange: 'amq.fanout', frameSize }));
    if (!peer.socket.write(Buffer.concat(frames))) await once(peer.socket, 'drain');
  }
  return count;
}

test('consumers that read by fits and starts get every octet of every message, in order', async (t) => {
  const seed = fuzzSeed(t);
  const random = new Random(seed);
  const consumers = await Promise.all(PREFETCH_LIMITS.map(openConsumer));
  const publishers = await Promise.all(Array.from({ length: PUBLISHERS }, () => RawPeer.open(server.port)));
  const untilMs = performance.now() + FUZZ_MS / 2;
  const reading = consumers.map(({ peer }) => readByFitsAndStarts(peer, new Random(random.below(2 ** 31)), untilMs));
  const published = await Promise.all(
    publishers.map((peer, i) => publishOnAndOn(peer, i, new Random(random.below(2 ** 31)), untilMs)),
  );
  await Promise.all(reading);
  const isDone = ({ next }: Checker) => next.every((count, i) => count === published[i]);
  await Promise.all(consumers.map(({ peer, checker }) => peer.untilTrue(() => isDone(checker), 'all messages')));
  t.diagnostic(`${published} messages to ${consumers.length} consumers`);
  await Promise.all([...consumers.map(({ peer }) => peer), ...publishers].map((peer) => peer.close()));
  await server.assertClean();
});
