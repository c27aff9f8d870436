import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const TYPE = 'x-recent-history';

function historyExchange(s: Scenario, channel: WireChannel, args: Record<string, PlainValue> = {}): Promise<string> {
  return s.exchange(channel, TYPE, { arguments: fieldTable(args) });
}

async function boundQueue(s: Scenario, channel: WireChannel, exchange: string, routingKey = ''): Promise<string> {
  const queue = await s.queue(channel);
  await channel.call('queue.bind', { queue, exchange, routingKey });
  return queue;
}

/** The queue gets these messages, in this order, and no others. RabbitMQ takes its time. */
async function expectHistory(channel: WireChannel, queue: string, ...bodies: readonly string[]): Promise<void> {
  await channel.awaitCount(queue, bodies.length);
  await channel.expectMessages(queue, ...bodies);
}

describe('a recent history exchange', () => {
  test(
    'takes each message to all queues, whatever the keys',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      const queues = [await boundQueue(s, channel, exchange, 'a'), await boundQueue(s, channel, exchange, 'b')];
      channel.publish(exchange, 'c', 'x');
      for (const queue of queues) await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'gives a queue that is bound later what it has missed, with its exchange and key',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      for (const body of ['a', 'b', 'c']) {
        channel.publish(exchange, `key ${body}`, body, { properties: { messageId: body } });
      }
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange);
      await channel.awaitCount(queue, 3);
      for (const body of ['a', 'b', 'c']) {
        const message = await channel.expectMessage(queue, body);
        assert.deepEqual([message.exchange, message.routingKey], [exchange, `key ${body}`]);
        assert.deepEqual([message.properties, message.redelivered], [{ messageId: body }, false]);
      }
    }),
  );

  for (const length of [undefined, 3, 1]) {
    test(
      `keeps the last ${length ?? 'twenty'}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await historyExchange(s, channel, length ? { 'x-recent-history-length': length } : {});
        const bodies = Array.from({ length: 25 }, (_, i) => `${i}`);
        for (const body of bodies) channel.publish(exchange, '', body);
        await channel.settle();
        const queue = await boundQueue(s, channel, exchange);
        await expectHistory(channel, queue, ...bodies.slice(-(length ?? 20)));
      }),
    );
  }

  test(
    'gives its history for each new binding, and none for one that is there',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      channel.publish(exchange, '', 'x');
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange, 'a');
      await expectHistory(channel, queue, 'x');
      await channel.call('queue.bind', { queue, exchange, routingKey: 'b' });
      await expectHistory(channel, queue, 'x');
      await channel.call('queue.bind', { queue, exchange, routingKey: 'a' });
      channel.publish(exchange, '', 'y');
      await expectHistory(channel, queue, 'y');
    }),
  );

  test(
    'delivers it to a consumer that is there already',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      for (const body of ['a', 'b', 'c']) channel.publish(exchange, '', body);
      await channel.settle();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, noAck: true });
      channel.send('queue.bind', { queue, exchange });
      const events = [await channel.next(), await channel.next(), await channel.next(), await channel.next()];
      const bodies = events.flatMap((event) => (event.name === 'basic.deliver' ? [event.args.body.toString()] : []));
      assert.deepEqual(bodies, ['a', 'b', 'c']);
    }),
  );

  test(
    'does not keep what asks for that',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      const early = await boundQueue(s, channel, exchange);
      for (const [body, value] of [
        ['private', true],
        ['false', false],
        ['text', 'true'],
      ] as const) {
        channel.publish(exchange, '', body, {
          properties: { headers: fieldTable({ 'x-recent-history-no-store': value }) },
        });
      }
      await channel.expectMessages(early, 'private', 'false', 'text');
      const late = await boundQueue(s, channel, exchange);
      await expectHistory(channel, late, 'false', 'text');
    }),
  );

  test(
    'keeps what nobody got, which comes back nevertheless',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      channel.publish(exchange, '', 'x', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, 312);
      const queue = await boundQueue(s, channel, exchange);
      await expectHistory(channel, queue, 'x');
    }),
  );

  test(
    'keeps what comes by another exchange',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await s.exchange(channel, 'topic');
      const exchange = await historyExchange(s, channel);
      await channel.call('exchange.bind', { source, destination: exchange, routingKey: '#' });
      for (const body of ['a', 'b']) channel.publish(source, 'k', body);
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange);
      await expectHistory(channel, queue, 'a', 'b');
    }),
  );

  test(
    'does not keep what its sender has hidden',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      channel.publish(exchange, '', 'x', { properties: { headers: fieldTable({ BCC: ['a'], CC: ['b'] }) } });
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange);
      await channel.awaitCount(queue, 1);
      const { properties } = await channel.expectMessage(queue, 'x');
      assert.deepEqual(properties, { headers: fieldTable({ CC: ['b'] }) });
    }),
  );

  test(
    'gives an exchange its history, too, which takes it on by its bindings',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await historyExchange(s, channel);
      channel.publish(source, 'k', 'x');
      await channel.settle();
      const destination = await s.exchange(channel, 'direct');
      const [queue, other] = [
        await boundQueue(s, channel, destination, 'k'),
        await boundQueue(s, channel, destination, 'other'),
      ];
      await channel.call('exchange.bind', { source, destination });
      await expectHistory(channel, queue, 'x');
      await channel.expectMessages(other);
    }),
  );

  test(
    'has forgotten everything when it is declared again',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      channel.publish(exchange, '', 'old');
      await channel.call('exchange.delete', { exchange });
      await channel.call('exchange.declare', { exchange, type: TYPE });
      channel.publish(exchange, '', 'new');
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange);
      await expectHistory(channel, queue, 'new');
    }),
  );

  test(
    'gives bodies of any size',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await historyExchange(s, channel);
      const bodies = [Buffer.alloc(300_000, 'large').toString(), '', Buffer.alloc(20_000, 'medium').toString()];
      for (const body of bodies) channel.publish(exchange, '', body);
      await channel.settle();
      const queue = await boundQueue(s, channel, exchange);
      await expectHistory(channel, queue, ...bodies);
    }),
  );
});

describe('a recent history exchange refuses a length', () => {
  const refused: readonly (readonly [value: PlainValue, printed: string])[] = [
    [0, '0'],
    [-1, '-1'],
    [1.5, '1.5'],
    ['5', '<<"5">>'],
    [true, 'true'],
    [null, 'undefined'],
    [[1], '[{signedint,1}]'],
  ];
  for (const [value, printed] of refused) {
    test(
      `of ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const args = fieldTable({ 'x-recent-history-length': value });
        const text = `PRECONDITION_FAILED - Invalid argument ${printed}, 'x-recent-history-length' must be a positive integer`;
        await channel.expectRefusal('exchange.declare', { exchange: s.name(), type: TYPE, arguments: args }, 406, text);
      }),
    );
  }
});
