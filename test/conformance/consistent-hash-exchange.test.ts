import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const TYPE = 'x-consistent-hash';

/** An exchange, and a queue bound to it for each weight. */
async function hashing(
  s: Scenario,
  channel: WireChannel,
  weights: readonly string[],
  args: Record<string, PlainValue> = {},
): Promise<{ exchange: string; queues: string[] }> {
  const exchange = await s.exchange(channel, TYPE, { arguments: fieldTable(args) });
  const queues: string[] = [];
  for (const routingKey of weights) {
    const queue = await s.queue(channel);
    await channel.call('queue.bind', { queue, exchange, routingKey });
    queues.push(queue);
  }
  return { exchange, queues };
}

/** How many messages each queue has, and takes them. */
async function purge(channel: WireChannel, queues: readonly string[]): Promise<number[]> {
  const counts: number[] = [];
  for (const queue of queues) counts.push((await channel.call('queue.purge', { queue })).messageCount);
  return counts;
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

describe('a consistent hash exchange', () => {
  test(
    'takes each message to one queue, by its routing key',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '1', '1']);
      for (let i = 0; i < 300; i++) channel.publish(exchange, `key ${i}`);
      await channel.settle();
      const counts = await purge(channel, queues);
      assert.equal(sum(counts), 300);
      for (const count of counts) assert.ok(count > 30, `${counts}`);
    }),
  );

  test(
    'takes equal routing keys to the same queue',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '1', '1']);
      for (let i = 0; i < 50; i++) channel.publish(exchange, 'key', '', { properties: { messageId: `${i}` } });
      await channel.settle();
      assert.deepEqual((await purge(channel, queues)).sort(), [0, 0, 50]);
    }),
  );

  test(
    'spreads keys by weight',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '+3']);
      for (let i = 0; i < 2000; i++) channel.publish(exchange, `key ${i}`);
      await channel.settle();
      const [light, heavy] = (await purge(channel, queues)) as [number, number];
      assert.equal(light + heavy, 2000);
      assert.ok(light > 350 && light < 650, `${light}`);
    }),
  );

  test(
    'knows a queue by the weight that it was bound with first',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '9']);
      await channel.call('queue.bind', { queue: queues[0]!, exchange, routingKey: '50' });
      for (let i = 0; i < 1000; i++) channel.publish(exchange, `key ${i}`);
      await channel.settle();
      const [light] = (await purge(channel, queues)) as [number, number];
      assert.ok(light > 30 && light < 250, `${light}`);
    }),
  );

  test(
    'leaves nothing to a queue that is unbound, and everything to those that stay',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '1', '1']);
      await channel.call('queue.unbind', { queue: queues[0]!, exchange, routingKey: '1' });
      await channel.call('queue.delete', { queue: queues[1]! });
      for (let i = 0; i < 50; i++) channel.publish(exchange, `key ${i}`, '', { mandatory: true });
      await channel.expectNothing();
      assert.deepEqual(await purge(channel, [queues[0]!, queues[2]!]), [0, 50]);
      await channel.call('queue.unbind', { queue: queues[2]!, exchange, routingKey: '1' });
      channel.publish(exchange, 'key', '', { mandatory: true });
      assert.equal((await channel.expect('basic.return')).replyCode, 312);
    }),
  );

  test(
    'can be bound to exchanges',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1']);
      const destination = await s.exchange(channel, 'fanout');
      const behind = await s.queue(channel);
      await channel.call('queue.bind', { queue: behind, exchange: destination });
      await channel.call('exchange.bind', { source: exchange, destination, routingKey: '1' });
      for (let i = 0; i < 200; i++) channel.publish(exchange, `key ${i}`);
      await channel.settle();
      const counts = await purge(channel, [queues[0]!, behind]);
      assert.equal(sum(counts), 200);
      for (const count of counts) assert.ok(count > 30, `${counts}`);
    }),
  );

  test(
    'takes a message to one queue, however many keys its sender has selected',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange, queues } = await hashing(s, channel, ['1', '1', '1']);
      const properties = { headers: fieldTable({ CC: ['a', 'b'], BCC: ['c', 'd', 'e'] }) };
      for (let i = 0; i < 30; i++) channel.publish(exchange, `key ${i}`, '', { properties });
      await channel.settle();
      assert.equal(sum(await purge(channel, queues)), 30);
    }),
  );

  const parts: readonly (readonly [args: Record<string, PlainValue>, of: (value: number) => Properties])[] = [
    [{ 'hash-header': 'h' }, (value) => ({ headers: fieldTable({ h: `${value}` }) })],
    [{ 'hash-header': 'h' }, (value) => ({ headers: fieldTable({ a: 1, h: value }) })],
    [{ 'hash-property': 'message_id' }, (value) => ({ messageId: `${value}` })],
    [{ 'hash-property': 'correlation_id' }, (value) => ({ correlationId: `${value}` })],
    [{ 'hash-property': 'timestamp' }, (value) => ({ timestamp: value })],
  ];
  for (const [args, of] of parts) {
    const [[argument, value]] = Object.entries(args) as [[string, PlainValue]];
    test(
      `hashes what ${argument} names: ${value}, as in ${JSON.stringify(of(1))}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const { exchange, queues } = await hashing(s, channel, ['1', '1', '1'], args);
        for (let i = 0; i < 300; i++) channel.publish(exchange, 'key', '', { properties: of(i) });
        await channel.settle();
        for (const count of await purge(channel, queues)) assert.ok(count > 30, `${count}`);
        for (let i = 0; i < 50; i++) channel.publish(exchange, `key ${i}`, '', { properties: of(1) });
        await channel.settle();
        assert.deepEqual((await purge(channel, queues)).sort(), [0, 0, 50]);
      }),
    );

    test(
      `takes all messages that lack it to one queue: ${argument}, ${value}, ${Object.keys(of(1))}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const { exchange, queues } = await hashing(s, channel, ['1', '1', '1'], args);
        const without: readonly Properties[] = [{}, { appId: 'a' }, { appId: 'b', priority: 1 }];
        for (let i = 0; i < 30; i++) channel.publish(exchange, `key ${i}`, '', { properties: without[i % 3]! });
        await channel.settle();
        assert.deepEqual((await purge(channel, queues)).sort(), [0, 0, 30]);
      }),
    );
  }
});

