import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import { noExchangeText, unknownTagText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const NOT_TRANSACTIONAL = 'PRECONDITION_FAILED - channel is not transactional';

/** A channel in a transaction, another one of the same connection, and a queue with these messages. */
async function transaction(
  s: Scenario,
  ...bodies: string[]
): Promise<[tx: WireChannel, other: WireChannel, queue: string]> {
  const [tx, other] = await s.twoChannels();
  const queue = await s.queue(other);
  for (const body of bodies) other.publish('', queue, body);
  await other.awaitCount(queue, bodies.length);
  await tx.call('tx.select');
  return [tx, other, queue];
}

async function count(channel: WireChannel, queue: string): Promise<number> {
  return (await channel.call('queue.declare', { queue, passive: true })).messageCount;
}

describe('tx.select', () => {
  test(
    'can be sent twice',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('tx.select');
      await channel.call('tx.select');
      await channel.call('tx.commit');
      await channel.call('tx.rollback');
    }),
  );

  for (const name of ['tx.commit', 'tx.rollback'] as const) {
    test(
      `must come before ${name}`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.expectRefusal(name, {}, 406, NOT_TRANSACTIONAL);
      }),
    );
  }

  test(
    'is refused on a channel with confirms',
    scenario(async (s) => {
      const channel = await s.channel();
      await channel.call('confirm.select');
      const text = 'PRECONDITION_FAILED - cannot switch from confirm to tx mode';
      await channel.expectRefusal('tx.select', {}, 406, text);
    }),
  );

  test(
    'is for one channel, until it is closed',
    scenario(async (s) => {
      const [tx, other] = await transaction(s);
      await other.expectRefusal('tx.commit', {}, 406, NOT_TRANSACTIONAL);
      await tx.call('channel.close', { replyCode: 200 });
      await tx.call('channel.open');
      await tx.expectRefusal('tx.commit', {}, 406, NOT_TRANSACTIONAL);
    }),
  );
});

describe('what a transaction publishes', () => {
  test(
    'is there when it commits, in order',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s);
      for (const body of ['a', 'b', 'c']) tx.publish('', queue, body);
      await tx.expectNothing();
      assert.equal(await count(other, queue), 0);
      await tx.call('tx.commit');
      await other.expectMessages(queue, 'a', 'b', 'c');
    }),
  );

  test(
    'is forgotten when it rolls back',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s);
      tx.publish('', queue, 'forgotten');
      await tx.call('tx.rollback');
      tx.publish('', queue, 'kept');
      await tx.call('tx.commit');
      await tx.call('tx.commit');
      await other.expectMessages(queue, 'kept');
    }),
  );

  test(
    'is forgotten when the channel is closed',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s);
      tx.publish('', queue, 'forgotten');
      await tx.call('channel.close', { replyCode: 200 });
      assert.equal(await count(other, queue), 0);
    }),
  );

  test(
    'goes where it was routed when it was published',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s);
      const exchange = await s.exchange(other, 'fanout');
      tx.publish(exchange, '', 'nobody');
      await tx.expectNothing();
      await other.call('queue.bind', { queue, exchange });
      tx.publish(exchange, '', 'routed');
      await tx.expectNothing();
      await other.call('exchange.delete', { exchange });
      await tx.call('tx.commit');
      await other.expectMessages(queue, 'routed');
    }),
  );

  test(
    'comes back, if it is mandatory and has to, when it commits',
    scenario(async (s) => {
      const [tx] = await transaction(s);
      tx.publish('', 'nowhere', 'x', { mandatory: true });
      await tx.expectNothing();
      tx.send('tx.commit');
      assert.equal((await tx.expect('basic.return')).replyCode, 312);
      await tx.expect('tx.commit-ok');
    }),
  );

  test(
    'does not come back when it rolls back',
    scenario(async (s) => {
      const [tx] = await transaction(s);
      tx.publish('', 'nowhere', 'x', { mandatory: true });
      await tx.call('tx.rollback');
      await tx.expectNothing();
    }),
  );

  for (const ttl of ["the queue's", 'its own'] as const) {
    test(
      `lives as long as it may from the commit on: ${ttl} time to live`,
      scenario(async (s) => {
        const [tx, other] = await s.twoChannels();
        const args = ttl === 'its own' ? {} : { 'x-message-ttl': 1000 };
        const queue = await s.queue(other, { arguments: fieldTable(args) });
        await tx.call('tx.select');
        tx.publish('', queue, 'x', { properties: ttl === 'its own' ? { expiration: '1000' } : {} });
        await new Promise((resolve) => setTimeout(resolve, 1100)); // nothing tells of the time that passes
        await tx.call('tx.commit');
        await other.expectMessages(queue, 'x');
      }),
    );
  }

  test(
    'is checked at once',
    scenario(async (s) => {
      const [tx] = await transaction(s);
      tx.publish('nowhere', '', 'x');
      await tx.expectChannelClose(404, noExchangeText('nowhere'), 'basic.publish');
    }),
  );
});

