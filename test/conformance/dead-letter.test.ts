import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import {
  awaitLetter,
  count,
  death,
  deathsOf,
  declare,
  graves,
  headersOf,
  reject,
  text,
  texts,
} from '../support/dead-letters.ts';
import { scenario } from '../support/scenario.ts';

describe('a rejected message', () => {
  test(
    'becomes a dead letter, with its properties',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const properties = { messageId: 'm', correlationId: 'c', deliveryMode: 2, priority: 3, timestamp: 17 };
      channel.publish('', source, 'body', { properties });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.equal(letter.body.toString(), 'body');
      assert.deepEqual([letter.exchange, letter.routingKey, letter.redelivered], ['', dead, false]);
      const { headers, ...others } = letter.properties;
      assert.deepEqual(others, properties);
    }),
  );

  test(
    'tells what happened to it',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source);
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual(deathsOf(letter), [death(source, 'rejected', source)]);
      assert.deepEqual(
        headersOf(letter).filter(([name]) => name !== 'x-death'),
        [
          ['x-first-death-exchange', text('')],
          ['x-first-death-queue', text(source)],
          ['x-first-death-reason', text('rejected')],
        ],
      );
    }),
  );

  test(
    'keeps its own headers, in the order of their names',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      const headers = fieldTable({ zebra: 1, Ant: 'a', yak: { deep: [1, 'two'] }, ant: null });
      channel.publish('', source, '', { properties: { headers } });
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual(
        headersOf(letter).map(([name]) => name),
        [
          'Ant',
          'ant',
          'x-death',
          'x-first-death-exchange',
          'x-first-death-queue',
          'x-first-death-reason',
          'yak',
          'zebra',
        ],
      );
      for (const [name, value] of headers) assert.deepEqual(letter.properties.headers?.get(name), value);
    }),
  );

  for (const [how, multiple] of [
    ['one by one', false],
    ['together', true],
  ] as const) {
    test(
      `with others, ${how}, in their order`,
      scenario(async (s) => {
        const { channel, source, dead } = await graves(s);
        for (const body of ['a', 'b', 'c']) channel.publish('', source, body);
        await channel.call('basic.consume', { queue: source });
        const deliveries = await channel.expectDeliveries('a', 'b', 'c');
        const rejected = multiple ? deliveries.slice(-1) : deliveries;
        for (const { deliveryTag } of rejected) channel.send('basic.nack', { deliveryTag, multiple });
        await channel.awaitCount(dead, 3);
        await channel.expectMessages(dead, 'a', 'b', 'c');
      }),
    );
  }

  test(
    'keeps its routing key where the queue has none for dead letters',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, dead, source] = [await s.exchange(channel, 'direct'), await s.queue(channel), s.name('source')];
      await channel.call('queue.bind', { queue: dead, exchange, routingKey: source });
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source);
      await reject(channel, source);
      const letter = await awaitLetter(channel, dead);
      assert.deepEqual([letter.exchange, letter.routingKey], [exchange, source]);
    }),
  );

  test(
    'is gone where the exchange for dead letters is not there, or leads nowhere',
    scenario(async (s) => {
      const channel = await s.channel();
      const [missing, nowhere] = [s.name('source'), s.name('source')];
      await declare(channel, missing, { 'x-dead-letter-exchange': s.name('missing') });
      await declare(channel, nowhere, { 'x-dead-letter-exchange': 'amq.direct' });
      for (const queue of [missing, nowhere]) {
        channel.publish('', queue);
        await reject(channel, queue);
        await channel.expectNothing(queue);
        assert.equal(await channel.get(queue), undefined);
      }
    }),
  );

  test(
    'finds an exchange that was declared later',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, source] = [s.name('exchange'), s.name('source')];
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source, 'x');
      await s.exchange(channel, 'fanout', { exchange });
      const dead = await s.queue(channel);
      await channel.call('queue.bind', { queue: dead, exchange });
      await reject(channel, source);
      await awaitLetter(channel, dead);
    }),
  );

  test(
    'may go through an internal exchange, and to several queues',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout', { internal: true });
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      const source = s.name('source');
      await declare(channel, source, { 'x-dead-letter-exchange': exchange });
      channel.publish('', source, 'x');
      await reject(channel, source);
      for (const queue of queues) await awaitLetter(channel, queue);
    }),
  );

  test(
    'comes back to the queue that it was rejected in, if that is where dead letters go',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await declare(channel, queue, { 'x-dead-letter-exchange': '' });
      channel.publish('', queue, 'x');
      for (let times = 1; times <= 3; times++) {
        await reject(channel, queue);
        await channel.awaitCount(queue, 1);
      }
      const letter = await awaitLetter(channel, queue);
      assert.deepEqual(deathsOf(letter), [
        [
          ['count', count(3)],
          ['exchange', text('')],
          ['queue', text(queue)],
          ['reason', text('rejected')],
          ['routing-keys', texts(queue)],
        ],
      ]);
      assert.equal(letter.redelivered, false);
    }),
  );

  test(
    'in a transaction becomes a dead letter with its commit',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      channel.publish('', source, 'x');
      await channel.call('tx.select');
      await reject(channel, source);
      await channel.expectNothing(source);
      assert.equal((await channel.call('queue.declare', { queue: dead, passive: true })).messageCount, 0);
      await channel.call('tx.commit');
      await awaitLetter(channel, dead);
    }),
  );
});

describe('what does not become a dead letter', () => {
  test(
    'what is acknowledged, requeued, purged, or deleted with its queue',
    scenario(async (s) => {
      const { channel, source, dead } = await graves(s);
      for (let i = 0; i < 3; i++) channel.publish('', source, 'x');
      const [acknowledged, requeued] = [await channel.get(source, false), await channel.get(source, false)];
      channel.send('basic.ack', { deliveryTag: acknowledged!.deliveryTag });
      channel.send('basic.reject', { deliveryTag: requeued!.deliveryTag, requeue: true });
      assert.equal((await channel.call('queue.purge', { queue: source })).messageCount, 2);
      channel.publish('', source, 'x');
      channel.publish('', source, 'x');
      const unacked = await channel.get(source, false);
      await channel.call('queue.delete', { queue: source });
      channel.send('basic.reject', { deliveryTag: unacked!.deliveryTag, requeue: false });
      await channel.expectNothing(dead);
      assert.equal((await channel.call('queue.declare', { queue: dead, passive: true })).messageCount, 0);
    }),
  );
});
