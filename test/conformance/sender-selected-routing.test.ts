import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { scenario } from '../support/scenario.ts';

describe('the headers CC and BCC', () => {
  const wrong: readonly (readonly [value: PlainValue, type: string])[] = [
    ['a', 'longstr'],
    [1, 'signedint'],
    [true, 'bool'],
    [null, 'void'],
    [{ a: 1 }, 'table'],
  ];
  for (const [value, type] of wrong) {
    for (const header of ['CC', 'BCC']) {
      test(
        `${header} may not be ${JSON.stringify(value)}`,
        scenario(async (s) => {
          const channel = await s.channel();
          const headers = fieldTable({ [header]: value });
          channel.publish('', 'nowhere', 'x', { properties: { headers } });
          channel.nudge();
          const text = `PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"${header}",${type}}`;
          await channel.expectChannelClose(406, text, 'basic.publish');
        }),
      );
    }
  }

  for (const value of [[], ['a', 1], [['a']], [null]] satisfies PlainValue[]) {
    test(
      `may be any array: ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel);
        channel.publish('', queue, 'x', { properties: { headers: fieldTable({ CC: value, BCC: value }) } });
        await channel.expectMessages(queue, 'x');
      }),
    );
  }

  test(
    'are more routing keys',
    scenario(async (s) => {
      const channel = await s.channel();
      const queues = [await s.queue(channel), await s.queue(channel), await s.queue(channel), await s.queue(channel)];
      const [to, cc, bcc, nobody] = queues as [string, string, string, string];
      channel.publish('', to, 'routed', { properties: { headers: fieldTable({ CC: [cc], BCC: [bcc] }) } });
      for (const queue of [to, cc, bcc]) {
        const message = await channel.expectMessage(queue, 'routed');
        assert.equal(message.routingKey, to);
      }
      await channel.expectMessages(nobody);
    }),
  );

  test(
    'route a message to a queue once',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'once', { properties: { headers: fieldTable({ CC: [queue, queue], BCC: [queue] }) } });
      await channel.expectMessages(queue, 'once');
    }),
  );

  test(
    'are keys for other exchanges, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'topic');
      const queue = await s.queue(channel);
      await channel.call('queue.bind', { queue, exchange, routingKey: 'a.*' });
      channel.publish(exchange, 'x', 'routed', { properties: { headers: fieldTable({ CC: ['y', 'a.b'] }) } });
      channel.publish(exchange, 'x', 'lost', { properties: { headers: fieldTable({ CC: ['y', 'a'] }) } });
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'CC stays in the message, BCC does not',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const headers = fieldTable({ BCC: [queue], CC: ['nowhere'], other: 1 });
      channel.publish('', 'nowhere', 'routed', { properties: { headers, messageId: 'm' } });
      const { properties } = await channel.expectMessage(queue, 'routed');
      assert.deepEqual(properties, { headers: fieldTable({ CC: ['nowhere'], other: 1 }), messageId: 'm' });
    }),
  );

  test(
    'BCC alone leaves a table behind that is empty',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ BCC: [] }) } });
      assert.deepEqual((await channel.expectMessage(queue, 'x')).properties, { headers: EMPTY_TABLE });
    }),
  );

  test(
    'in small letters they mean nothing',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ cc: 1, bcc: 'x' }) } });
      await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'BCC is not in what comes back',
    scenario(async (s) => {
      const channel = await s.channel();
      const headers = fieldTable({ a: 1, CC: ['nobody'], BCC: ['nobody else'] });
      channel.publish('', 'nobody listens', 'x', { mandatory: true, properties: { headers } });
      const { properties } = await channel.expect('basic.return');
      assert.deepEqual(properties.headers, fieldTable({ a: 1, CC: ['nobody'] }));
    }),
  );

  for (const type of ['direct', 'fanout', 'headers']) {
    test(
      `route a message to a queue of a ${type} exchange once`,
      scenario(async (s) => {
        const channel = await s.channel();
        const exchange = await s.exchange(channel, type);
        const queue = await s.queue(channel);
        for (const routingKey of ['a', 'b', 'c']) await channel.call('queue.bind', { queue, exchange, routingKey });
        channel.publish(exchange, 'a', 'once', { properties: { headers: fieldTable({ CC: ['b'], BCC: ['c', 'd'] }) } });
        await channel.expectMessages(queue, 'once');
      }),
    );
  }

  test(
    'are keys for exchanges that are bound to the exchange, too',
    scenario(async (s) => {
      const channel = await s.channel();
      const source = await s.exchange(channel, 'fanout');
      const destination = await s.exchange(channel, 'direct');
      const queue = await s.queue(channel);
      await channel.call('exchange.bind', { source, destination });
      await channel.call('queue.bind', { queue, exchange: destination, routingKey: 'k' });
      channel.publish(source, 'x', 'routed', { properties: { headers: fieldTable({ BCC: ['k'] }) } });
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'a headers exchange does not see BCC, but CC',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'headers');
      const [byCopy, byBlindCopy] = [await s.queue(channel), await s.queue(channel)];
      await channel.call('queue.bind', { queue: byCopy, exchange, arguments: fieldTable({ CC: null }) });
      await channel.call('queue.bind', { queue: byBlindCopy, exchange, arguments: fieldTable({ BCC: null }) });
      channel.publish(exchange, '', 'x', { properties: { headers: fieldTable({ CC: ['a'], BCC: ['b'] }) } });
      await channel.expectMessages(byCopy, 'x');
      await channel.expectMessages(byBlindCopy);
    }),
  );

  test(
    'a mandatory message that only they lead to a queue does not come back',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const headers = fieldTable({ BCC: [queue] });
      channel.publish('', 'nowhere', 'x', { mandatory: true, properties: { headers } });
      await channel.expectNothing();
      await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'the routes of other messages with the same key are their own',
    scenario(async (s) => {
      const channel = await s.channel();
      const [to, copy] = [await s.queue(channel), await s.queue(channel)];
      const properties = { headers: fieldTable({ CC: [copy] }) };
      channel.publish('', to, 'first');
      channel.publish('', to, 'second', { properties });
      channel.publish('', to, 'third');
      channel.publish('', to, 'fourth', { properties: { headers: fieldTable({ other: [copy] }) } });
      await channel.expectMessages(to, 'first', 'second', 'third', 'fourth');
      await channel.expectMessages(copy, 'second');
    }),
  );

  test(
    'in a transaction',
    scenario(async (s) => {
      const channel = await s.channel();
      const [to, copy] = [await s.queue(channel), await s.queue(channel)];
      await channel.call('tx.select');
      channel.publish('', to, 'x', { properties: { headers: fieldTable({ a: 1, BCC: [copy] }) } });
      await channel.call('tx.commit');
      for (const queue of [to, copy]) {
        const { properties } = await channel.expectMessage(queue, 'x');
        assert.deepEqual(properties, { headers: fieldTable({ a: 1 }) });
      }
    }),
  );

  test(
    'a body in many frames is passed on as it is',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const body = Buffer.alloc(40_000, 'abc').toString();
      const headers = fieldTable({ BCC: [queue] });
      channel.publish('', 'nowhere', body, { properties: { headers, appId: 'a' }, cut: [1, 20_000, 7] });
      assert.deepEqual((await channel.expectMessage(queue, body)).properties, { headers: EMPTY_TABLE, appId: 'a' });
    }),
  );

  const otherMistakes: readonly (readonly [what: string, properties: Properties, text: string])[] = [
    ['a delivery mode', { deliveryMode: 7 }, 'invalid message: {unacceptable_type_in_header,"CC",signedint}'],
    ['an expiration', { expiration: 'soon' }, "invalid expiration 'soon': no_integer"],
  ];
  for (const [what, properties, text] of otherMistakes) {
    test(
      `what is told first where ${what} is wrong, too`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.publish('', 'nowhere', 'x', { properties: { headers: fieldTable({ CC: 1 }), ...properties } });
        channel.nudge();
        await channel.expectChannelClose(406, `PRECONDITION_FAILED - ${text}`, 'basic.publish');
      }),
    );
  }
});
