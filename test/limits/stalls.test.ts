import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { Channel, Options } from 'amqplib';
import { extent } from '#src/extent.test.helper.js';
import { MeteredBroker } from '../support/turns/metered-broker.ts';

/** The event loop may not be held up for longer, garbage collection aside: messages go on meanwhile. */
const TURN_MS = 60;

/** A million took 200 ms in one go. */
const MESSAGES = extent({ usual: 20_000, soak: 1_000_000 });

/** 50,000 took 1.6 s in one go. */
const QUEUES = extent({ usual: 10_000, soak: 50_000 });

const HOSTILE_PATTERNS = ['^(a+)+$', '(a{0,30}){30}b1', '.*.*.*.*=x', '^(?=(a+)+$)', '(a?){1600}c'];

describe('what one asks for does not hold up others', () => {
  test('patterns of lists and policies', async () => {
    await using broker = await MeteredBroker.start();
    const channel = await broker.channel();
    for (let i = 0; i < 60; i++) await channel.assertQueue(`${'a'.repeat(200)}${i}b`, { durable: false });
    const longest = await broker.longestTurnMs(async () => {
      for (const pattern of HOSTILE_PATTERNS) {
        await broker.request(`/queues?page=1&use_regex=true&name=${encodeURIComponent(pattern)}`);
        const body = { pattern, definition: { 'max-length': 5 } };
        await broker.request(`/policies/%2F/${encodeURIComponent(pattern)}`, { method: 'PUT', body });
      }
    });
    assert.ok(longest < TURN_MS, `${longest} ms`);
  });

  test('importing definitions, and deleting their virtual host', async () => {
    await using broker = await MeteredBroker.start();
    const definitions = definitionsOf('v', QUEUES);
    const send = () => broker.request('/definitions', { method: 'POST', body: definitions });
    for (const what of ['new ones', 'those that are there']) {
      const longest = await broker.longestTurnMs(send);
      assert.ok(longest < TURN_MS, `${what}: ${longest} ms`);
    }
    const longest = await broker.longestTurnMs(() => broker.request('/vhosts/v', { method: 'DELETE' }));
    assert.ok(longest < TURN_MS, `deleting: ${longest} ms`);
  });

  for (const durable of [false, true]) {
    test(`purging a queue that is ${durable ? '' : 'not '}durable, and deleting it`, async () => {
      await using broker = await MeteredBroker.start();
      const channel = await broker.channel();
      await channel.assertQueue('q', { durable });
      for (const drop of [() => channel.purgeQueue('q'), () => channel.deleteQueue('q')]) {
        await fill(channel, 'q', { persistent: durable });
        const longest = await broker.longestTurnMs(async () => {
          const { messageCount } = await drop();
          assert.equal(messageCount, MESSAGES);
        });
        assert.ok(longest < TURN_MS, `${longest} ms`);
      }
    });
  }
});

/** The connection ends without a word. */
function cut(channel: Channel): void {
  (channel.connection as unknown as { readonly stream: Socket }).stream.destroy();
}

describe('settling very many deliveries does not hold up others', () => {
  const settlements: readonly (readonly [what: string, settle: (channel: Channel) => void, isLeft: boolean])[] = [
    ['acknowledging them all', (channel) => channel.ackAll(), false],
    ['requeueing them all', (channel) => channel.nackAll(true), true],
    ['recovering them', (channel) => void channel.recover(), true],
    ['closing their channel', (channel) => void channel.close(), true],
    ['cutting their connection', cut, true],
  ];
  for (const [what, settle, isLeft] of settlements) {
    test(what, async () => {
      await using broker = await MeteredBroker.start();
      const [publisher, consumer] = [await broker.channel(), await broker.channel()];
      await publisher.assertQueue('q', { durable: false });
      await fill(publisher, 'q', {});
      let count = 0;
      await new Promise<void>((resolve) => {
        void consumer.consume('q', () => ++count === MESSAGES && resolve(), { consumerTag: 'c' });
      });
      if (what === 'requeueing them all' || what === 'recovering them') await consumer.cancel('c');
      const longest = await broker.longestTurnMs(async () => {
        settle(consumer);
        for (const wanted = isLeft ? MESSAGES : 0; ; ) {
          const counts = (await broker.request('/queues/%2F/q')) as { messages: number; messages_ready: number };
          if (counts.messages === wanted && counts.messages_ready === wanted) break;
        }
      });
      assert.ok(longest < TURN_MS, `${longest} ms`);
    });
  }
});

/** A virtual host with so many queues that are bound. */
function definitionsOf(vhost: string, count: number): object {
  const names = Array.from({ length: count }, (_, i) => `queue-${i}`);
  const exchange = { name: 'x', vhost, type: 'direct', durable: true, auto_delete: false, arguments: {} };
  const binding = { source: 'x', vhost, destination_type: 'queue', routing_key: 'k', arguments: {} };
  return {
    vhosts: [{ name: vhost }],
    queues: names.map((name) => ({ name, vhost, durable: true, auto_delete: false, arguments: {} })),
    exchanges: [exchange],
    bindings: names.map((destination) => ({ ...binding, destination })),
  };
}

async function fill(channel: Channel, queue: string, options: Options.Publish): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) {
    if (!channel.sendToQueue(queue, Buffer.from('x'), options)) await once(channel, 'drain');
  }
  await channel.checkQueue(queue);
}
