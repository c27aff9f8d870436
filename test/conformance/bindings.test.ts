import { describe, test } from 'node:test';
import { type FieldTable, fieldTable } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';
import { noExchangeText, noQueueText } from '../support/texts.ts';

const NO_EXCHANGE = noExchangeText('nowhere');
const NO_QUEUE = noQueueText('nothing');
const DEFAULT_EXCHANGE = 'ACCESS_REFUSED - operation not permitted on the default exchange';

describe('binding a queue', () => {
  test(
    'routes to it what has the routing key, and nothing else',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      await channel.call('queue.bind', { queue, exchange, routingKey: 'key' });
      for (const key of ['key', '', 'KEY', 'key.', 'ke']) channel.publish(exchange, key, key);
      await channel.expectMessages(queue, 'key');
    }),
  );

  test(
    'to a fanout exchange makes the routing key irrelevant',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'fanout')];
      await channel.call('queue.bind', { queue, exchange, routingKey: 'key' });
      for (const key of ['key', '', 'other']) channel.publish(exchange, key, key);
      await channel.expectMessages(queue, 'key', '', 'other');
    }),
  );

  test(
    'twice is the same as once',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      await channel.call('queue.bind', { queue, exchange, routingKey: 'key' });
      await channel.call('queue.bind', { queue, exchange, routingKey: 'key' });
      channel.publish(exchange, 'key', 'once');
      await channel.expectMessages(queue, 'once');
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'key' });
      channel.publish(exchange, 'key', 'lost');
      await channel.expectMessages(queue);
    }),
  );

  test(
    'several times routes a message to it once',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'topic')];
      for (const routingKey of ['a.b', 'a.*', '*.b', '#', 'a.#']) {
        await channel.call('queue.bind', { queue, exchange, routingKey });
      }
      channel.publish(exchange, 'a.b', 'once');
      await channel.expectMessages(queue, 'once');
    }),
  );

  test(
    'with several queues gives each a copy',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'direct');
      const queues = [await s.queue(channel), await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange, routingKey: 'key' });
      channel.publish(exchange, 'key', 'copy');
      for (const queue of queues) await channel.expectMessages(queue, 'copy');
    }),
  );

  test(
    'without waiting',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      channel.send('queue.bind', { queue, exchange, routingKey: 'key', noWait: true });
      channel.publish(exchange, 'key', 'routed');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'without a name and a key means the last declared queue and its name',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, queue] = [await s.exchange(channel, 'direct'), await s.queue(channel)];
      await channel.call('queue.bind', { queue: '', exchange, routingKey: '' });
      channel.publish(exchange, '', 'lost');
      channel.publish(exchange, queue, 'routed');
      await channel.expectMessages(queue, 'routed');
      await channel.call('queue.unbind', { queue: '', exchange, routingKey: '' });
      channel.publish(exchange, queue, 'lost');
      await channel.expectMessages(queue);
    }),
  );

  test(
    'without a key, but with a name, means the empty key',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, queue] = [await s.exchange(channel, 'direct'), await s.queue(channel)];
      await channel.call('queue.bind', { queue, exchange, routingKey: '' });
      channel.publish(exchange, '', 'routed');
      channel.publish(exchange, queue, 'lost');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'goes with the queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const [exchange, queue] = [await s.exchange(channel, 'fanout'), s.name('queue')];
      await channel.call('queue.declare', { queue });
      await channel.call('queue.bind', { queue, exchange });
      await channel.call('queue.delete', { queue });
      await channel.call('queue.declare', { queue });
      channel.publish(exchange, '', 'lost');
      await channel.expectMessages(queue);
    }),
  );
});

