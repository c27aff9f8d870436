import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';

const NOT_EMPTY = (queue: string): string => `PRECONDITION_FAILED - queue '${queue}' in vhost '/' not empty`;
const IN_USE = (queue: string): string => `PRECONDITION_FAILED - queue '${queue}' in vhost '/' in use`;

describe('queue.delete', () => {
  test(
    'tells how many messages it has deleted, of those that were ready',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.get(queue, false);
      assert.deepEqual(await channel.call('queue.delete', { queue }), { messageCount: 2 });
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  for (const conditions of [{}, { ifUnused: true }, { ifEmpty: true }, { ifUnused: true, ifEmpty: true }]) {
    test(
      `of a queue that is not there is fine: ${JSON.stringify(conditions)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const deleted = await channel.call('queue.delete', { queue: s.name('queue'), ...conditions });
        assert.deepEqual(deleted, { messageCount: 0 });
      }),
    );

    test(
      `of a queue that is neither used nor full: ${JSON.stringify(conditions)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        await channel.call('queue.delete', { queue, ...conditions });
        await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
      }),
    );
  }

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.send('queue.delete', { queue, noWait: true });
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  for (const noWait of [false, true]) {
    test(
      `if empty, of one that is not, no-wait: ${noWait}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        channel.publish('', queue, 'a');
        await channel.awaitCount(queue, 1);
        await channel.expectRefusal('queue.delete', { queue, ifEmpty: true, noWait }, 406, NOT_EMPTY(queue));
        await channel.expectMessages(queue, 'a');
        await channel.call('queue.delete', { queue, ifEmpty: true });
      }),
    );

    test(
      `if unused, of one that is, no-wait: ${noWait}`,
      scenario(async (s) => {
        const [one, two] = await s.twoChannels();
        const queue = await s.queue(one);
        await one.call('basic.consume', { queue, consumerTag: 't' });
        await two.expectRefusal('queue.delete', { queue, ifUnused: true, noWait }, 406, IN_USE(queue));
        await one.call('basic.cancel', { consumerTag: 't' });
        await two.call('queue.delete', { queue, ifUnused: true });
      }),
    );
  }

  test(
    'if empty comes before if unused',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      await one.call('basic.qos', { prefetchCount: 1 });
      await one.call('basic.consume', { queue });
      for (const body of ['a', 'b']) two.publish('', queue, body);
      await one.expectDelivery('a');
      await two.expectRefusal('queue.delete', { queue, ifUnused: true, ifEmpty: true }, 406, NOT_EMPTY(queue));
    }),
  );

  test(
    'if empty does not mind messages that are not acknowledged',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'a');
      await channel.get(queue, false);
      assert.deepEqual(await channel.call('queue.delete', { queue, ifEmpty: true }), { messageCount: 0 });
    }),
  );

  test(
    'ends what is routed to it',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'a', { mandatory: true });
      await channel.call('queue.delete', { queue });
      channel.publish('', queue, 'b', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).body.toString(), 'b');
    }),
  );
});

describe('queue.purge', () => {
  test(
    'tells how many messages it has removed, of those that were ready',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c', 'd']) channel.publish('', queue, body);
      await channel.get(queue, false);
      assert.deepEqual(await channel.call('queue.purge', { queue }), { messageCount: 3 });
      assert.deepEqual(await channel.call('queue.purge', { queue }), { messageCount: 0 });
      channel.send('basic.reject', { deliveryTag: 1, requeue: true });
      await channel.awaitCount(queue, 1);
      await channel.expectMessages(queue, 'a');
    }),
  );

  test(
    'of a queue that is not there',
    scenario(async (s) => {
      const channel = await s.channel();
      for (const noWait of [false, true]) {
        await channel.expectRefusal('queue.purge', { queue: 'nowhere', noWait }, 404, noQueueText('nowhere'));
      }
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'a');
      channel.send('queue.purge', { queue, noWait: true });
      channel.publish('', queue, 'b');
      await channel.expectMessages(queue, 'b');
    }),
  );

  test(
    'of requeued messages, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      for (let count = 0; count < 2; count++) await channel.get(queue, false);
      channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
      await channel.awaitCount(queue, 3);
      assert.deepEqual(await channel.call('queue.purge', { queue }), { messageCount: 3 });
      await channel.expectMessages(queue);
    }),
  );

  test(
    'leaves other queues alone',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      channel.publish(exchange, '', 'a');
      await channel.call('queue.purge', { queue: queues[0]! });
      await channel.expectMessages(queues[1]!, 'a');
    }),
  );
});
