import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type FieldTable, fieldTable } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { OTHER_VHOST } from '../support/accounts.ts';
import { type Scenario, scenario, uniqueName } from '../support/scenario.ts';
import { setTracing, TRACING } from '../support/tracing.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import type { Received } from '../support/wire-events.ts';

type Trace = Received<'basic.deliver'>;

const PROPERTIES: Properties = {
  contentType: 'text/plain',
  contentEncoding: 'none',
  headers: fieldTable({ a: 1, b: { c: ['d'] } }),
  deliveryMode: 2,
  priority: 3,
  correlationId: 'correlation',
  replyTo: 'reply',
  expiration: '60000',
  messageId: 'message',
  timestamp: 1_700_000_000,
  type: 'type',
  userId: 'guest',
  appId: 'app',
  clusterId: 'cluster',
};

/** As it stands among the headers, in the order in which it does. */
const TRACED_PROPERTIES: FieldTable = fieldTable({
  cluster_id: 'cluster',
  app_id: 'app',
  user_id: 'guest',
  type: 'type',
  timestamp: 1_700_000_000,
  message_id: 'message',
  expiration: '60000',
  reply_to: 'reply',
  correlation_id: 'correlation',
  priority: 3,
  delivery_mode: 2,
  headers: { a: 1, b: { c: ['d'] } },
  content_encoding: 'none',
  content_type: 'text/plain',
});

/** A client with a queue and an exchange that leads to it, and a watcher who sees what is traced of them. */
class TracedClient {
  readonly channel: WireChannel;
  readonly watcher: WireChannel;
  readonly queue: string = uniqueName('queue');
  readonly exchange: string = uniqueName('exchange');

  private constructor(channel: WireChannel, watcher: WireChannel) {
    this.channel = channel;
    this.watcher = watcher;
  }

  static async start(stage: Scenario): Promise<TracedClient> {
    const channel = await (await stage.client({ virtualHost: OTHER_VHOST })).channel(3);
    const traced = new TracedClient(channel, await stage.channel({ virtualHost: OTHER_VHOST }));
    const { queue, exchange, watcher } = traced;
    await channel.call('queue.declare', { queue, exclusive: true });
    await channel.call('exchange.declare', { exchange, type: 'topic', autoDelete: true });
    await channel.call('queue.bind', { queue, exchange, routingKey: '#' });
    const { queue: traces } = await watcher.call('queue.declare', { exclusive: true });
    for (const routingKey of [`publish.${exchange}`, `deliver.${queue}`]) {
      await watcher.call('queue.bind', { queue: traces, exchange: 'amq.rabbitmq.trace', routingKey });
    }
    await watcher.call('basic.consume', { queue: traces, noAck: true });
    return traced;
  }

  /** The next trace, which must have this key and body. */
  async expect(routingKey: string, body: string): Promise<Trace> {
    const trace = await this.watcher.expectDelivery(body);
    assert.deepEqual([trace.exchange, trace.routingKey], ['amq.rabbitmq.trace', routingKey]);
    return trace;
  }

  expectPublish(body: string): Promise<Trace> {
    return this.expect(`publish.${this.exchange}`, body);
  }

  expectDeliver(body: string): Promise<Trace> {
    return this.expect(`deliver.${this.queue}`, body);
  }
}

/** The headers but for what is each broker's own; they are the only property. */
function headersOf({ properties }: Trace): [string, unknown][] {
  assert.deepEqual(Object.keys(properties), ['headers']);
  const headers = [...properties.headers!];
  const own = new Map(headers.filter(([name]) => name === 'node' || name === 'connection'));
  assert.match(String(own.get('node')?.value), /^[a-z0-9]+@./);
  assert.match(String(own.get('connection')?.value), /^127\.0\.0\.1:\d+ -> 127\.0\.0\.1:\d+$/);
  return headers.filter(([name]) => !own.has(name));
}

