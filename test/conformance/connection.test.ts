import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_HEARTBEAT, FRAME_METHOD } from '#src/protocol/constants.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import type { WireClient } from '../support/wire-client.ts';

/** Makes the server close the connection. */
function offend(client: WireClient): void {
  client.control.send('connection.tune-ok');
}

const OFFENCE = 'CHANNEL_ERROR - unexpected method in connection state running';

describe('connection.close by the client', () => {
  test(
    'is confirmed',
    scenario(async (s) => {
      const client = await s.client();
      await client.control.call('connection.close', { replyCode: 200, replyText: 'bye' });
    }),
  );

  test(
    'closes its channels without a word',
    scenario(async (s) => {
      const client = await s.client();
      const channels = [await client.channel(1), await client.channel(2)];
      await client.control.call('connection.close', { replyCode: 200 });
      assert.deepEqual(
        channels.map((channel) => channel.pending),
        [0, 0],
      );
    }),
  );

  test(
    'comes after all that was sent before it',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      const messages = Array.from({ length: 100 }, (_, index) => channel.encodePublish('', queue, `${index}`));
      client.sendRaw(
        Buffer.concat([
          channel.encode('queue.declare', { queue, noWait: true }),
          ...messages,
          client.control.encode('connection.close', { replyCode: 200 }),
        ]),
      );
      await client.control.expect('connection.close-ok');
      const other = await s.channel();
      const { messageCount } = await other.call('queue.declare', { queue, passive: true });
      assert.equal(messageCount, 100);
    }),
  );

  test(
    'is the last thing that counts',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      client.sendRaw(
        Buffer.concat([
          client.control.encode('connection.close', { replyCode: 200 }),
          channel.encode('queue.declare', { queue }),
        ]),
      );
      await client.control.expect('connection.close-ok');
      const other = await s.channel();
      await other.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );
});

describe('connection.close by the server', () => {
  test(
    'what is sent before close-ok is discarded',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      offend(client);
      await client.control.expect('connection.close');
      channel.send('queue.declare', { queue });
      client.control.send('connection.update-secret');
      client.control.send('connection.close-ok');
      await client.expectSocketClosed();
      const other = await s.channel();
      await other.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  test(
    'closes may cross: the client sends its own before it has seen that of the server',
    scenario(async (s) => {
      const client = await s.client();
      client.sendRaw(
        Buffer.concat([
          client.control.encode('connection.tune-ok'),
          client.control.encode('connection.close', { replyCode: 200 }),
        ]),
      );
      await client.control.expect('connection.close');
      await client.control.expect('connection.close-ok');
    }),
  );

  test(
    'requeues what the connection has not acknowledged',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      await channel.call('queue.declare', { queue });
      channel.publish('', queue, 'a');
      assert.equal((await channel.get(queue, false))?.redelivered, false);
      offend(client);
      await client.expectConnectionClose(504, OFFENCE, 'connection.tune-ok');
      const other = await s.channel();
      await other.awaitCount(queue, 1);
      assert.equal((await other.expectMessage(queue, 'a')).redelivered, true);
    }),
  );

  test(
    'leaves other connections alone',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      offend(client);
      await client.expectConnectionClose(504, OFFENCE, 'connection.tune-ok');
      await other.expectNothing();
    }),
  );

  test(
    'the first of several errors is the one that is told',
    scenario(async (s) => {
      const client = await s.client();
      const nonsense = Buffer.from([0, 50, 0, 11, 0, 0]);
      offend(client);
      client.sendFrame(FRAME_METHOD, 0, nonsense);
      offend(client);
      await client.expectConnectionClose(504, OFFENCE, 'connection.tune-ok');
    }),
  );
});

describe('connection.update-secret', () => {
  for (const newSecret of ['fresh', '']) {
    test(
      `is confirmed: '${newSecret}'`,
      scenario(async (s) => {
        const client = await s.client();
        await client.control.call('connection.update-secret', { newSecret: Buffer.from(newSecret), reason: 'expired' });
        await (await client.channel()).expectNothing();
      }),
    );
  }
});

describe('a TCP connection that ends', () => {
  test(
    'requeues what it has not acknowledged',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      await channel.call('queue.declare', { queue });
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.get(queue, false);
      await channel.get(queue, false);
      await client.abort();
      const other = await s.channel();
      await other.awaitCount(queue, 3);
      await other.expectMessages(queue, 'a', 'b', 'c');
    }),
  );

  test(
    'in the middle of content publishes nothing',
    scenario(async (s) => {
      const queue = s.name('queue');
      const client = await s.client();
      const channel = await client.channel();
      await channel.call('queue.declare', { queue });
      channel.publish('', queue, 'whole');
      const octets = channel.encodePublish('', queue, 'never complete');
      client.sendRaw(octets.subarray(0, octets.length - 1));
      await client.abort();
      const other = await s.channel();
      await other.awaitCount(queue, 1);
      await other.expectMessages(queue, 'whole');
    }),
  );
});

/** Of the shortest heartbeat there is, a second. Side by side, since they are all about waiting. */
describe('heartbeats', { concurrency: true }, () => {
  test(
    'come from the server, often enough, while nothing else does',
    scenario(async (s) => {
      const client = await s.client({ tune: { heartbeat: 1 } });
      for (let count = 0; count < 3; count++) {
        assert.equal((await client.heartbeats.next(1500, 'a heartbeat')).length, 0);
      }
    }),
  );

  test(
    'missing from the client end the connection without a word',
    scenario(async (s) => {
      const client = await s.client({ tune: { heartbeat: 1 } });
      const start = performance.now();
      await client.expectSocketClosed();
      const elapsedMs = performance.now() - start;
      assert.ok(elapsedMs > 1500 && elapsedMs < 8000, `${elapsedMs} ms`);
    }),
  );

  test(
    'from the client keep the connection open',
    scenario(async (s) => {
      const client = await s.client({ tune: { heartbeat: 1 } });
      const channel = await client.channel();
      for (let count = 0; count < 6; count++) {
        await client.heartbeats.next(1500, 'a heartbeat');
        client.sendFrame(FRAME_HEARTBEAT, 0, Buffer.alloc(0));
      }
      await channel.expectNothing();
    }),
  );

  test(
    'are not needed where there is other traffic',
    scenario(async (s) => {
      const client = await s.client({ tune: { heartbeat: 1 } });
      const channel = await client.channel();
      for (let count = 0; count < 4; count++) {
        await client.heartbeats.next(1500, 'a heartbeat');
        channel.send('channel.flow', { active: true });
      }
      for (let count = 0; count < 4; count++) await channel.expect('channel.flow-ok');
    }),
  );

  test(
    'of 0 are none',
    scenario(async (s) => {
      const client = await s.client({ tune: { heartbeat: 0 } });
      const clock = await s.client({ tune: { heartbeat: 1 } });
      for (let count = 0; count < 5; count++) {
        await clock.heartbeats.next(1500, 'a heartbeat');
        clock.sendFrame(FRAME_HEARTBEAT, 0, Buffer.alloc(0));
      }
      assert.equal(client.heartbeats.size, 0);
      await (await client.channel()).expectNothing();
    }),
  );
});
