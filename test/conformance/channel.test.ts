import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_BODY, FRAME_HEADER } from '#src/protocol/constants.js';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const NO_QUEUE = noQueueText('nowhere');

function offend(channel: WireChannel): void {
  channel.send('queue.declare', { queue: 'nowhere', passive: true });
}

describe('opening channels', () => {
  for (const number of [1, 2, 2047, 65535]) {
    test(
      `number ${number}`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel(number);
        await channel.expectNothing();
      }),
    );
  }

  test(
    'a channel cannot be opened twice',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      channel.send('channel.open');
      await client.expectConnectionClose(504, "CHANNEL_ERROR - second 'channel.open' seen", 'channel.open');
    }),
  );

  test(
    'channel-max counts open channels, whatever their numbers',
    scenario(async (s) => {
      const client = await s.client({ tune: { channelMax: 2 } });
      await client.channel(9);
      await client.channel(5);
      client.rawChannel(1).send('channel.open');
      const text = 'NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)';
      await client.expectConnectionClose(530, text);
    }),
  );

  test(
    'channel-max counts no channel that was closed',
    scenario(async (s) => {
      const client = await s.client({ tune: { channelMax: 1 } });
      for (const number of [1, 2, 1, 3]) {
        const channel = await client.channel(number);
        await channel.call('channel.close', { replyCode: 200 });
      }
    }),
  );

  test(
    'many channels of a connection work side by side',
    scenario(async (s) => {
      const client = await s.client();
      const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
      const channels = await Promise.all(numbers.map((number) => client.channel(number)));
      await Promise.all(channels.map((channel) => channel.expectNothing()));
    }),
  );
});

describe('closing a channel', () => {
  test(
    'the number can be used again at once',
    scenario(async (s) => {
      const channel = await s.channel();
      for (let round = 0; round < 3; round++) {
        await channel.call('channel.close', { replyCode: 200, replyText: 'done' });
        await channel.call('channel.open');
      }
      await channel.expectNothing();
    }),
  );

  test(
    'a closed channel takes no methods',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      await channel.call('channel.close', { replyCode: 200 });
      channel.send('queue.declare', { exclusive: true });
      await client.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 'queue.declare');
    }),
  );

  test(
    'a closed channel cannot be closed again',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      await channel.call('channel.close', { replyCode: 200 });
      channel.send('channel.close', { replyCode: 200 });
      await client.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 'channel.close');
    }),
  );
});

describe('an error closes its channel alone', () => {
  test(
    'other channels go on',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      offend(one);
      await one.expectChannelClose(404, NO_QUEUE, 'queue.declare');
      await two.expectNothing();
    }),
  );

  test(
    'the channel can be opened again after close-ok',
    scenario(async (s) => {
      const channel = await s.channel();
      offend(channel);
      await channel.expectChannelClose(404, NO_QUEUE, 'queue.declare');
      await channel.call('channel.open');
      await channel.expectNothing();
    }),
  );

  test(
    'the channel cannot be opened again before close-ok',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      offend(channel);
      await channel.expect('channel.close');
      channel.send('channel.open');
      await client.expectConnectionClose(504, "CHANNEL_ERROR - second 'channel.open' seen", 'channel.open');
    }),
  );

  test(
    'after close-ok the channel is closed',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      offend(channel);
      await channel.expectChannelClose(404, NO_QUEUE, 'queue.declare');
      channel.send('queue.declare', { exclusive: true });
      await client.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 'queue.declare');
    }),
  );

  test(
    'what is sent before close-ok is discarded',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      offend(channel);
      await channel.expect('channel.close');
      channel.send('queue.declare', { queue });
      channel.publish('nowhere', '', 'x');
      channel.send('basic.ack', { deliveryTag: 99 });
      offend(channel);
      channel.send('channel.close-ok');
      await channel.call('channel.open');
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  test(
    'content that is under way is discarded, too',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      offend(channel);
      await channel.expect('channel.close');
      channel.send('basic.publish', { exchange: 'nowhere' });
      client.sendFrame(FRAME_HEADER, 1, encodeContentHeader(3, {}));
      client.sendFrame(FRAME_BODY, 1, Buffer.from('abc'));
      channel.send('channel.close-ok');
      await channel.call('channel.open');
      await channel.expectNothing();
    }),
  );

  test(
    'closes may cross: the client sends its own before it has seen that of the server',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      client.sendRaw(
        Buffer.concat([
          channel.encode('queue.declare', { queue: 'nowhere', passive: true }),
          channel.encode('channel.close', { replyCode: 200 }),
        ]),
      );
      await channel.expectChannelClose(404, NO_QUEUE, 'queue.declare');
      await channel.expect('channel.close-ok');
      await channel.call('channel.open');
      await channel.expectNothing();
    }),
  );

  test(
    'the error names class and method of what caused it, in the middle of others',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      client.sendRaw(
        Buffer.concat([
          channel.encode('basic.qos', { prefetchCount: 1 }),
          channel.encode('basic.get', { queue: 'nowhere' }),
          channel.encode('queue.purge', { queue: 'elsewhere' }),
        ]),
      );
      await channel.expect('basic.qos-ok');
      await channel.expectChannelClose(404, NO_QUEUE, 'basic.get');
    }),
  );
});

describe('channel.flow', () => {
  test(
    'on is confirmed',
    scenario(async (s) => {
      const channel = await s.channel();
      assert.deepEqual(await channel.call('channel.flow', { active: true }), { active: true });
    }),
  );

  test(
    'off is not implemented',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      channel.send('channel.flow', { active: false });
      await client.expectConnectionClose(540, 'NOT_IMPLEMENTED - active=false', 'channel.flow');
    }),
  );
});

describe('access.request', () => {
  test(
    'is answered with ticket 1, whatever is asked for',
    scenario(async (s) => {
      const channel = await s.channel();
      assert.deepEqual(await channel.call('access.request', { realm: '/data', read: true, active: true }), {
        ticket: 1,
      });
    }),
  );
});
