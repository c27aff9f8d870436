import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, fieldTable } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import type { Delivery } from '../support/wire-events.ts';

const IN_USE = (queue: string): string => `ACCESS_REFUSED - queue '${queue}' in vhost '/' in exclusive use`;

/** Who got what. */
function tagsAndBodies(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ consumerTag, body }) => `${consumerTag}${body}`);
}

describe('basic.consume', () => {
  test(
    'is confirmed, then what the queue has comes, then what it gets',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'a');
      channel.publish('', queue, 'b');
      assert.deepEqual(await channel.call('basic.consume', { queue, consumerTag: 't' }), { consumerTag: 't' });
      await channel.expectDeliveries('a', 'b');
      channel.publish('', queue, 'c');
      const { header, frameSizes, ...delivery } = await channel.expectDelivery('c');
      assert.deepEqual(delivery, {
        consumerTag: 't',
        deliveryTag: 3,
        redelivered: false,
        exchange: '',
        routingKey: queue,
        properties: {},
        body: Buffer.from('c'),
      });
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.send('basic.consume', { queue, consumerTag: 't', noWait: true });
      channel.publish('', queue, 'a');
      assert.equal((await channel.expectDelivery('a')).consumerTag, 't');
    }),
  );

  test(
    'of a queue that is not there',
    scenario(async (s) => {
      const channel = await s.channel();
      for (const noWait of [false, true]) {
        await channel.expectRefusal('basic.consume', { queue: 'nowhere', noWait }, 404, noQueueText('nowhere'));
      }
    }),
  );

  test(
    'counts deliveries on each channel for itself, over all its consumers',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const [first, second] = [await s.queue(one), await s.queue(one)];
      await one.call('basic.consume', { queue: first, consumerTag: 'x' });
      await one.call('basic.consume', { queue: second, consumerTag: 'y' });
      for (const [queue, tag] of [
        [first, 1],
        [second, 2],
        [first, 3],
      ] as const) {
        two.publish('', queue, 'm');
        assert.equal((await one.expectDelivery('m')).deliveryTag, tag);
      }
      two.publish('', first, 'm');
      assert.equal((await one.expectDelivery('m')).deliveryTag, 4);
      await one.call('basic.cancel', { consumerTag: 'x' });
      await two.call('basic.consume', { queue: first, consumerTag: 'z' });
      two.publish('', first, 'n');
      assert.equal((await two.expectDelivery('n')).deliveryTag, 1);
    }),
  );

  test(
    'no-local is ignored',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, noLocal: true });
      channel.publish('', queue, 'own');
      await channel.expectDelivery('own');
    }),
  );

  test(
    'takes arguments that mean nothing',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, arguments: fieldTable({ 'x-mine': [1, { a: null }] }) });
    }),
  );

  test(
    'makes a message go to one of the consumers, not to all',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue });
      await one.call('basic.consume', { queue, noAck: true });
      await two.call('basic.consume', { queue, noAck: true });
      one.publish('', queue, 'a');
      await one.expectDelivery('a');
      await two.expectNothing(queue);
    }),
  );
});

