import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import { clientProperties } from '../support/wire-client.ts';

describe('basic.cancel', () => {
  test(
    'is the end of deliveries',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      assert.deepEqual(await channel.call('basic.cancel', { consumerTag: 't' }), { consumerTag: 't' });
      channel.publish('', queue, 'a');
      await channel.expectNothing(queue);
      await channel.expectMessages(queue, 'a');
    }),
  );

  for (const consumerTag of ['never seen', '']) {
    test(
      `of '${consumerTag}', which is nobody's, is fine`,
      scenario(async (s) => {
        const channel = await s.channel();
        assert.deepEqual(await channel.call('basic.cancel', { consumerTag }), { consumerTag });
      }),
    );
  }

  test(
    'does not reach other channels',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      await one.call('basic.consume', { queue, consumerTag: 't' });
      await two.call('basic.cancel', { consumerTag: 't' });
      two.publish('', queue, 'a');
      await one.expectDelivery('a');
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      channel.send('basic.cancel', { consumerTag: 't', noWait: true });
      channel.publish('', queue, 'a');
      await channel.expectNothing(queue);
      assert.equal((await channel.call('queue.declare', { queue, passive: true })).consumerCount, 0);
    }),
  );

  test(
    'leaves what was delivered for the channel to acknowledge',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.expectDeliveries('a', 'b', 'c');
      await channel.call('basic.cancel', { consumerTag: 't' });
      const { messageCount, consumerCount } = await channel.call('queue.declare', { queue, passive: true });
      assert.deepEqual([messageCount, consumerCount], [0, 0]);
      channel.send('basic.ack', { deliveryTag: 1 });
      channel.send('basic.reject', { deliveryTag: 2, requeue: true });
      await channel.awaitCount(queue, 1);
      assert.equal((await channel.expectMessage(queue, 'b')).redelivered, true);
      channel.send('basic.nack', { deliveryTag: 3 });
      await channel.expectNothing();
    }),
  );

  test(
    'gives the others their turn',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const consumerTag of ['x', 'y', 'z']) {
        await channel.call('basic.consume', { queue, consumerTag, noAck: true });
      }
      await channel.call('basic.cancel', { consumerTag: 'y' });
      const tags: string[] = [];
      for (const body of ['1', '2', '3', '4']) {
        channel.publish('', queue, body);
        tags.push((await channel.expectDelivery(body)).consumerTag);
      }
      assert.deepEqual(tags, ['x', 'z', 'x', 'z']);
    }),
  );
});

describe('basic.cancel from the server', () => {
  test(
    'comes when the queue is deleted, to clients that know it',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue });
      await one.call('basic.consume', { queue, consumerTag: 'one' });
      await two.call('basic.consume', { queue, consumerTag: 'two' });
      await two.call('queue.delete', { queue });
      assert.deepEqual(await one.expect('basic.cancel'), { consumerTag: 'one', noWait: true });
      assert.deepEqual(await two.expect('basic.cancel'), { consumerTag: 'two', noWait: true });
    }),
  );

  for (const properties of [EMPTY_TABLE, clientProperties({ consumer_cancel_notify: false })]) {
    test(
      'does not come to others',
      scenario(async (s) => {
        const channel = await s.channel({ clientProperties: properties });
        const queue = await s.queue(channel);
        await channel.call('basic.consume', { queue, consumerTag: 't' });
        await channel.call('queue.delete', { queue });
        await channel.expectNothing();
      }),
    );
  }

  test(
    'does not come when the client has cancelled',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      await channel.call('basic.cancel', { consumerTag: 't' });
      await channel.call('queue.delete', { queue });
      await channel.expectNothing();
    }),
  );

  test(
    'comes for every consumer',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      await channel.call('queue.delete', { queue });
      const tags = [await channel.expect('basic.cancel'), await channel.expect('basic.cancel')];
      assert.deepEqual(tags.map(({ consumerTag }) => consumerTag).sort(), ['x', 'y']);
    }),
  );

  test(
    'ends the consumer: its tag can be used again, and cancelled again',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue });
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      await channel.call('queue.delete', { queue });
      await channel.expect('basic.cancel');
      await channel.call('basic.cancel', { consumerTag: 't' });
      await channel.call('queue.declare', { queue });
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      channel.publish('', queue, 'a');
      await channel.expectDelivery('a');
    }),
  );

  test(
    'is not to be answered',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      await channel.call('queue.delete', { queue });
      await channel.expect('basic.cancel');
      channel.send('basic.cancel-ok', { consumerTag: 't' });
      await client.expectConnectionClose(503, 'COMMAND_INVALID - unimplemented method', 'basic.cancel-ok');
    }),
  );
});

describe('an auto-delete queue', () => {
  test(
    'stays until it has had a consumer',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue, autoDelete: true });
      channel.publish('', queue, 'a');
      await channel.expectMessages(queue, 'a');
      await channel.call('queue.declare', { queue, passive: true });
    }),
  );

  test(
    'goes with its last consumer',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue, autoDelete: true });
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      await channel.call('basic.cancel', { consumerTag: 'x' });
      await channel.call('queue.declare', { queue, passive: true });
      await channel.call('basic.cancel', { consumerTag: 'y' });
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  test(
    'goes with what it has and what is not acknowledged',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue, autoDelete: true });
      await channel.call('basic.qos', { prefetchCount: 1 });
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      channel.publish('', queue, 'a');
      channel.publish('', queue, 'b');
      await channel.expectDelivery('a');
      await channel.call('basic.cancel', { consumerTag: 't' });
      await channel.expectRefusal('queue.declare', { queue, passive: true }, 404, noQueueText(queue));
    }),
  );

  test(
    'goes with the channel of its last consumer',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = s.name('queue');
      await one.call('queue.declare', { queue, autoDelete: true });
      await two.call('basic.consume', { queue });
      await two.call('channel.close', { replyCode: 200 });
      await one.awaitAbsence(queue);
    }),
  );

  test(
    'goes with the connection of its last consumer',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      const queue = s.name('queue');
      const channel = await client.channel();
      await channel.call('queue.declare', { queue, autoDelete: true });
      await channel.call('basic.consume', { queue });
      await client.abort();
      await other.awaitAbsence(queue);
    }),
  );
});
