import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

async function counts(channel: WireChannel, queues: readonly string[]): Promise<number[]> {
  const found: number[] = [];
  for (const queue of queues) found.push((await channel.call('queue.purge', { queue })).messageCount);
  return found;
}

/** An exchange of the type, and three queues bound to it. */
async function spreading(
  s: Scenario,
  channel: WireChannel,
  type: string,
): Promise<{ exchange: string; queues: string[] }> {
  const exchange = await s.exchange(channel, type);
  const queues: string[] = [];
  for (const routingKey of ['a', '', 'a']) {
    const queue = await s.queue(channel);
    await channel.call('queue.bind', { queue, exchange, routingKey });
    queues.push(queue);
  }
  return { exchange, queues };
}

for (const type of ['x-random', 'x-modulus-hash']) {
  describe(`an exchange of type ${type}`, () => {
    test(
      'takes each message to one queue, whatever the keys of bindings',
      scenario(async (s) => {
        const channel = await s.channel();
        const { exchange, queues } = await spreading(s, channel, type);
        for (let i = 0; i < 300; i++) channel.publish(exchange, `key ${i}`);
        await channel.settle();
        const found = await counts(channel, queues);
        assert.equal(found[0]! + found[1]! + found[2]!, 300);
        for (const count of found) assert.ok(count > 50, `${found}`);
      }),
    );

    test(
      'counts each binding of a queue',
      scenario(async (s) => {
        const channel = await s.channel();
        const { exchange, queues } = await spreading(s, channel, type);
        for (const routingKey of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) {
          await channel.call('queue.bind', { queue: queues[0]!, exchange, routingKey });
        }
        for (let i = 0; i < 500; i++) channel.publish(exchange, `key ${i}`);
        await channel.settle();
        const [most] = await counts(channel, queues);
        assert.ok(most! > 330 && most! < 470, `${most}`);
      }),
    );

    test(
      'takes a message to one queue, however many keys its sender has selected',
      scenario(async (s) => {
        const channel = await s.channel();
        const { exchange, queues } = await spreading(s, channel, type);
        const properties = { headers: fieldTable({ CC: ['a', 'b'], BCC: ['c'] }) };
        for (let i = 0; i < 30; i++) channel.publish(exchange, `key ${i}`, '', { properties });
        await channel.settle();
        const found = await counts(channel, queues);
        assert.equal(found[0]! + found[1]! + found[2]!, 30);
      }),
    );

    test(
      'has no route without bindings, until there is one, and when it is gone',
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await s.exchange(channel, type);
        const queue = await s.queue(channel);
        channel.publish(exchange, 'k', 'too early', { mandatory: true });
        assert.equal((await channel.expect('basic.return')).replyCode, 312);
        await channel.call('queue.bind', { queue, exchange });
        channel.publish(exchange, 'k', 'in time', { mandatory: true });
        await channel.expectMessages(queue, 'in time');
        await channel.call('queue.unbind', { queue, exchange });
        channel.publish(exchange, 'k', 'too late', { mandatory: true });
        assert.equal((await channel.expect('basic.return')).body.toString(), 'too late');
      }),
    );

    test(
      'can be bound to exchanges',
      scenario(async (s) => {
        const channel = await s.channel();
        const source = await s.exchange(channel, type);
        const destination = await s.exchange(channel, 'fanout');
        const queue = await s.queue(channel);
        await channel.call('exchange.bind', { source, destination });
        await channel.call('queue.bind', { queue, exchange: destination });
        channel.publish(source, 'k', 'x');
        await channel.expectMessages(queue, 'x');
      }),
    );
  });
}

test(
  'x-modulus-hash takes equal keys to the same queue',
  scenario(async (s) => {
    const channel = await s.channel();
    const { exchange, queues } = await spreading(s, channel, 'x-modulus-hash');
    for (let i = 0; i < 50; i++) channel.publish(exchange, 'key', '', { properties: { messageId: `${i}` } });
    await channel.settle();
    assert.deepEqual((await counts(channel, queues)).sort(), [0, 0, 50]);
  }),
);

test(
  'x-random does not',
  scenario(async (s) => {
    const channel = await s.channel();
    const { exchange, queues } = await spreading(s, channel, 'x-random');
    for (let i = 0; i < 300; i++) channel.publish(exchange, 'key');
    await channel.settle();
    for (const count of await counts(channel, queues)) assert.ok(count > 50, `${count}`);
  }),
);
