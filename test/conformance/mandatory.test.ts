import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';

describe('a mandatory message', () => {
  test(
    'that no queue gets comes back',
    scenario(async (s) => {
      const channel = await s.channel();
      const properties = { contentType: 'text/plain', deliveryMode: 2, headers: fieldTable({ a: 1 }), messageId: 'm' };
      channel.publish('amq.direct', 'nobody listens', 'hello', { mandatory: true, properties });
      const returned = await channel.expect('basic.return');
      assert.deepEqual(
        [returned.replyCode, returned.replyText, returned.exchange, returned.routingKey],
        [312, 'NO_ROUTE', 'amq.direct', 'nobody listens'],
      );
      assert.deepEqual(returned.properties, properties);
      assert.equal(returned.body.toString(), 'hello');
    }),
  );

  for (const exchange of ['', 'amq.direct', 'amq.topic', 'amq.headers']) {
    test(
      `comes back from exchange '${exchange}'`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.publish(exchange, 'nobody listens', 'x', { mandatory: true });
        assert.equal((await channel.expect('basic.return')).exchange, exchange);
      }),
    );
  }

  test(
    'that a queue gets does not come back',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      channel.publish('', queue, 'routed', { mandatory: true });
      await channel.expectNothing();
      await channel.expectMessages(queue, 'routed');
    }),
  );

  test(
    'that is not so does not come back',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', 'nobody listens', 'lost');
      await channel.expectNothing();
    }),
  );

  test(
    'comes back in frames of the size negotiated',
    scenario(async (s) => {
      const channel = await s.channel({ tune: { frameMax: 4096 } });
      const body = 'b'.repeat(10_000);
      channel.publish('', 'nobody listens', body, { mandatory: true });
      const returned = await channel.expect('basic.return');
      assert.equal(returned.body.toString(), body);
      assert.ok(returned.frameSizes.every((size) => size <= 4088));
    }),
  );

  test(
    'comes back without a body if it has none',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', 'nobody listens', '', { mandatory: true });
      const { body, frameSizes } = await channel.expect('basic.return');
      assert.deepEqual([body.length, frameSizes], [0, []]);
    }),
  );

  test(
    'comes back in the order of publication',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const [index, key] of ['no 1', queue, 'no 2', queue, 'no 3'].entries()) {
        channel.publish('', key, `${index}`, { mandatory: true });
      }
      for (const body of ['0', '2', '4']) assert.equal((await channel.expect('basic.return')).body.toString(), body);
      await channel.expectNothing();
    }),
  );

  test(
    'comes back on the channel that has published it',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      two.publish('', 'nobody listens', 'x', { mandatory: true });
      await two.expect('basic.return');
      await one.expectNothing();
    }),
  );
});