describe('consumer tags', () => {
  test(
    'are made by the server when there is none',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const first = await channel.call('basic.consume', { queue });
      const second = await channel.call('basic.consume', { queue });
      for (const { consumerTag } of [first, second]) assert.match(consumerTag, /^amq\.ctag-[A-Za-z0-9_-]{22}$/);
      assert.notEqual(first.consumerTag, second.consumerTag);
    }),
  );

  test(
    'are made by the server without waiting, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.send('basic.consume', { queue, noWait: true });
      channel.publish('', queue, 'a');
      assert.match((await channel.expectDelivery('a')).consumerTag, /^amq\.ctag-/);
    }),
  );

  for (const consumerTag of ['t', 'ünï ☃', 'x'.repeat(255), 'amq.ctag-mine']) {
    test(
      `may be ${consumerTag.slice(0, 20)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        assert.deepEqual(await channel.call('basic.consume', { queue, consumerTag }), { consumerTag });
        channel.publish('', queue, 'a');
        assert.equal((await channel.expectDelivery('a')).consumerTag, consumerTag);
      }),
    );
  }

  for (const name of ['the queue', 'a queue that is not there']) {
    test(
      `may not be used twice, on ${name}`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        const queue = await s.queue(channel);
        await channel.call('basic.consume', { queue, consumerTag: 't' });
        channel.send('basic.consume', { queue: name === 'the queue' ? queue : 'nowhere', consumerTag: 't' });
        const text = "NOT_ALLOWED - attempt to reuse consumer tag 't'";
        await client.expectConnectionClose(530, text, 'basic.consume');
      }),
    );
  }

  test(
    'belong to their channel',
    scenario(async (s) => {
      const client = await s.client();
      const channels = [await client.channel(1), await client.channel(2)];
      const queue = await s.queue(channels[0]!);
      for (const channel of channels) await channel.call('basic.consume', { queue, consumerTag: 't', noAck: true });
      for (const body of ['a', 'b']) channels[0]!.publish('', queue, body);
      await channels[0]!.expectDelivery('a');
      await channels[1]!.expectDelivery('b');
    }),
  );

  test(
    'may be used again once they are cancelled',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (let round = 0; round < 3; round++) {
        await channel.call('basic.consume', { queue, consumerTag: 't' });
        await channel.call('basic.cancel', { consumerTag: 't' });
      }
    }),
  );
});

describe('without acknowledgements', () => {
  test(
    'messages are gone when they are delivered',
    scenario(async (s) => {
      const [client, other] = [await s.client(), await s.channel()];
      const channel = await client.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue });
      for (const body of ['a', 'b']) channel.publish('', queue, body);
      await channel.call('basic.consume', { queue, noAck: true });
      await channel.expectDeliveries('a', 'b');
      await client.close();
      await other.expectMessages(queue);
    }),
  );

  test(
    'there is nothing to acknowledge',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, noAck: true });
      channel.publish('', queue, 'a');
      const { deliveryTag } = await channel.expectDelivery('a');
      const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
      await channel.expectRefusal('basic.ack', { deliveryTag }, 406, text);
    }),
  );
});

describe('an exclusive consumer', () => {
  for (const exclusive of [false, true]) {
    test(
      `lets nobody else in, exclusive or not: ${exclusive}`,
      scenario(async (s) => {
        const [one, two] = [await s.channel(), await s.channel()];
        const queue = s.name('queue');
        await one.call('queue.declare', { queue });
        await one.call('basic.consume', { queue, exclusive: true });
        await two.expectRefusal('basic.consume', { queue, exclusive }, 403, IN_USE(queue));
      }),
    );
  }

  test(
    'lets not even its own channel in',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, exclusive: true });
      await channel.expectRefusal('basic.consume', { queue }, 403, IN_USE(queue));
    }),
  );

  test(
    'is refused where somebody consumes already',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue });
      await one.call('basic.consume', { queue, consumerTag: 't' });
      await two.expectRefusal('basic.consume', { queue, exclusive: true }, 403, IN_USE(queue));
      await one.call('basic.cancel', { consumerTag: 't' });
      await two.call('basic.consume', { queue, exclusive: true });
    }),
  );

  test(
    'does not keep others from getting single messages',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue });
      await one.call('basic.qos', { prefetchCount: 1 });
      await one.call('basic.consume', { queue, exclusive: true });
      two.publish('', queue, 'a');
      two.publish('', queue, 'b');
      await one.expectDelivery('a');
      await two.expectMessages(queue, 'b');
    }),
  );

  test(
    'makes room when it is cancelled',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue });
      await one.call('basic.consume', { queue, exclusive: true, consumerTag: 't' });
      await one.call('basic.cancel', { consumerTag: 't' });
      await two.call('basic.consume', { queue });
    }),
  );
});

describe('consumers take turns', () => {
  test(
    'on one channel',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const consumerTag of ['x', 'y', 'z']) {
        await channel.call('basic.consume', { queue, consumerTag, noAck: true });
      }
      const bodies = ['1', '2', '3', '4', '5', '6', '7'];
      for (const body of bodies) channel.publish('', queue, body);
      const deliveries = await channel.expectDeliveries(...bodies);
      assert.deepEqual(tagsAndBodies(deliveries), ['x1', 'y2', 'z3', 'x4', 'y5', 'z6', 'x7']);
    }),
  );

  test(
    'on several connections',
    scenario(async (s) => {
      const channels = [await s.channel(), await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await channels[0]!.call('queue.declare', { queue });
      for (const channel of channels) await channel.call('basic.consume', { queue, noAck: true });
      for (const body of ['1', '2', '3', '4', '5', '6']) channels[0]!.publish('', queue, body);
      await channels[0]!.expectDeliveries('1', '4');
      await channels[1]!.expectDeliveries('2', '5');
      await channels[2]!.expectDeliveries('3', '6');
    }),
  );

  test(
    'and the one that has just come waits for its own',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 'x', noAck: true });
      for (const body of ['1', '2', '3']) channel.publish('', queue, body);
      await channel.expectDeliveries('1', '2', '3');
      await channel.call('basic.consume', { queue, consumerTag: 'y', noAck: true });
      for (const body of ['4', '5', '6']) channel.publish('', queue, body);
      assert.deepEqual(tagsAndBodies(await channel.expectDeliveries('4', '5', '6')), ['x4', 'y5', 'x6']);
    }),
  );

  test(
    'but one whose prefetch is used up is passed over',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.qos', { prefetchCount: 1 });
      for (const consumerTag of ['x', 'y']) await channel.call('basic.consume', { queue, consumerTag });
      for (const body of ['1', '2', '3', '4', '5']) channel.publish('', queue, body);
      assert.deepEqual(tagsAndBodies(await channel.expectDeliveries('1', '2')), ['x1', 'y2']);
      for (const [acked, next] of [
        [2, 'y3'],
        [3, 'y4'],
        [1, 'x5'],
      ] as const) {
        channel.send('basic.ack', { deliveryTag: acked });
        assert.deepEqual(tagsAndBodies([await channel.expectDelivery()]), [next]);
      }
    }),
  );
});

describe('what is delivered', () => {
  test(
    'has no properties if it was published without',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue });
      channel.publish('', queue, '');
      channel.publish('', queue, 'x', { properties: { headers: EMPTY_TABLE } });
      assert.deepEqual((await channel.expectDelivery('')).properties, {});
      assert.deepEqual((await channel.expectDelivery('x')).properties, { headers: EMPTY_TABLE });
    }),
  );

  test(
    'is what was published, when the same goes to many queues',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const queues = [await s.queue(channel), await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) {
        await channel.call('queue.bind', { queue, exchange });
        await channel.call('basic.consume', { queue, consumerTag: queue });
      }
      channel.publish(exchange, 'k', 'same', { properties: { messageId: 'm' } });
      const tags = new Set<string>();
      for (let count = 0; count < 3; count++) {
        const { consumerTag, properties } = await channel.expectDelivery('same');
        assert.deepEqual(properties, { messageId: 'm' });
        tags.add(consumerTag);
      }
      assert.deepEqual([...tags].sort(), queues.toSorted());
    }),
  );
});
