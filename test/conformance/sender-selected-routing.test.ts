import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { EMPTY_TABLE, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { NOT_YET } from '../support/not-yet.ts';
import { scenario } from '../support/scenario.ts';

/** Routing by the message's own headers comes with later work. */
describe('the headers CC and BCC', NOT_YET, () => {
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
        NOT_YET,
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
      NOT_YET,
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
    NOT_YET,
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
    NOT_YET,
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'once', { properties: { headers: fieldTable({ CC: [queue, queue], BCC: [queue] }) } });
      await channel.expectMessages(queue, 'once');
    }),
  );

  test(
    'are keys for other exchanges, too',
    NOT_YET,
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
    NOT_YET,
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
    NOT_YET,
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ BCC: [] }) } });
      assert.deepEqual((await channel.expectMessage(queue, 'x')).properties, { headers: EMPTY_TABLE });
    }),
  );

  test(
    'in small letters they mean nothing',
    NOT_YET,
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'x', { properties: { headers: fieldTable({ cc: 1, bcc: 'x' }) } });
      await channel.expectMessages(queue, 'x');
    }),
  );

  test(
    'BCC is not in what comes back',
    NOT_YET,
    scenario(async (s) => {
      const channel = await s.channel();
      const headers = fieldTable({ a: 1, CC: ['nobody'], BCC: ['nobody else'] });
      channel.publish('', 'nobody listens', 'x', { mandatory: true, properties: { headers } });
      const { properties } = await channel.expect('basic.return');
      assert.deepEqual(properties.headers, fieldTable({ a: 1, CC: ['nobody'] }));
    }),
  );
});
