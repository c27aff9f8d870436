import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const NO_ROUTE = 312;

/** An exchange of the type, with that alternate exchange. */
function exchangeWith(s: Scenario, channel: WireChannel, alternate: string, type = 'direct'): Promise<string> {
  return s.exchange(channel, type, { arguments: fieldTable({ 'alternate-exchange': alternate }) });
}

async function boundQueue(s: Scenario, channel: WireChannel, exchange: string, routingKey = ''): Promise<string> {
  const queue = await s.queue(channel);
  await channel.call('queue.bind', { queue, exchange, routingKey });
  return queue;
}

describe('an alternate exchange', () => {
  for (const type of ['direct', 'topic', 'headers', 'fanout']) {
    test(
      `takes what a ${type} exchange has no destination for`,
      scenario(async (s) => {
        const channel = await s.channel();
        const alternate = await s.exchange(channel, 'fanout');
        const exchange = await exchangeWith(s, channel, alternate, type);
        const queue = await boundQueue(s, channel, alternate);
        channel.publish(exchange, 'k', 'alternate', { mandatory: true });
        await channel.expectNothing();
        const { exchange: from, routingKey } = await channel.expectMessage(queue, 'alternate');
        assert.deepEqual([from, routingKey], [exchange, 'k']);
      }),
    );
  }

  test(
    'takes nothing else',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = await s.exchange(channel, 'fanout');
      const exchange = await exchangeWith(s, channel, alternate);
      const others = await boundQueue(s, channel, alternate);
      const queue = await boundQueue(s, channel, exchange, 'k');
      for (const routingKey of ['k', 'other', 'k']) channel.publish(exchange, routingKey, routingKey);
      await channel.expectMessages(queue, 'k', 'k');
      await channel.expectMessages(others, 'other');
    }),
  );

  test(
    'is not asked where a binding leads to an exchange, even if that leads nowhere',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = await s.exchange(channel, 'fanout');
      const exchange = await exchangeWith(s, channel, alternate);
      const deadEnd = await s.exchange(channel, 'fanout');
      await channel.call('exchange.bind', { source: exchange, destination: deadEnd });
      const queue = await boundQueue(s, channel, alternate);
      channel.publish(exchange, '', 'lost', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, NO_ROUTE);
      await channel.expectMessages(queue);
    }),
  );

  test(
    'of an exchange that others are bound to',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = await s.exchange(channel, 'fanout');
      const destination = await exchangeWith(s, channel, alternate);
      const source = await s.exchange(channel, 'fanout');
      await channel.call('exchange.bind', { source, destination });
      const [others, queue] = [await boundQueue(s, channel, alternate), await boundQueue(s, channel, source)];
      channel.publish(source, 'k', 'x');
      await channel.expectMessages(others, 'x');
      await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'may have one itself',
    scenario(async (s) => {
      const channel = await s.channel();
      const last = await s.exchange(channel, 'fanout');
      const second = await exchangeWith(s, channel, last);
      const first = await exchangeWith(s, channel, second);
      const [queue, end] = [await boundQueue(s, channel, second, 'k'), await boundQueue(s, channel, last)];
      channel.publish(first, 'k', 'second');
      channel.publish(first, 'other', 'last');
      await channel.expectMessages(queue, 'second');
      await channel.expectMessages(end, 'last');
    }),
  );

  test(
    'may be part of a circle, which messages do not run around in',
    scenario(async (s) => {
      const channel = await s.channel();
      const [first, second] = [s.name(), s.name()];
      await s.exchange(channel, 'direct', { exchange: first, arguments: fieldTable({ 'alternate-exchange': second }) });
      await s.exchange(channel, 'direct', { exchange: second, arguments: fieldTable({ 'alternate-exchange': first }) });
      const queue = await boundQueue(s, channel, second, 'k');
      channel.publish(first, 'k', 'once');
      channel.publish(first, 'other', 'lost', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, NO_ROUTE);
      await channel.expectMessages(queue, 'once');
    }),
  );

  test(
    'may be the exchange itself',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = s.name();
      await s.exchange(channel, 'direct', { exchange, arguments: fieldTable({ 'alternate-exchange': exchange }) });
      channel.publish(exchange, 'k', 'lost', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, NO_ROUTE);
    }),
  );

  test(
    'that is not there is as good as none, until it comes, and when it has gone',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = s.name();
      const exchange = await exchangeWith(s, channel, alternate);
      channel.publish(exchange, 'k', 'too early', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, NO_ROUTE);
      await s.exchange(channel, 'fanout', { exchange: alternate });
      const queue = await boundQueue(s, channel, alternate);
      channel.publish(exchange, 'k', 'in time', { mandatory: true });
      await channel.expectMessages(queue, 'in time');
      await channel.call('exchange.delete', { exchange: alternate });
      channel.publish(exchange, 'k', 'too late', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).body.toString(), 'too late');
    }),
  );

  test(
    'may be internal',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = await s.exchange(channel, 'fanout', { internal: true });
      const exchange = await exchangeWith(s, channel, alternate);
      const queue = await boundQueue(s, channel, alternate);
      channel.publish(exchange, 'k', 'x');
      await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'cannot be the default exchange, which is as good as none',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await exchangeWith(s, channel, '');
      const queue = await s.queue(channel);
      channel.publish(exchange, queue, 'lost', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, NO_ROUTE);
    }),
  );

  test(
    'gets the keys that the sender has selected, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const alternate = await s.exchange(channel, 'direct');
      const exchange = await exchangeWith(s, channel, alternate);
      const queue = await boundQueue(s, channel, alternate, 'copy');
      channel.publish(exchange, 'k', 'x', { properties: { headers: fieldTable({ CC: ['copy'] }) } });
      await channel.expectMessages(queue, 'x');
    }),
  );
});
