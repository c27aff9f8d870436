import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { scenario } from '../support/scenario.ts';

/**
 * Binding patterns, the routing keys that match them, and some that do not. Words may be empty (there are two in '.'),
 * but there is none in the empty key.
 */
const PATTERNS: readonly (readonly [pattern: string, matching: readonly string[], others: readonly string[]])[] = [
  ['', [''], ['a', '.', 'a.b']],
  ['a', ['a'], ['', 'b', 'A', 'a.b', 'a.', '.a', 'aa']],
  ['a.b', ['a.b'], ['a', 'b', 'a.b.c', 'a.c', 'a..b', 'ab']],
  ['a.b.c', ['a.b.c'], ['a.b', 'a.b.c.d', 'a.b.d']],
  ['*', ['a', 'long-word'], ['', 'a.b', '.', 'a.']],
  ['*.*', ['a.b', '.', 'a.', '.b'], ['a', '', 'a.b.c']],
  ['a.*', ['a.b', 'a.', 'a.x-y_z'], ['a', 'b.a', 'a.b.c']],
  ['*.a', ['b.a', '.a', 'a.a'], ['a', 'b.a.c', 'a.b']],
  ['a.*.c', ['a.b.c', 'a..c', 'a.c.c'], ['a.c', 'a.b.b.c', 'a.b']],
  ['*.b.*', ['a.b.c', '.b.'], ['a.b', 'b.c', 'a.c.b']],
  ['#', ['', 'a', 'a.b', 'a.b.c', '.', '...'], []],
  ['a.#', ['a', 'a.b', 'a.b.c', 'a.', 'a..b'], ['', 'b', 'b.a', 'aa.b']],
  ['#.a', ['a', 'b.a', 'c.b.a', 'a.a', '.a'], ['', 'b', 'a.b', 'b.aa']],
  ['#.a.#', ['a', 'a.b', 'b.a', 'b.a.c', 'a.a'], ['', 'b', 'b.c']],
  ['a.#.b', ['a.b', 'a.c.b', 'a.c.d.b', 'a.a.b.b'], ['a', 'b', 'a.b.c', 'c.a.b']],
  ['#.#', ['', 'a', 'a.b'], []],
  ['#.*', ['a', 'a.b', '.'], ['']],
  ['*.#', ['a', 'a.b', 'a.b.c'], ['']],
  ['*.#.*', ['a.b', 'a.b.c', '.', 'a.b.c.d'], ['a', '']],
  ['#.*.#', ['a', 'a.b', 'a.b.c'], ['']],
  ['a.*.#', ['a.b', 'a.b.c', 'a.'], ['a', 'b.c']],
  ['#.b.*.#', ['b.c', 'a.b.c', 'b.b', 'a.b.c.d'], ['b', 'a.b', 'c.d']],
  ['a.#.b.#.c', ['a.b.c', 'a.x.b.c', 'a.b.x.c', 'a.x.b.y.c'], ['a.c', 'a.b', 'b.c', 'a.b.c.d']],
  ['*a', ['*a'], ['ba', 'a']],
  ['a#', ['a#'], ['a', 'ab', 'a.b']],
  ['**', ['**'], ['a', 'a.b']],
  ['a..b', ['a..b'], ['a.b', 'a.x.b']],
  ['é.☃', ['é.☃'], ['e.☃', 'é']],
];

describe('a topic exchange', () => {
  for (const [pattern, matching, others] of PATTERNS) {
    test(
      `binding '${pattern}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'topic')];
        await channel.call('queue.bind', { queue, exchange, routingKey: pattern });
        for (const key of [...matching, ...others]) channel.publish(exchange, key, key);
        await channel.expectMessages(queue, ...matching);
      }),
    );
  }

  test(
    'with all of those bindings gives each queue its messages',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'topic');
      const queues = new Map<string, string>();
      for (const [pattern] of PATTERNS) {
        const queue = await s.queue(channel);
        queues.set(pattern, queue);
        await channel.call('queue.bind', { queue, exchange, routingKey: pattern });
      }
      const keys = new Set(PATTERNS.flatMap(([, matching, others]) => [...matching, ...others]));
      for (const key of keys) channel.publish(exchange, key, key);
      for (const [pattern, matching, others] of PATTERNS) {
        const found = new Set<string>();
        for (let message = await channel.get(queues.get(pattern)!); message !== undefined; ) {
          assert.ok(!found.has(message.routingKey), `'${message.routingKey}' came twice to '${pattern}'`);
          found.add(message.routingKey);
          message = await channel.get(queues.get(pattern)!);
        }
        for (const key of matching) assert.ok(found.has(key), `'${key}' matches '${pattern}'`);
        for (const key of others) assert.ok(!found.has(key), `'${key}' does not match '${pattern}'`);
      }
    }),
  );

  test(
    'forgets what is unbound, and only that',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'topic')];
      for (const routingKey of ['a.#', 'a.*', 'a.b', 'a.b.c']) {
        await channel.call('queue.bind', { queue, exchange, routingKey });
      }
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'a.#' });
      for (const key of ['a', 'a.b', 'a.c', 'a.b.c', 'a.b.d']) channel.publish(exchange, key, key);
      await channel.expectMessages(queue, 'a.b', 'a.c', 'a.b.c');
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'a.*' });
      await channel.call('queue.unbind', { queue, exchange, routingKey: 'a.b.c' });
      for (const key of ['a', 'a.b', 'a.c', 'a.b.c']) channel.publish(exchange, key, key);
      await channel.expectMessages(queue, 'a.b');
    }),
  );

  test(
    'takes keys of many words',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'topic')];
      await channel.call('queue.bind', { queue, exchange, routingKey: '#.end' });
      const key = `${'w.'.repeat(125)}end`;
      channel.publish(exchange, key, 'routed');
      channel.publish(exchange, key.slice(0, -1), 'lost');
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'takes routing keys that are not UTF-8',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'topic')];
      await channel.call('queue.bind', { queue, exchange, routingKey: 'a.*' });
      const octets = channel.encodePublish(exchange, 'a.xy', 'routed');
      const at = octets.indexOf('a.xy');
      octets[at + 2] = 0xff;
      octets[at + 3] = 0xfe;
      client.sendRaw(octets);
      await channel.awaitCount(queue, 1);
    }),
  );
});
