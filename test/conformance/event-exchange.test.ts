import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import { type Scenario, scenario, uniqueName } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import type { Received } from '../support/wire-events.ts';

type Event = Received<'basic.deliver'>;

const BY_GUEST = { user_who_performed_action: 'guest' };

/** Watches events of some kinds. Others cause some at the same time: they are let go by. */
class Watcher {
  private readonly channel: WireChannel;

  private constructor(channel: WireChannel) {
    this.channel = channel;
  }

  static async start(stage: Scenario, ...keys: readonly string[]): Promise<Watcher> {
    const channel = await stage.channel();
    const { queue } = await channel.call('queue.declare', { exclusive: true });
    for (const routingKey of keys)
      await channel.call('queue.bind', { queue, exchange: 'amq.rabbitmq.event', routingKey });
    await channel.call('basic.consume', { queue, noAck: true });
    return new Watcher(channel);
  }

  /** The next event with that value in that header. */
  async next(header: string, value: string): Promise<Event> {
    for (;;) {
      const event = await this.channel.expectDelivery('');
      if (event.properties.headers!.get(header)?.value === value) return event;
    }
  }

  /** The next one that is of this kind and has these headers, in this order, but for those that are left out. */
  async expect(
    kind: string,
    [header, value]: [string, string],
    expected: Headers,
    ...leftOut: string[]
  ): Promise<Event> {
    const event = await this.next(header, value);
    assert.equal(event.routingKey, kind);
    assert.deepEqual(visible(event, leftOut), [...headersOf(expected)]);
    return event;
  }
}

type Headers = Readonly<Record<string, string | boolean | number | FieldValue>>;

/** Whole numbers are always `long`. */
function headersOf(values: Headers): FieldTable {
  return new Map(
    Object.entries(values).map(([name, value]): [string, FieldValue] => {
      if (typeof value === 'number') return [name, { type: 'long', value }];
      if (typeof value === 'object') return [name, value];
      return [name, fieldTable({ value }).get('value')!];
    }),
  );
}

function visible({ properties }: Event, leftOut: readonly string[]): [string, FieldValue][] {
  assert.equal(properties.deliveryMode, 2);
  const headers = [...properties.headers!];
  const [name, timestamp] = headers.pop()!;
  assert.deepEqual([name, timestamp.type], ['timestamp_in_ms', 'long']);
  assert.ok(Math.abs(Number(timestamp.value) / 1000 - Number(properties.timestamp)) <= 1);
  return headers.filter(([header]) => !leftOut.includes(header));
}

function texts(...values: readonly string[]): FieldValue {
  return fieldTable({ values }).get('values')!;
}

