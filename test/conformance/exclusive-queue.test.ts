import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MethodArguments, MethodName } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';
import { lockedText, noExchangeText, noQueueText } from '../support/texts.ts';

describe('an exclusive queue', () => {
  test(
    'is for all channels of its connection',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      await two.call('queue.declare', { queue, exclusive: true });
      await two.call('queue.bind', { queue, exchange: 'amq.direct', routingKey: queue });
      one.publish('amq.direct', queue, 'routed');
      await two.awaitCount(queue, 1);
      await two.expectMessages(queue, 'routed');
    }),
  );

  for (const [first, second] of [
    [true, false],
    [false, true],
  ] as const) {
    test(
      `is never durable: declared with durable=${first}, it may be declared again with durable=${second}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name();
        await channel.call('queue.declare', { queue, exclusive: true, durable: first });
        await channel.call('queue.declare', { queue, exclusive: true, durable: second });
      }),
    );
  }

  test(
    'stays when the channel that declared it is closed',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      await one.call('channel.close', { replyCode: 200 });
      await two.call('queue.declare', { queue, passive: true });
    }),
  );

  const locked: readonly (readonly [name: MethodName, args: Partial<MethodArguments<'queue.declare'>>])[] = [
    ['queue.declare', {}],
    ['queue.declare', { exclusive: true }],
    ['queue.declare', { exclusive: true, durable: true }],
    ['queue.declare', { passive: true }],
    ['queue.purge', {}],
    ['queue.delete', {}],
    ['basic.get', {}],
    ['basic.consume', {}],
  ];
  for (const [name, args] of locked) {
    test(
      `is locked for other connections: ${name} ${JSON.stringify(args)}`,
      scenario(async (s) => {
        const [owner, other] = [await s.channel(), await s.channel()];
        const queue = await s.queue(owner);
        await other.expectRefusal(name, { queue, ...args }, 405, lockedText(queue));
      }),
    );
  }

  test(
    'is locked for other connections: queue.delete if-unused and if-empty',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      const deletion = { queue, ifUnused: true, ifEmpty: true };
      await other.expectRefusal('queue.delete', deletion, 405, lockedText(queue));
    }),
  );

  test(
    'is locked for other connections: queue.bind, to exchanges that are there',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      const binding = { queue, routingKey: 'k' };
      await other.expectRefusal('queue.bind', { ...binding, exchange: 'amq.direct' }, 405, lockedText(queue));
      const text = noExchangeText('nowhere');
      await other.expectRefusal('queue.bind', { ...binding, exchange: 'nowhere' }, 404, text);
    }),
  );

  test(
    'is locked for other connections: queue.unbind, of bindings that are there',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      const binding = { queue, exchange: 'amq.direct', routingKey: queue };
      await other.call('queue.unbind', binding);
      await owner.call('queue.bind', binding);
      await other.expectRefusal('queue.unbind', binding, 405, lockedText(queue));
    }),
  );

  test(
    'is locked without waiting, too',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      await other.expectRefusal('queue.purge', { queue, noWait: true }, 405, lockedText(queue));
    }),
  );

  test(
    'takes messages from everywhere',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      other.publish('', queue, 'routed');
      await other.expectNothing();
      await owner.expectMessages(queue, 'routed');
    }),
  );

  for (const durable of [false, true]) {
    test(
      `is gone once its connection has closed, durable: ${durable}`,
      scenario(async (s) => {
        const [client, other] = [await s.client(), await s.channel()];
        const queue = await s.queue(await client.channel(), { durable });
        await client.control.call('connection.close', { replyCode: 200 });
        await other.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
      }),
    );
  }

  test(
    'is gone some time after its TCP connection ended',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      const queue = await s.queue(await client.channel());
      await client.abort();
      await other.awaitAbsence(queue);
    }),
  );

  test(
    'may have its name used again by another connection, once it is gone',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      const channel = await client.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'gone with it');
      await client.close();
      assert.equal((await other.call('queue.declare', { queue, exclusive: true })).messageCount, 0);
    }),
  );

  test(
    'that is deleted by its owner unlocks its name',
    scenario(async (s) => {
      const [owner, other] = [await s.channel(), await s.channel()];
      const queue = await s.queue(owner);
      await owner.call('queue.delete', { queue });
      await s.queue(other, { queue });
      await owner.expectRefusal('queue.declare', { queue, passive: true }, 405, lockedText(queue));
    }),
  );
});