describe('methods that follow a commit before its answer', () => {
  test(
    'are handled after it, or, in RabbitMQ, an error',
    scenario(async (s) => {
      const client = await s.client();
      const tx = await client.channel();
      const queue = await s.queue(tx);
      await tx.call('tx.select');
      const passive = tx.encode('queue.declare', { queue, passive: true });
      client.sendRaw(Buffer.concat([tx.encodePublish('', queue, 'x'), tx.encode('tx.commit'), passive]));
      await tx.arrivalOrEnd();
      if (tx.pending > 0) {
        await tx.expect('tx.commit-ok');
        assert.equal((await tx.expect('queue.declare-ok')).messageCount, 1);
      } else {
        const text = "CHANNEL_ERROR - unexpected command while processing 'tx.commit'";
        await client.expectConnectionClose(504, text, 'queue.declare');
      }
    }),
  );
});

describe('what a transaction acknowledges', () => {
  test(
    'is gone when it commits',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s, 'a', 'b');
      await tx.get(queue, false);
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.call('tx.commit');
      await tx.call('channel.close', { replyCode: 200 });
      await other.awaitCount(queue, 1);
      await other.expectMessages(queue, 'b');
    }),
  );

  test(
    'comes again when the channel is closed instead',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s, 'a', 'b');
      await tx.get(queue, false);
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.expectNothing();
      await tx.call('channel.close', { replyCode: 200 });
      await other.awaitCount(queue, 2);
      await other.expectMessages(queue, 'a', 'b');
    }),
  );

  test(
    'is not acknowledged when it rolls back, but can be again',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s, 'a', 'b');
      await tx.get(queue, false);
      await tx.get(queue, false);
      tx.send('basic.ack', { deliveryTag: 2, multiple: true });
      await tx.call('tx.rollback');
      assert.equal(await count(other, queue), 0);
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.call('tx.commit');
      await tx.call('channel.close', { replyCode: 200 });
      await other.awaitCount(queue, 1);
      await other.expectMessages(queue, 'b');
    }),
  );

  for (const name of ['basic.reject', 'basic.nack'] as const) {
    test(
      `by ${name} comes again when it commits`,
      scenario(async (s) => {
        const [tx, other, queue] = await transaction(s, 'a');
        await tx.get(queue, false);
        tx.send(name, { deliveryTag: 1, requeue: true });
        await tx.expectNothing();
        assert.equal(await count(other, queue), 0);
        await tx.call('tx.commit');
        await other.awaitCount(queue, 1);
        assert.equal((await other.expectMessage(queue, 'a')).redelivered, true);
      }),
    );
  }

  test(
    'cannot be acknowledged twice',
    scenario(async (s) => {
      const [tx, , queue] = await transaction(s, 'a');
      await tx.get(queue, false);
      tx.send('basic.ack', { deliveryTag: 1 });
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.expectChannelClose(406, unknownTagText(1), 'basic.ack');
    }),
  );

  test(
    'is checked at once',
    scenario(async (s) => {
      const [tx] = await transaction(s);
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.expectChannelClose(406, unknownTagText(1), 'basic.ack');
    }),
  );

  test(
    'counts for the prefetch until it commits',
    scenario(async (s) => {
      const [tx, , queue] = await transaction(s, 'a', 'b');
      await tx.call('basic.qos', { prefetchCount: 1 });
      await tx.call('basic.consume', { queue });
      const { deliveryTag } = await tx.expectDelivery('a');
      tx.send('basic.ack', { deliveryTag });
      await tx.expectNothing(queue);
      await tx.call('tx.commit');
      await tx.expectDelivery('b');
    }),
  );

  test(
    'goes with what it publishes: both or neither',
    scenario(async (s) => {
      const [tx, other, queue] = await transaction(s, 'job');
      const results = await s.queue(other);
      await tx.get(queue, false);
      tx.publish('', results, 'result');
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.call('tx.rollback');
      assert.equal(await count(other, results), 0);
      tx.publish('', results, 'result');
      tx.send('basic.ack', { deliveryTag: 1 });
      await tx.call('tx.commit');
      await other.expectMessages(results, 'result');
    }),
  );
});
