import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ConfirmChannel, Options } from 'amqplib';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Management } from '../support/management.ts';

interface Sizes {
  readonly message_bytes: number;
  readonly message_bytes_ready: number;
  readonly message_bytes_unacknowledged: number;
}

/** The octets of bodies in the queue that are ready and that are unacknowledged, as `3+5`. */
async function octetsIn(management: Management, queue = 'q'): Promise<string> {
  const sizes = await management.get<Sizes>(`/queues/%2F/${queue}`);
  const { message_bytes_ready: ready, message_bytes_unacknowledged: unacked } = sizes;
  assert.equal(sizes.message_bytes, ready + unacked);
  return `${ready}+${unacked}`;
}

/** A queue of messages with that many octets each. */
async function filled(management: Management, args: object, ...sizes: readonly number[]): Promise<ConfirmChannel> {
  const channel = await (await management.connect()).createConfirmChannel();
  await channel.assertQueue('q', { durable: true, arguments: args });
  await send(channel, {}, ...sizes);
  return channel;
}

async function send(channel: ConfirmChannel, options: Options.Publish, ...sizes: readonly number[]): Promise<void> {
  for (const size of sizes) channel.sendToQueue('q', Buffer.alloc(size), options);
  await channel.waitForConfirms();
}

describe('the octets of bodies in a queue', () => {
  test('are ready, unacknowledged, ready again, and gone', async () => {
    await using management = await Management.start();
    const channel = await filled(management, {}, 1, 20, 300);
    assert.equal(await octetsIn(management), '321+0');
    const first = await channel.get('q');
    const second = await channel.get('q');
    assert.ok(first && second);
    assert.equal(await octetsIn(management), '300+21');
    channel.nack(second);
    channel.ack(first);
    await channel.checkQueue('q');
    assert.equal(await octetsIn(management), '320+0');
    await channel.get('q', { noAck: true });
    assert.equal(await octetsIn(management), '300+0');
    await channel.purgeQueue('q');
    assert.equal(await octetsIn(management), '0+0');
  });

  test('are those that consumers have, whether they came at once or waited', async () => {
    await using management = await Management.start();
    const channel = await filled(management, {}, 1, 20);
    const { consumerTag } = await channel.consume('q', () => undefined);
    await send(channel, {}, 300);
    assert.equal(await octetsIn(management), '0+321');
    await channel.cancel(consumerTag);
    await send(channel, {}, 4000);
    assert.equal(await octetsIn(management), '4000+321');
    await channel.close();
    assert.equal(await octetsIn(management), '4321+0');
  });

  test('are limited, whoever limits them when', async () => {
    await using management = await Management.start();
    const channel = await filled(management, {}, 100, 100, 100, 100);
    await management.request('PUT', '/policies/%2F/small', {
      body: { pattern: 'q', definition: { 'max-length-bytes': 250 } },
    });
    await channel.checkQueue('q');
    assert.equal(await octetsIn(management), '200+0');
    await send(channel, {}, 60);
    assert.equal(await octetsIn(management), '160+0');
  });

  test('are those of delayed messages, too', async () => {
    await using management = await Management.start();
    const channel = await filled(management, {}, 1);
    await send(channel, { headers: { 'x-delay': 600_000 } }, 20);
    assert.equal(await octetsIn(management), '21+0');
    await management.request('DELETE', '/queues/%2F/q/contents');
    assert.equal(await octetsIn(management), '0+0');
  });

  test('move with messages to another queue', async () => {
    await using management = await Management.start();
    await filled(management, {}, 1, 20, 300);
    await management.request('PUT', '/queues/%2F/target', { body: {} });
    const moved = await management.request('POST', '/queues/%2F/q/move', { body: { destination: 'target', limit: 2 } });
    assert.equal(moved.status, 200);
    assert.deepEqual([await octetsIn(management), await octetsIn(management, 'target')], ['300+0', '21+0']);
  });

  test('are counted again after a restart', async () => {
    using data = new TemporaryDataDirectory();
    {
      await using management = await Management.start({ dataDir: data.path });
      const channel = await filled(management, { 'x-max-length-bytes': 1000 }, 1);
      await send(channel, { persistent: true }, 20, 300);
      assert.equal(await octetsIn(management), '321+0');
    }
    await using management = await Management.start({ dataDir: data.path });
    assert.equal(await octetsIn(management), '320+0');
  });
});
