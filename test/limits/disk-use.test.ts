import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { extent } from '#src/extent.test.helper.js';
import { method, publish } from '#src/server/connection/connection.test.helper.js';
import { BrokerProcess, mib, SKIP } from '../support/broker-process.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { RawPeer } from '../support/raw-peer.ts';

const SEGMENT_OCTETS = 16 * 1024 * 1024;
const IDLE_MESSAGES = extent({ usual: 50_000, soak: 1_000_000 });
/** Of seven segments, so that stragglers that kept each of them would be found out. */
const HOT_MESSAGES = extent({ usual: 110_000, soak: 1_000_000 });
const BODY_OCTETS = 1000;
const BATCH = 500;
/** One message in so many is never consumed: a straggler or more in each segment. */
const STRAGGLER_EVERY = 2000;
const PERSISTENT = { deliveryMode: 2 };

/** What the files of a directory take on the disk. Some may go while they are looked at. */
function diskOctets(path: string): number {
  return readdirSync(path).reduce((sum, name) => {
    const { blocks } = statSync(join(path, name), { throwIfNoEntry: false }) ?? { blocks: 0 };
    return sum + blocks * 512;
  }, 0);
}

/** Publishes to durable queues and keeps account of what is alive, and of the disk. */
class Publisher {
  readonly peer: RawPeer;
  /** Octets of bodies that nobody has consumed: less than what is alive. */
  liveOctets = 0;
  worstSegments = 0;
  readonly timeline: number[] = [];
  private readonly path: string;
  private published = 0;

  constructor(peer: RawPeer, path: string) {
    this.peer = peer;
    this.path = path;
  }

  async send(queueOf: (i: number) => string, from: number, count: number, body: Buffer): Promise<void> {
    for (let i = from; i < from + count; i += BATCH) {
      const frames = Array.from({ length: BATCH }, (_, k) =>
        publish(1, body, { routingKey: queueOf(i + k), properties: PERSISTENT, frameSize: 131_000 }),
      );
      this.peer.send(...frames);
      this.published += BATCH;
      await this.peer.untilTrue(() => this.peer.highestConfirm >= this.published, `confirm ${this.published}`);
      this.look();
    }
  }

  look(): void {
    const disk = diskOctets(this.path);
    this.timeline.push(disk);
    this.worstSegments = Math.max(this.worstSegments, (disk - 2 * this.liveOctets) / SEGMENT_OCTETS);
  }
}

test('the disk holds at most twice what is alive and four segments', { skip: SKIP, timeout: 300_000 }, async (t) => {
  using data = new TemporaryDataDirectory();
  const path = join(data.path, 'messages');
  await using broker = await BrokerProcess.start(['--data-dir', data.path]);
  const declare = (queue: string) => method(1, 'queue.declare', { queue, durable: true });
  const peer = await RawPeer.open(broker.port, declare('idle'), declare('hot'), method(1, 'confirm.select'));
  await peer.until('confirm.select-ok');
  const publisher = new Publisher(peer, path);
  const body = Buffer.alloc(BODY_OCTETS, 'x');
  const report = (what: string) => {
    const [first, last] = [publisher.timeline[0] ?? 0, publisher.timeline.at(-1) ?? 0];
    const highest = Math.max(...publisher.timeline);
    t.diagnostic(
      `${what}: ${mib(first)} at first, ${mib(highest)} at most, ${mib(last)} at last; ${mib(publisher.liveOctets)} alive`,
    );
    publisher.timeline.length = 0;
  };

  for (let i = 0; i < IDLE_MESSAGES; i += 10_000) {
    await publisher.send(() => 'idle', i, 10_000, Buffer.alloc(100, 'i'));
    publisher.liveOctets += 10_000 * 100;
  }
  report(`${IDLE_MESSAGES} messages that nobody wants`);

  const consumer = await RawPeer.open(broker.port, method(1, 'basic.consume', { queue: 'hot', noAck: true }));
  publisher.worstSegments = 0;
  for (let i = 0; i < HOT_MESSAGES; i += 10_000) {
    await publisher.send((k) => (k % STRAGGLER_EVERY === 0 ? 'idle' : 'hot'), i, 10_000, body);
    publisher.liveOctets += (10_000 / STRAGGLER_EVERY) * BODY_OCTETS;
  }
  report(`${mib(HOT_MESSAGES * BODY_OCTETS)} through a hot queue, one in ${STRAGGLER_EVERY} stays`);
  assert.ok(publisher.worstSegments <= 4, `${publisher.worstSegments.toFixed(2)} segments too many`);

  peer.send(method(1, 'queue.purge', { queue: 'idle' }));
  await peer.until('queue.purge-ok');
  publisher.liveOctets = 0;
  await publisher.send(() => 'hot', 0, BATCH, body);
  publisher.look();
  report('after a purge');
  assert.ok(publisher.worstSegments <= 4, `${publisher.worstSegments.toFixed(2)} segments too many after the purge`);

  await publisher.send(() => 'idle', 0, 20_000, body);
  peer.send(method(1, 'queue.delete', { queue: 'idle' }));
  await peer.until('queue.delete-ok');
  publisher.worstSegments = 0;
  await publisher.send(() => 'hot', 0, BATCH, body);
  publisher.look();
  report('after a deletion');
  assert.ok(publisher.worstSegments <= 4, `${publisher.worstSegments.toFixed(2)} segments too many after the deletion`);
  await Promise.all([peer.close(), consumer.close()]);
});