describe('the firehose', TRACING, () => {
  before(() => setTracing(OTHER_VHOST, true));
  after(() => setTracing(OTHER_VHOST, false));

  test(
    'has what is published, with all that is known of it',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const { channel, exchange, queue } = traced;
      channel.publish(exchange, 'a.b', 'text', { properties: PROPERTIES });
      const expected = [
        ...fieldTable({ exchange_name: exchange, routing_keys: ['a.b'] }),
        ['properties', { type: 'table', value: TRACED_PROPERTIES }],
        ...fieldTable({ vhost: OTHER_VHOST, channel: 3, user: 'guest', routed_queues: [queue] }),
      ];
      assert.deepEqual(headersOf(await traced.expectPublish('text')), expected);
    }),
  );

  test(
    'has what is delivered, and whether that was so before',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const { channel, exchange, queue } = traced;
      const expected = (redelivered: 0 | 1) => [
        ...fieldTable({ exchange_name: exchange, routing_keys: ['k'], properties: {}, redelivered }),
        ...fieldTable({ vhost: OTHER_VHOST, channel: 3, user: 'guest' }),
      ];
      channel.publish(exchange, 'k', 'text');
      await traced.expectPublish('text');
      await channel.call('basic.consume', { queue, consumerTag: 'c' });
      await channel.expectDelivery('text');
      assert.deepEqual(headersOf(await traced.expectDeliver('text')), expected(0));
      await channel.call('basic.cancel', { consumerTag: 'c' });
      await channel.call('basic.recover', { requeue: true });
      await channel.expectMessage(queue, 'text');
      assert.deepEqual(headersOf(await traced.expectDeliver('text')), expected(1));
    }),
  );

  test(
    'has the routing keys that the sender has selected; those in BCC only of the publish',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const headers = fieldTable({ CC: ['c'], BCC: ['b'] });
      traced.channel.publish(traced.exchange, 'a', 'text', { properties: { headers } });
      const published = (await traced.expectPublish('text')).properties.headers!;
      assert.deepEqual(published.get('routing_keys'), fieldTable({ k: ['a', 'c', 'b'] }).get('k'));
      assert.deepEqual(published.get('properties'), fieldTable({ p: { headers: { CC: ['c'] } } }).get('p'));
    }),
  );

  test(
    'has large bodies, and what goes nowhere',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const { channel, exchange, queue } = traced;
      await channel.call('queue.bind', { queue, exchange, routingKey: 'another' });
      await channel.call('queue.unbind', { queue, exchange, routingKey: '#' });
      const body = 'x'.repeat(500_000);
      channel.publish(exchange, 'k', body);
      const { properties } = await traced.expectPublish(body);
      assert.deepEqual(properties.headers!.get('routed_queues'), { type: 'array', value: [] });
    }),
  );

  test(
    'has what is published in a transaction at once',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const { channel, exchange } = traced;
      await channel.call('tx.select');
      channel.publish(exchange, 'k', 'text');
      await traced.expectPublish('text');
      await channel.call('tx.rollback');
      await traced.watcher.expectNothing();
    }),
  );

  test(
    'does not trace itself, and can be stopped',
    scenario(async (stage) => {
      const traced = await TracedClient.start(stage);
      const { channel, exchange, watcher } = traced;
      const { queue } = await watcher.call('queue.declare', { exclusive: true });
      await watcher.call('queue.bind', { queue, exchange: 'amq.rabbitmq.trace', routingKey: `publish.${exchange}` });
      const { queue: traces } = await watcher.call('queue.declare', { exclusive: true });
      await watcher.call('queue.bind', {
        queue: traces,
        exchange: 'amq.rabbitmq.trace',
        routingKey: `deliver.${queue}`,
      });
      channel.publish(exchange, 'k', 'one');
      await traced.expectPublish('one');
      await watcher.awaitCount(queue, 1);
      await watcher.expectMessage(queue, 'one');
      await setTracing(OTHER_VHOST, false);
      channel.publish(exchange, 'k', 'two');
      await channel.settle();
      await watcher.expectNothing(queue);
      assert.equal(await watcher.get(traces), undefined);
      await setTracing(OTHER_VHOST, true);
    }),
  );
});
