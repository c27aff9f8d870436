import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import { extent } from '#src/extent.test.helper.js';
import { BrokerProcess, MIB, mib, SKIP } from '../support/broker-process.ts';
import { Inbox } from '../support/clients/inbox.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';

const LIMIT_MIB = 24;
/** Several times the limit. */
const COUNT = extent({ usual: 25_000, soak: 100_000 });
const BODY_OCTETS = 4096;
/** What the process needs besides messages: output, garbage that is not collected yet. */
const BESIDES_OCTETS = 70 * MIB;
const library = LIBRARIES[0]!;

/** A data directory that is removed with the block it was made in. */
class DataDirectory implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'leveret-spilling-'));

  /** What lies in scratch files. */
  get scratchOctets(): number {
    const scratch = join(this.path, 'scratch');
    if (!existsSync(scratch)) return 0;
    return readdirSync(scratch).reduce((sum, name) => sum + statSync(join(scratch, name)).size, 0);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

function numberedBody(i: number): Buffer {
  const body = Buffer.alloc(BODY_OCTETS, i);
  body.writeUInt32BE(i);
  return body;
}

describe('a backlog of transient messages, several times what memory may hold', { skip: SKIP }, () => {
  test('goes to disk, comes back whole and in order, and nothing of it stays', async (t) => {
    using data = new DataDirectory();
    const args = ['--memory-limit', `${LIMIT_MIB}MiB`, '--data-dir', data.path];
    await using broker = await BrokerProcess.start(args);
    const before = broker.residentOctets;
    await using publishing = await library.connect(broker.url);
    const [blocked, unblocked] = [
      new Promise<string>((resolve) => publishing.onBlocked(resolve)),
      new Promise<void>((resolve) => publishing.onUnblocked(resolve)),
    ];
    const channel = await publishing.confirmChannel();
    await channel.declareQueue('work');
    for (let at = 0; at < COUNT; at += 1000) {
      const batch = Array.from({ length: 1000 }, (_, i) => channel.publish('', 'work', numberedBody(at + i)));
      await Promise.all(batch);
    }
    assert.equal(await blocked, 'low on memory');
    await unblocked;
    assert.ok(data.scratchOctets > (COUNT * BODY_OCTETS) / 2, `${mib(data.scratchOctets)} in scratch files`);
    const grown = broker.residentOctets - before;
    t.diagnostic(`${mib(grown)} more, ${mib(data.scratchOctets)} in scratch files`);
    assert.ok(grown < LIMIT_MIB * MIB + BESIDES_OCTETS, `${mib(grown)} more`);

    await using consuming = await library.connect(broker.url);
    const consumer = await consuming.channel();
    await consumer.prefetch(500);
    const inbox = await Inbox.open(consumer, 'work');
    for (let i = 0; i < COUNT; i++) {
      const { tag, body } = await inbox.next();
      assert.ok(body.equals(numberedBody(i)), `message ${i}`);
      consumer.ack(tag);
    }
  });

  test('is gone after a kill and a restart, and after a close', async () => {
    using data = new DataDirectory();
    {
      await using broker = await BrokerProcess.start(['--memory-limit', '8MiB', '--data-dir', data.path]);
      await fill(broker.url);
      assert.ok(data.scratchOctets > 0);
    }
    assert.ok(data.scratchOctets > 0, 'it was killed');
    const broker = await startBroker({ port: 0, memoryLimitOctets: 8 * MIB, dataDir: data.path });
    assert.equal(data.scratchOctets, 0);
    await fill(broker.url);
    assert.ok(data.scratchOctets > 0);
    await broker.close();
    assert.deepEqual(readdirSync(join(data.path, 'scratch')), []);
  });
});

/** Publishes more than a small broker may keep in memory. */
async function fill(url: string): Promise<void> {
  await using connection = await library.connect(url);
  const channel = await connection.confirmChannel();
  await channel.declareQueue('work');
  await Promise.all(Array.from({ length: 5000 }, (_, i) => channel.publish('', 'work', numberedBody(i))));
}
