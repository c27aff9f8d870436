import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';

describe('basic.get', () => {
  test(
    'of an empty queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const noAck of [false, true]) assert.equal(await channel.get(queue, noAck), undefined);
    }),
  );

  test(
    'of a queue that is not there',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.expectRefusal('basic.get', { queue: 'nowhere' }, 404, noQueueText('nowhere'));
    }),
  );

  test(
    'takes the oldest message and tells how many are left',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.awaitCount(queue, 3);
      const { header, frameSizes, ...message } = (await channel.get(queue, false))!;
      assert.deepEqual(message, {
        deliveryTag: 1,
        redelivered: false,
        exchange: '',
        routingKey: queue,
        messageCount: 2,
        properties: {},
        body: Buffer.from('a'),
      });
      for (const [deliveryTag, messageCount] of [
        [2, 1],
        [3, 0],
      ]) {
        const next = await channel.get(queue, false);
        assert.deepEqual([next?.deliveryTag, next?.messageCount], [deliveryTag, messageCount]);
      }
      assert.equal(await channel.get(queue), undefined);
    }),
  );

  test(
    'sees what the channel has published just before',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (let count = 0; count < 50; count++) {
        channel.publish('', queue, `${count}`);
        assert.equal((await channel.get(queue))?.body.toString(), `${count}`);
      }
    }),
  );

  test(
    'without acknowledgement removes the message',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      one.publish('', queue, 'a');
      await one.expectMessage(queue, 'a');
      await one.call('channel.close', { replyCode: 200 });
      await two.expectNothing(queue);
      assert.equal(await two.get(queue), undefined);
    }),
  );

  test(
    'keeps the message from others until it is acknowledged or comes back',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      one.publish('', queue, 'a');
      await one.get(queue, false);
      assert.equal(await two.get(queue), undefined);
      await one.call('channel.close', { replyCode: 200 });
      await two.awaitCount(queue, 1);
      assert.equal((await two.expectMessage(queue, 'a')).redelivered, true);
    }),
  );

  test(
    'uses up a delivery tag in either mode',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const [index, noAck] of [true, false, true, false].entries()) {
        channel.publish('', queue, 'x');
        assert.equal((await channel.get(queue, noAck))?.deliveryTag, index + 1);
      }
    }),
  );

  test(
    'shares delivery tags with consumers',
    scenario(async (s) => {
      const channel = await s.channel();
      const [consumed, other] = [await s.queue(channel), await s.queue(channel)];
      await channel.call('basic.consume', { queue: consumed });
      channel.publish('', consumed, 'a');
      assert.equal((await channel.expectDelivery('a')).deliveryTag, 1);
      channel.publish('', other, 'b');
      assert.equal((await channel.get(other, false))?.deliveryTag, 2);
      channel.publish('', consumed, 'c');
      assert.equal((await channel.expectDelivery('c')).deliveryTag, 3);
    }),
  );

  test(
    'gets nothing where a consumer is quicker',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue });
      channel.publish('', queue, 'a');
      await channel.expectDelivery('a');
      assert.equal(await channel.get(queue), undefined);
    }),
  );

  test(
    'in great number, nothing awaited',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      const bodies = Array.from({ length: 200 }, (_, index) => `${index}`);
      client.sendRaw(
        Buffer.concat([
          ...bodies.map((body) => channel.encodePublish('', queue, body)),
          ...bodies.map(() => channel.encode('basic.get', { queue, noAck: true })),
          channel.encode('basic.get', { queue, noAck: true }),
        ]),
      );
      for (const body of bodies) assert.equal((await channel.expect('basic.get-ok')).body.toString(), body);
      await channel.expect('basic.get-empty');
    }),
  );
});
