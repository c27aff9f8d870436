import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';
import { noExchangeText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

async function expectGone(channel: WireChannel, exchange: string): Promise<void> {
  const text = noExchangeText(exchange);
  await channel.expectRefusal('exchange.declare', { exchange, passive: true }, 404, text);
}

async function expectThere(channel: WireChannel, exchange: string): Promise<void> {
  await channel.call('exchange.declare', { exchange, passive: true });
}

describe('deleting an exchange', () => {
  test(
    'makes it disappear',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct');
      await channel.call('exchange.delete', { exchange });
      await expectGone(channel, exchange);
    }),
  );

  for (const ifUnused of [false, true]) {
    test(
      `that is not there is fine, if-unused: ${ifUnused}`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.call('exchange.delete', { exchange: s.name(), ifUnused });
      }),
    );
  }

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct');
      channel.send('exchange.delete', { exchange, noWait: true });
      await expectGone(channel, exchange);
    }),
  );

  test(
    'that is the default one is refused',
    scenario(async (s) => {
      const channel = await s.channel();
      const text = 'ACCESS_REFUSED - operation not permitted on the default exchange';
      await channel.expectRefusal('exchange.delete', { exchange: '' }, 403, text);
    }),
  );

  test(
    'under a reserved name is refused, even if it is not there',
    scenario(async (s) => {
      const channel = await s.channel();
      const text = "ACCESS_REFUSED - deletion of system exchange 'amq.nowhere' in vhost '/' not allowed";
      await channel.expectRefusal('exchange.delete', { exchange: 'amq.nowhere' }, 403, text);
    }),
  );

  test(
    'takes its bindings with it',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'fanout')];
      await channel.call('queue.bind', { queue, exchange });
      await channel.call('exchange.delete', { exchange });
      await channel.call('exchange.declare', { exchange, type: 'fanout' });
      channel.publish(exchange, '', 'lost');
      await channel.expectMessages(queue);
    }),
  );

  test(
    'makes publishing to it an error',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      channel.publish(exchange, '', 'fine');
      await channel.call('exchange.delete', { exchange });
      channel.publish(exchange, '', 'not fine');
      const text = noExchangeText(exchange);
      await channel.expectChannelClose(404, text, 'basic.publish');
    }),
  );
});

describe('deleting an exchange if it is unused', () => {
  test(
    'is refused while a queue is bound to it',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [s.name('queue'), await s.exchange(channel, 'direct')];
      await channel.call('queue.declare', { queue });
      await channel.call('queue.bind', { queue, exchange, routingKey: 'k' });
      const text = `PRECONDITION_FAILED - exchange '${exchange}' in vhost '/' in use`;
      await channel.expectRefusal('exchange.delete', { exchange, ifUnused: true }, 406, text);
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'k' });
      await channel.call('exchange.delete', { exchange, ifUnused: true });
    }),
  );

  test(
    'is refused while an exchange is bound to it',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'direct'), await s.exchange(channel, 'direct')];
      await channel.call('exchange.bind', { source, destination });
      const text = `PRECONDITION_FAILED - exchange '${source}' in vhost '/' in use`;
      await channel.expectRefusal('exchange.delete', { exchange: source, ifUnused: true }, 406, text);
    }),
  );

  test(
    'does not mind that it is bound to others itself',
    scenario(async (s) => {
      const channel = await s.channel();
      const [source, destination] = [await s.exchange(channel, 'direct'), await s.exchange(channel, 'direct')];
      await channel.call('exchange.bind', { source, destination });
      await channel.call('exchange.delete', { exchange: destination, ifUnused: true });
      await channel.call('exchange.delete', { exchange: source, ifUnused: true });
    }),
  );

  test(
    'is refused without waiting, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      await channel.call('queue.bind', { queue, exchange });
      channel.send('exchange.delete', { exchange, ifUnused: true, noWait: true });
      const text = `PRECONDITION_FAILED - exchange '${exchange}' in vhost '/' in use`;
      await channel.expectChannelClose(406, text, 'exchange.delete');
    }),
  );
});

describe('an auto-delete exchange', () => {
  test(
    'stays until it has had a binding',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct', { autoDelete: true });
      const queue = await s.queue(channel);
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'never bound' });
      channel.publish(exchange, 'k', 'nowhere');
      await expectThere(channel, exchange);
    }),
  );

  test(
    'goes with its last binding',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct', { autoDelete: true });
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { queue, exchange, routingKey: 'a' });
      await channel.call('queue.bind', { queue, exchange, routingKey: 'b' });
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'a' });
      await expectThere(channel, exchange);
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'b' });
      await expectGone(channel, exchange);
    }),
  );

  test(
    'goes with the last queue bound to it',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout', { autoDelete: true });
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      await channel.call('queue.delete', { queue: queues[0]! });
      await expectThere(channel, exchange);
      await channel.call('queue.delete', { queue: queues[1]! });
      await expectGone(channel, exchange);
    }),
  );

  test(
    'goes with the connection whose exclusive queue was bound to it',
    scenario(async (s) => {
      const [client, channel] = [await s.client(), await s.channel()];
      const other = await client.channel();
      const exchange = await s.exchange(other, 'fanout', { autoDelete: true });
      await other.call('queue.bind', { queue: await s.queue(other), exchange });
      await expectThere(channel, exchange);
      await client.close();
      await expectGone(channel, exchange);
    }),
  );

  test(
    'goes with the last exchange bound to it, and so on',
    scenario(async (s) => {
      const channel = await s.channel();
      const first = await s.exchange(channel, 'fanout', { autoDelete: true });
      const second = await s.exchange(channel, 'fanout', { autoDelete: true });
      const queue = await s.queue(channel);
      await channel.call('exchange.bind', { source: first, destination: second });
      await channel.call('queue.bind', { exchange: second, queue });
      await channel.call('queue.delete', { queue });
      await expectGone(channel, second);
      await expectGone(channel, first);
    }),
  );

  test(
    'stays when what it is bound to lets go of it',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await s.exchange(channel, 'fanout');
      const destination = await s.exchange(channel, 'fanout', { autoDelete: true });
      await channel.call('exchange.bind', { source, destination });
      await channel.call('exchange.unbind', { source, destination });
      await expectThere(channel, destination);
    }),
  );

  test(
    'stays when a queue bound to it loses its consumer',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout', { autoDelete: true });
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { queue, exchange });
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      await channel.call('basic.cancel', { consumerTag: 't' });
      await expectThere(channel, exchange);
    }),
  );
});
