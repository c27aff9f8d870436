import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { SILENT_LOGGER } from '../../observe/log.ts';
import type { LogFields, Logger } from '../../observe/logger.ts';
import { method, newContext, opening, publish } from '../connection/connection.test.helper.ts';
import { Connection } from '../connection/connection.ts';
import { FakeSocket } from '../socket/fake-socket.test.helper.ts';
import { type ChannelPrefetch, MOST_UNACKED } from './channel-prefetch.ts';
import type { Consuming } from './consuming.ts';
import type { Transaction } from './transaction.ts';
import type { UnackedRing } from './unacked-ring.ts';

/** What there may be very many of on a channel. */
interface Inner {
  readonly prefetch: ChannelPrefetch;
  readonly unacked: UnackedRing;
  readonly transaction: Transaction;
}

/** A connection with a channel and a queue, and its log's warnings. */
class World {
  readonly socket = new FakeSocket();
  readonly warnings: string[] = [];
  private readonly connection: Connection;

  constructor() {
    const warn = (fields: LogFields | string, text?: string) => void this.warnings.push(text ?? `${fields}`);
    const log: Logger = { ...SILENT_LOGGER, child: () => log, warn };
    const context = newContext({}, log);
    this.connection = new Connection(this.socket.asSocket, context, () => undefined);
    this.socket.receive(
      Buffer.concat([opening(), method(1, 'channel.open'), method(1, 'queue.declare', { queue: 'q' })]),
    );
  }

  get inner(): Inner {
    const [channel] = this.connection.openChannels;
    return channel!.consuming as unknown as Consuming & Inner;
  }

  /** Sends the frames; returns the bodies or texts that are in the answer. */
  async tell(...frames: Buffer[]): Promise<string> {
    this.socket.receive(Buffer.concat(frames));
    await turn();
    return this.socket.take().toString('latin1');
  }
}

test('a client that acknowledges nothing gets no more than a million messages, and the next when it does', async () => {
  const world = new World();
  await world.tell(method(1, 'basic.consume', { queue: 'q', consumerTag: 'c' }));
  world.inner.prefetch.used = MOST_UNACKED - 1;
  const delivered = await world.tell(
    publish(1, 'first', { routingKey: 'q' }),
    publish(1, 'second', { routingKey: 'q' }),
  );
  assert.ok(delivered.includes('first') && !delivered.includes('second'));
  assert.deepEqual(world.warnings, ['deliveries on a channel pause: its client acknowledges none of very many']);
  assert.ok((await world.tell(method(1, 'basic.ack', { deliveryTag: 1 }))).includes('second'));
});

test('nor does it with basic.get', async () => {
  const world = new World();
  await world.tell(publish(1, 'first', { routingKey: 'q' }));
  Object.defineProperty(world.inner.unacked, 'count', { value: MOST_UNACKED });
  const answer = await world.tell(method(1, 'basic.get', { queue: 'q' }));
  assert.match(answer, /PRECONDITION_FAILED - more than 1048576 unacknowledged deliveries on the channel/);
});

test('a transaction takes no more than a million publishes', async () => {
  const world = new World();
  await world.tell(method(1, 'tx.select'));
  Object.assign(world.inner.transaction, { publishes: { length: 2 ** 20, [Symbol.iterator]: () => [].values() } });
  const answer = await world.tell(publish(1, 'one more', { routingKey: 'q' }));
  assert.match(answer, /PRECONDITION_FAILED - more than 1048576 publishes in a transaction/);
});