describe('a consistent hash exchange refuses', () => {
  const keys: readonly (readonly [key: string, text: string])[] = [
    ['', 'The binding key must be an integer: <<>>'],
    ['many', 'The binding key must be an integer: <<"many">>'],
    ['1.5', 'The binding key must be an integer: <<"1.5">>'],
    [' 1', 'The binding key must be an integer: <<" 1">>'],
    ['0', 'The binding key must be greater than 0'],
    ['-1', 'The binding key must be greater than 0'],
  ];
  for (const [routingKey, text] of keys) {
    test(
      `the binding key '${routingKey}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await s.exchange(channel, TYPE);
        const queue = await s.queue(channel);
        const reply = `PRECONDITION_FAILED - ${text}`;
        const binding = { queue, exchange, routingKey };
        await channel.expectRefusal('queue.bind', binding, 406, reply);
        const destination = await s.exchange(channel, 'fanout');
        await channel.expectRefusal('exchange.bind', { source: exchange, destination, routingKey }, 406, reply);
      }),
    );
  }

  const declarations: readonly (readonly [args: Record<string, PlainValue>, text: string])[] = [
    [{ 'hash-header': 'h', 'hash-property': 'message_id' }, 'hash-header and hash-property are mutually exclusive'],
    [{ 'hash-property': 'app_id' }, 'Unsupported property: app_id'],
    [{ 'hash-property': '' }, 'Unsupported property: '],
  ];
  for (const [args, text] of declarations) {
    test(
      `arguments ${JSON.stringify(args)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const declaration = { exchange: s.name(), type: TYPE, arguments: fieldTable(args) };
        await channel.expectRefusal('exchange.declare', declaration, 406, `PRECONDITION_FAILED - ${text}`);
      }),
    );
  }

  test(
    'nothing that it would not be declared with, once it is there',
    scenario(async (s) => {
      const channel = await s.channel();
      const { exchange } = await hashing(s, channel, [], { 'hash-header': 'h' });
      for (const args of [{ 'hash-header': 'other' }, { 'hash-header': 'h', 'hash-property': 'message_id' }]) {
        await channel.call('exchange.declare', { exchange, type: TYPE, arguments: fieldTable(args) });
      }
    }),
  );
});