describe('bindings with arguments', () => {
  const one = fieldTable({ a: 1 });
  const others: readonly (readonly [what: string, args: FieldTable])[] = [
    ['none', fieldTable({})],
    ['another value', fieldTable({ a: 2 })],
    ['one more', fieldTable({ a: 1, b: 1 })],
    ['the same number as another type', new Map([['a', { type: 'long', value: 1 }]])],
  ];
  for (const [what, args] of others) {
    test(
      `are not unbound with ${what}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
        await channel.call('queue.bind', { queue, exchange, routingKey: 'key', arguments: one });
        await channel.call('queue.unbind', { queue, exchange, routingKey: 'key', arguments: args });
        channel.publish(exchange, 'key', 'still bound');
        await channel.expectMessages(queue, 'still bound');
      }),
    );
  }

  test(
    'are unbound with the same, in whatever order',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      const binding = { queue, exchange, routingKey: 'key' };
      await channel.call('queue.bind', { ...binding, arguments: fieldTable({ a: 1, b: 'x' }) });
      await channel.call('queue.unbind', { ...binding, arguments: fieldTable({ b: 'x', a: 1 }) });
      channel.publish(exchange, 'key', 'lost');
      await channel.expectMessages(queue);
    }),
  );

  test(
    'are bindings beside one without',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'direct')];
      const binding = { queue, exchange, routingKey: 'key' };
      await channel.call('queue.bind', binding);
      await channel.call('queue.bind', { ...binding, arguments: one });
      await channel.call('queue.unbind', binding);
      channel.publish(exchange, 'key', 'once');
      await channel.expectMessages(queue, 'once');
      await channel.call('queue.unbind', { ...binding, arguments: one });
      channel.publish(exchange, 'key', 'lost');
      await channel.expectMessages(queue);
    }),
  );
});

describe('binding is refused', () => {
  const cases: readonly (readonly [what: string, exchange: string, queue: string, code: number, text: string])[] = [
    ['to an exchange that is not there', 'nowhere', 'last', 404, NO_EXCHANGE],
    ['of a queue that is not there', 'amq.direct', 'nothing', 404, NO_QUEUE],
    ['where neither is there', 'nowhere', 'nothing', 404, NO_EXCHANGE],
    ['to the default exchange', '', 'last', 403, DEFAULT_EXCHANGE],
    ['to the default exchange, of a queue that is not there', '', 'nothing', 403, DEFAULT_EXCHANGE],
  ];
  for (const [what, exchange, name, code, text] of cases) {
    for (const noWait of [false, true]) {
      test(
        `${what}, no-wait: ${noWait}`,
        scenario(async (s) => {
          const channel = await s.channel();
          const queue = name === 'last' ? await s.queue(channel) : name;
          await channel.expectRefusal('queue.bind', { queue, exchange, routingKey: 'k', noWait }, code, text);
        }),
      );
    }
  }

  const exchanges: readonly (readonly [source: string, destination: string, code: number, text: string])[] = [
    ['nowhere', 'amq.direct', 404, NO_EXCHANGE],
    ['amq.direct', 'nowhere', 404, NO_EXCHANGE],
    ['nowhere', 'nowhere else', 404, NO_EXCHANGE],
    ['', 'amq.direct', 403, DEFAULT_EXCHANGE],
    ['amq.direct', '', 403, DEFAULT_EXCHANGE],
  ];
  for (const [source, destination, code, text] of exchanges) {
    test(
      `of exchange '${destination}' to exchange '${source}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.expectRefusal('exchange.bind', { source, destination }, code, text);
      }),
    );
  }
});

describe('unbinding what is not bound', () => {
  for (const [exchange, queue] of [
    ['amq.direct', 'last'],
    ['nowhere', 'last'],
    ['amq.direct', 'nothing'],
    ['nowhere', 'nothing'],
  ]) {
    test(
      `is fine: queue '${queue}' from '${exchange}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        const name = queue === 'last' ? await s.queue(channel) : queue!;
        await channel.call('queue.unbind', { queue: name, exchange: exchange!, routingKey: 'k' });
      }),
    );
  }

  for (const [source, destination] of [
    ['amq.direct', 'amq.topic'],
    ['nowhere', 'amq.topic'],
    ['amq.direct', 'nowhere'],
  ]) {
    test(
      `is fine: exchange '${destination}' from '${source}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.call('exchange.unbind', { source: source!, destination: destination! });
      }),
    );
  }

  test(
    'is refused for the default exchange',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue });
      const unbinding = { queue, exchange: '', routingKey: queue };
      await channel.expectRefusal('queue.unbind', unbinding, 403, DEFAULT_EXCHANGE);
      for (const ends of [{ source: 'amq.topic' }, { destination: 'amq.topic' }]) {
        await channel.expectRefusal('exchange.unbind', ends, 403, DEFAULT_EXCHANGE);
      }
    }),
  );
});

describe('the default exchange', () => {
  test(
    'routes to the queue that the routing key names',
    scenario(async (s) => {
      const channel = await s.channel();
      const queues = [await s.queue(channel), await s.queue(channel)];
      channel.publish('', queues[0]!, 'a');
      channel.publish('', queues[1]!, 'b');
      await channel.expectMessages(queues[0]!, 'a');
      await channel.expectMessages(queues[1]!, 'b');
    }),
  );

  test(
    'knows nothing of the last declared queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', '', 'lost');
      await channel.expectMessages(queue);
    }),
  );
});
