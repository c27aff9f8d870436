import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';

describe('exchange-to-exchange bindings', () => {
  test(
    'route on to the queues of the destination',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'direct'), await s.exchange(channel, 'fanout')];
      const queue = await s.queue(channel);
      await channel.call('exchange.bind', { source, destination, routingKey: 'key' });
      await channel.call('queue.bind', { exchange: destination, queue });
      channel.publish(source, 'key', 'routed');
      channel.publish(source, 'other', 'lost');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'keep exchange and routing key of the publication',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'fanout'), await s.exchange(channel, 'direct')];
      const queue = await s.queue(channel);
      await channel.call('exchange.bind', { source, destination, routingKey: 'binding key' });
      await channel.call('queue.bind', { exchange: destination, queue, routingKey: 'key' });
      channel.publish(source, 'key', 'routed');
      const message = await channel.expectMessage(queue, 'routed');
      assert.deepEqual([message.exchange, message.routingKey], [source, 'key']);
    }),
  );

  test(
    'deliver once to a queue that several ways lead to',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await s.exchange(channel, 'fanout');
      const queue = await s.queue(channel);
      for (let ways = 0; ways < 3; ways++) {
        const destination = await s.exchange(channel, 'fanout');
        await channel.call('exchange.bind', { source, destination });
        await channel.call('queue.bind', { exchange: destination, queue });
      }
      await channel.call('queue.bind', { exchange: source, queue });
      channel.publish(source, '', 'once');
      await channel.expectMessages(queue, 'once');
    }),
  );

  test(
    'may form a long chain',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchanges: string[] = [];
      for (let length = 0; length < 20; length++) exchanges.push(await s.exchange(channel, 'fanout'));
      for (const [index, destination] of exchanges.slice(1).entries()) {
        await channel.call('exchange.bind', { source: exchanges[index]!, destination });
      }
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { exchange: exchanges.at(-1)!, queue });
      channel.publish(exchanges[0]!, '', 'routed');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  for (const length of [1, 2, 3]) {
    test(
      `may form a cycle of ${length}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchanges: string[] = [];
        for (let count = 0; count < length; count++) exchanges.push(await s.exchange(channel, 'fanout'));
        for (const [index, source] of exchanges.entries()) {
          await channel.call('exchange.bind', { source, destination: exchanges[(index + 1) % length]! });
        }
        const queue = await s.queue(channel);
        await channel.call('queue.bind', { exchange: exchanges[0]!, queue });
        for (const exchange of exchanges) channel.publish(exchange, '', 'once');
        await channel.expectMessages(queue, ...exchanges.map(() => 'once'));
      }),
    );
  }

  test(
    'can be unbound',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'direct'), await s.exchange(channel, 'fanout')];
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { exchange: destination, queue });
      await channel.call('exchange.bind', { source, destination, routingKey: 'a' });
      await channel.call('exchange.bind', { source, destination, routingKey: 'b' });
      await channel.call('exchange.unbind', { source, destination, routingKey: 'a' });
      channel.publish(source, 'a', 'lost');
      channel.publish(source, 'b', 'routed');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'are made and unmade without waiting, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'fanout'), await s.exchange(channel, 'fanout')];
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { exchange: destination, queue });
      channel.send('exchange.bind', { source, destination, noWait: true });
      channel.publish(source, '', 'routed');
      channel.send('exchange.unbind', { source, destination, noWait: true });
      channel.publish(source, '', 'lost');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'go with the destination',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'fanout'), await s.exchange(channel, 'fanout')];
      await channel.call('exchange.bind', { source, destination });
      await channel.call('exchange.delete', { exchange: destination });
      await channel.call('exchange.delete', { exchange: source, ifUnused: true });
    }),
  );

  test(
    'lead to an internal exchange, to which clients cannot publish',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await s.exchange(channel, 'fanout');
      const destination = await s.exchange(channel, 'fanout', { internal: true });
      const queue = await s.queue(channel);
      await channel.call('exchange.bind', { source, destination });
      await channel.call('queue.bind', { exchange: destination, queue });
      channel.publish(source, '', 'routed');
      await channel.expectMessages(queue, 'routed');
      channel.publish(destination, '', 'refused');
      const text = `ACCESS_REFUSED - cannot publish to internal exchange '${destination}' in vhost '/'`;
      await channel.expectChannelClose(403, text, 'basic.publish');
    }),
  );

  test(
    'a message that only reaches an exchange without queues is unroutable',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'fanout'), await s.exchange(channel, 'fanout')];
      await channel.call('exchange.bind', { source, destination });
      channel.publish(source, 'k', 'returned', { mandatory: true });
      const { replyCode, exchange } = await channel.expect('basic.return');
      assert.deepEqual([replyCode, exchange], [312, source]);
    }),
  );
});
