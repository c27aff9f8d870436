import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MethodName } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';

const METHODS: readonly MethodName[] = [
  'queue.bind',
  'queue.unbind',
  'queue.purge',
  'queue.delete',
  'basic.get',
  'basic.consume',
];
const NONE_YET = 'NOT_FOUND - no previously declared queue';

describe('an empty queue name', () => {
  for (const name of METHODS) {
    test(
      `is refused in ${name} before a queue was declared`,
      scenario(async (s) => {
        const channel = await s.channel();
        const args = name.endsWith('bind') ? { exchange: 'amq.direct' } : {};
        await channel.expectRefusal(name, args, 404, NONE_YET);
      }),
    );
  }

  test(
    'means the last declared queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const [first, last] = [await s.queue(channel), await s.queue(channel)];
      channel.publish('', first, 'first');
      for (const body of ['a', 'b', 'c']) channel.publish('', last, body);
      assert.equal((await channel.get(''))?.body.toString(), 'a');
      await channel.call('basic.consume', { consumerTag: 't', noAck: true });
      await channel.expectDeliveries('b', 'c');
      await channel.call('basic.cancel', { consumerTag: 't' });
      channel.publish('', last, 'd');
      assert.deepEqual(await channel.call('queue.purge'), { messageCount: 1 });
      assert.deepEqual(await channel.call('queue.delete'), { messageCount: 0 });
      await channel.expectMessages(first, 'first');
    }),
  );

  test(
    'means the one that the server has named',
    scenario(async (s) => {
      const channel = await s.channel();
      const { queue } = await channel.call('queue.declare', { exclusive: true });
      channel.publish('', queue, 'routed');
      await channel.expectMessages('', 'routed');
    }),
  );

  test(
    'means the one that was declared passively',
    scenario(async (s) => {
      const channel = await s.channel();
      const [first] = [await s.queue(channel), await s.queue(channel)];
      await channel.call('queue.declare', { queue: first, passive: true });
      channel.publish('', first, 'routed');
      await channel.expectMessages('', 'routed');
    }),
  );

  test(
    'means the one that was declared without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      channel.send('queue.declare', { queue, noWait: true });
      channel.publish('', queue, 'routed');
      await channel.expectMessages('', 'routed');
    }),
  );

  test(
    'still means it once it was deleted',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('queue.delete', { queue });
      await channel.expectRefusal('basic.get', {}, 404, noQueueText(queue));
    }),
  );

  test(
    'means what was declared on the same channel',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      await s.queue(one);
      await two.expectRefusal('basic.get', {}, 404, NONE_YET);
    }),
  );

  test(
    'is forgotten when the channel is closed',
    scenario(async (s) => {
      const channel = await s.channel();
      await s.queue(channel);
      await channel.call('channel.close', { replyCode: 200 });
      await channel.call('channel.open');
      await channel.expectRefusal('basic.get', {}, 404, NONE_YET);
    }),
  );
});