describe('the exchange of events tells', () => {
  test(
    'of queues',
    scenario(async (stage) => {
      const watcher = await Watcher.start(stage, 'queue.#');
      const channel = await stage.channel();
      const name = uniqueName('queue');
      const args = fieldTable({ 'x-max-length': 10, 'x-dead-letter-exchange': 'dlx', 'x-flag': true, 'x-list': [1] });
      await channel.call('queue.declare', { queue: name, exclusive: true, arguments: args });
      const terms = [
        '{<<"x-max-length">>,signedint,10}',
        '{<<"x-dead-letter-exchange">>,longstr,<<"dlx">>}',
        '{<<"x-flag">>,bool,true}',
        '{<<"x-list">>,array,[{signedint,1}]}',
      ];
      const created = { ...BY_GUEST, exclusive: true, arguments: texts(...terms), auto_delete: false, durable: false };
      await watcher.expect('queue.created', ['name', name], { ...created, name, vhost: '/' }, 'owner_pid');
      await channel.call('queue.delete', { queue: name });
      await watcher.expect('queue.deleted', ['name', name], { ...BY_GUEST, name, vhost: '/' });
    }),
  );

  test(
    'of exchanges and bindings, also those that go by themselves',
    scenario(async (stage) => {
      const watcher = await Watcher.start(stage, 'exchange.*', 'binding.*');
      const channel = await stage.channel();
      const queue = await stage.queue(channel);
      const name = uniqueName('exchange');
      await channel.call('exchange.declare', { exchange: name, type: 'topic', autoDelete: true });
      const properties = { internal: false, auto_delete: true, durable: false, type: 'topic' };
      const created = { ...BY_GUEST, policy: '', arguments: texts(), ...properties, name, vhost: '/' };
      await watcher.expect('exchange.created', ['name', name], created);
      const args = fieldTable({ foo: 1 });
      await channel.call('queue.bind', { queue, exchange: name, routingKey: 'a.b', arguments: args });
      const bound = {
        ...BY_GUEST,
        vhost: '/',
        arguments: texts('{<<"foo">>,signedint,1}'),
        routing_key: 'a.b',
        destination_kind: 'queue',
        destination_name: queue,
        source_kind: 'exchange',
        source_name: name,
      };
      await watcher.expect('binding.created', ['source_name', name], bound);
      await channel.call('queue.unbind', { queue, exchange: name, routingKey: 'a.b', arguments: args });
      await watcher.expect('exchange.deleted', ['name', name], { ...BY_GUEST, name, vhost: '/' });
      await watcher.expect('binding.deleted', ['source_name', name], bound);
    }),
  );

  test(
    'of logins, connections and channels',
    scenario(async (stage) => {
      const watcher = await Watcher.start(stage, 'user.authentication.*', 'connection.*', 'channel.*');
      const client = await stage.client();
      const { name } = client; // others may log in at the same time
      const login = await watcher.next('connection_name', name);
      assert.equal(login.routingKey, 'user.authentication.success');
      const address = '{127,0,0,1}';
      const ports = ['peer_port', 'port'];
      const protocol = { auth_mechanism: 'PLAIN', protocol: '{0,9,1}' };
      assert.deepEqual(visible(login, ports), [
        ...headersOf({ ssl: false, ...protocol, peer_host: address, connection_name: name, host: address }),
        ...headersOf({ name: 'guest', connection_type: 'network' }),
      ]);
      const created = await watcher.next('name', name);
      assert.equal(created.routingKey, 'connection.created');
      const own = ['node', 'connected_at', 'client_properties', 'pid', ...ports];
      assert.deepEqual(visible(created, own), [
        ...headersOf({ ...BY_GUEST, channel_max: 2047, frame_max: 131_072, timeout: 0, vhost: '/', user: 'guest' }),
        ...headersOf({ protocol: '{0,9,1}', ssl_hash: '', ssl_cipher: '', ssl_key_exchange: '', ssl_protocol: '' }),
        ...headersOf({ auth_mechanism: 'PLAIN', peer_cert_validity: '', peer_cert_issuer: '', peer_cert_subject: '' }),
        ...headersOf({ ssl: false, peer_host: address, host: address, name, type: 'network' }),
      ]);
      const { headers } = created.properties;
      assert.deepEqual(
        (headers!.get('client_properties')!.value as FieldValue[])[0],
        texts('{<<"product">>,longstr,<<"wire client">>}').value![0 as never],
      );
      const channel = await client.channel(5);
      const facts = { ...BY_GUEST, vhost: '/', user: 'guest', number: 5, name: `${name} (5)` };
      const opened = await watcher.expect('channel.created', ['name', `${name} (5)`], facts, 'connection', 'pid');
      await channel.call('channel.close');
      const pid = String(opened.properties.headers!.get('pid')!.value);
      await watcher.expect('channel.closed', ['pid', pid], { ...BY_GUEST, pid });
      await client.abort();
      await watcher.expect('connection.closed', ['name', name], { name }, 'client_properties', 'node', 'pid');
    }),
  );

  test(
    'of consumers',
    scenario(async (stage) => {
      const watcher = await Watcher.start(stage, 'consumer.*');
      const channel = await stage.channel();
      const queue = await stage.queue(channel);
      const tag = uniqueName('tag');
      await channel.call('basic.qos', { prefetchCount: 7 });
      const args = fieldTable({ 'x-priority': 3 });
      await channel.call('basic.consume', { queue, consumerTag: tag, exclusive: true, arguments: args });
      const asked = { arguments: texts('{<<"x-priority">>,signedint,3}'), prefetch_count: 7 };
      const place = { queue, vhost: '/' };
      const how = { ack_required: true, exclusive: true, consumer_tag: tag };
      const which: [string, string] = ['consumer_tag', tag];
      await watcher.expect('consumer.created', which, { ...BY_GUEST, ...asked, ...place, ...how }, 'channel');
      await channel.call('basic.cancel', { consumerTag: tag });
      await watcher.expect('consumer.deleted', which, { ...BY_GUEST, ...place, consumer_tag: tag }, 'channel');
    }),
  );

  test(
    'and nobody else publishes to it',
    scenario(async (stage) => {
      const channel = await stage.channel();
      channel.publish('amq.rabbitmq.event', 'k', 'text');
      const text = "ACCESS_REFUSED - cannot publish to internal exchange 'amq.rabbitmq.event' in vhost '/'";
      await channel.expectChannelClose(403, text, 'basic.publish');
    }),
  );
});
