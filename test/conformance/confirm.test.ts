import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';
import { noExchangeText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

/** Reads confirms until all up to `last` have come, each once; servers may gather them and need not keep the order. */
async function expectConfirms(channel: WireChannel, first: number, last: number): Promise<void> {
  const open = new Set(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  while (open.size > 0) {
    const { deliveryTag, multiple } = await channel.expect('basic.ack');
    assert.ok(open.has(Number(deliveryTag)), `confirm of ${deliveryTag}, which is not to be confirmed`);
    for (const tag of open) if (tag === deliveryTag || (multiple && tag < deliveryTag)) open.delete(tag);
  }
}

describe('confirms', () => {
  test(
    'count from 1 when they are selected',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', 'nowhere', 'before');
      await channel.call('confirm.select');
      for (let tag = 1; tag <= 3; tag++) {
        channel.publish('', 'nowhere', 'x');
        await expectConfirms(channel, tag, tag);
      }
    }),
  );

  test(
    'can be selected again, which changes nothing',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'x');
      await expectConfirms(channel, 1, 1);
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'x');
      await expectConfirms(channel, 2, 2);
    }),
  );

  test(
    'can be selected without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.send('confirm.select', { noWait: true });
      channel.publish('', 'nowhere', 'x');
      await expectConfirms(channel, 1, 1);
    }),
  );

  test(
    'do not come when they were not selected',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', await s.queue(channel), 'x');
      await channel.expectNothing();
    }),
  );

  test(
    'count anew on a channel that is opened again',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'x');
      await expectConfirms(channel, 1, 1);
      await channel.call('channel.close', { replyCode: 200 });
      await channel.call('channel.open');
      channel.publish('', 'nowhere', 'x');
      await channel.expectNothing();
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'x');
      await expectConfirms(channel, 1, 1);
    }),
  );

  test(
    'count on each channel for itself',
    scenario(async (s) => {
      const client = await s.client();
      const channels = [await client.channel(1), await client.channel(2)];
      for (const channel of channels) await channel.call('confirm.select');
      channels[0]!.publish('', 'nowhere', 'x');
      await expectConfirms(channels[0]!, 1, 1);
      channels[1]!.publish('', 'nowhere', 'x');
      await expectConfirms(channels[1]!, 1, 1);
    }),
  );

  for (const [durable, deliveryMode] of [
    [false, 1],
    [false, 2],
    [true, 1],
    [true, 2],
  ] as const) {
    test(
      `come for what a queue has, durable: ${durable}, delivery-mode ${deliveryMode}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        await channel.call('queue.declare', { queue, durable });
        await channel.call('confirm.select');
        for (let count = 0; count < 20; count++) channel.publish('', queue, 'x', { properties: { deliveryMode } });
        await expectConfirms(channel, 1, 20);
        assert.equal((await channel.call('queue.declare', { queue, passive: true })).messageCount, 20);
      }),
    );
  }

  test(
    'come once for what goes to many queues',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      for (let count = 0; count < 5; count++) {
        await channel.call('queue.bind', { queue: await s.queue(channel), exchange });
      }
      await channel.call('confirm.select');
      for (let count = 0; count < 10; count++) channel.publish(exchange, '', 'x');
      await expectConfirms(channel, 1, 10);
      await channel.expectNothing();
    }),
  );

  test(
    'come for a thousand at once',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      await channel.call('confirm.select');
      client.sendRaw(Buffer.concat(Array.from({ length: 1000 }, () => channel.encodePublish('', queue, 'x'))));
      await expectConfirms(channel, 1, 1000);
      await channel.expectNothing();
    }),
  );

  test(
    'come after what came back',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'one', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).body.toString(), 'one');
      await expectConfirms(channel, 1, 1);
      channel.publish('', 'nowhere', 'two');
      await expectConfirms(channel, 2, 2);
      channel.publish('', 'nowhere', 'three', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).body.toString(), 'three');
      await expectConfirms(channel, 3, 3);
    }),
  );

  test(
    'do not wait for a consumer to acknowledge',
    scenario(async (s) => {
      const [publisher, consumer] = await s.twoChannels();
      const queue = await s.queue(consumer);
      await consumer.call('basic.consume', { queue });
      await publisher.call('confirm.select');
      publisher.publish('', queue, 'delivered');
      await consumer.expectDelivery('delivered');
      await expectConfirms(publisher, 1, 1);
    }),
  );

  test(
    'come for what was published before an error, and for nothing after it',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('confirm.select');
      channel.publish('', 'nowhere', 'fine');
      await expectConfirms(channel, 1, 1);
      channel.publish('nowhere', '', 'wrong');
      channel.publish('', 'nowhere', 'discarded');
      await channel.expectChannelClose(404, noExchangeText('nowhere'), 'basic.publish');
    }),
  );

  for (const noWait of [false, true]) {
    test(
      `cannot be selected on a channel with transactions, no-wait: ${noWait}`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.call('tx.select');
        const text = 'PRECONDITION_FAILED - cannot switch from tx to confirm mode';
        await channel.expectRefusal('confirm.select', { noWait }, 406, text);
      }),
    );
  }
});
