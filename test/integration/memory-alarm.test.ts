import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { startBroker } from 'leveret';
import type { ClientConnection } from '../support/clients/client.ts';
import { Inbox, numbered } from '../support/clients/inbox.ts';
import { LIBRARIES } from '../support/clients/libraries.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const MEMORY_LIMIT_OCTETS = 2 * MIB;
/** Much more than the broker may keep. */
const PUBLISHED_OCTETS = 6 * MIB;
/** How many messages go out at a time. */
const BATCH_SIZE = 16;

/** Whether the broker holds a connection back, and promises for when that changes. */
class Blocking {
  readonly reasons: string[] = [];
  readonly firstTime: Promise<void>;
  private isBlocked = false;
  private wake: (() => void)[] = [];

  constructor(connection: ClientConnection) {
    this.firstTime = new Promise((resolve) => {
      connection.onBlocked((reason) => {
        this.isBlocked = true;
        this.reasons.push(reason);
        resolve();
      });
    });
    connection.onUnblocked(() => {
      this.isBlocked = false;
      for (const wake of this.wake.splice(0)) wake();
    });
  }

  /** Resolves when the connection is not blocked, or no longer. */
  async over(): Promise<void> {
    if (this.isBlocked) await new Promise<void>((resolve) => this.wake.push(resolve));
  }
}

describe('a broker that is short of memory', { concurrency: true }, () => {
  for (const library of LIBRARIES) {
    for (const size of [4 * KIB, 256 * KIB]) {
      test(`holds a publisher of ${size / KIB} KiB back until a consumer has made room (${library.name})`, async () => {
        await using broker = await startBroker({ port: 0, memoryLimitOctets: MEMORY_LIMIT_OCTETS });
        await using publishing = await library.connect(broker.url);
        await using consuming = await library.connect(broker.url);
        const publisher = new Blocking(publishing);
        const consumer = new Blocking(consuming);
        const channel = await publishing.confirmChannel();
        await channel.declareQueue('work');

        const texts = numbered(PUBLISHED_OCTETS / size);
        const everythingPublished = (async () => {
          for (let at = 0; at < texts.length; at += BATCH_SIZE) {
            await publisher.over();
            const batch = texts.slice(at, at + BATCH_SIZE);
            await Promise.all(batch.map((text) => channel.publish('', 'work', Buffer.from(text.padEnd(size)))));
          }
        })();
        await publisher.firstTime;

        const consumingChannel = await consuming.channel();
        await consumingChannel.prefetch(100);
        const inbox = await Inbox.open(consumingChannel, 'work');
        for (const text of texts) {
          const { tag, body } = await inbox.next();
          assert.equal(body.toString().trimEnd(), text);
          consumingChannel.ack(tag);
        }
        await everythingPublished;
        await publisher.over();
        assert.deepEqual([...new Set(publisher.reasons)], ['low on memory']);
        assert.deepEqual(consumer.reasons, [], 'who only consumes is not told');
      });
    }
  }

  test('can be closed while it holds publishers back', async () => {
    const broker = await startBroker({ port: 0, memoryLimitOctets: MIB });
    const connections = await Promise.all(LIBRARIES.map((library) => library.connect(broker.url)));
    const blocked = connections.map((connection) => new Blocking(connection).firstTime);
    for (const connection of connections) {
      const channel = await connection.channel();
      const { queue } = await channel.declareQueue('', { exclusive: true });
      // More than fits; what is still on its way when the broker closes is lost, which nobody was promised.
      for (const _ of numbered(8)) channel.publish('', queue, Buffer.alloc(MIB / 4)).catch(() => undefined);
    }
    await Promise.all(blocked);
    await broker.close();
    for (const connection of connections) {
      const reason = await connection.closed;
      assert.match(`${reason}`, /CONNECTION_FORCED/);
    }
  });
});
