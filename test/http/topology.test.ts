import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

const MISSING = { error: 'Object Not Found', reason: 'Not Found' };

describe('queues', () => {
  test('are declared, shown and deleted', async () => {
    await using management = await Management.start();
    const body = { durable: true, arguments: { 'x-max-length': 5 } };
    assert.equal((await management.request('PUT', '/queues/%2F/a%2Fb', { body })).status, 201);
    assert.equal((await management.request('PUT', '/queues/%2F/a%2Fb', { body })).status, 204);
    const queue = await management.get('/queues/%2F/a%2Fb');
    const { name, vhost, durable, auto_delete, exclusive, type, state, messages, consumers } = queue as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      { name, vhost, durable, auto_delete, exclusive, type, state, messages, consumers },
      {
        name: 'a/b',
        vhost: '/',
        durable: true,
        auto_delete: false,
        exclusive: false,
        type: 'classic',
        state: 'running',
        messages: 0,
        consumers: 0,
      },
    );
    const other = await management.request('PUT', '/queues/%2F/a%2Fb', { body: { durable: false } });
    assert.equal(other.status, 400);
    assert.match(
      (other.json as { reason: string }).reason,
      /^inequivalent arg 'durable' for queue 'a\/b' in vhost '\/'/,
    );
    assert.equal((await management.request('DELETE', '/queues/%2F/a%2Fb')).status, 204);
    assert.deepEqual((await management.request('DELETE', '/queues/%2F/a%2Fb')).json, MISSING);
  });

  test('are not deleted when that is not wanted, or when they are exclusive', async () => {
    await using management = await Management.start();
    const channel = await (await management.connect()).createChannel();
    await channel.assertQueue('used');
    await channel.consume('used', () => {});
    await channel.assertQueue('full');
    channel.sendToQueue('full', Buffer.from('x'));
    await channel.assertQueue('mine', { exclusive: true });
    const reasonOf = async (path: string) => {
      const { status, json } = await management.request('DELETE', path);
      assert.equal(status, 400);
      return (json as { reason: string }).reason;
    };
    assert.equal(await reasonOf('/queues/%2F/used?if-unused=true'), "queue 'used' in vhost '/' in use");
    assert.equal(await reasonOf('/queues/%2F/full?if-empty=true'), "queue 'full' in vhost '/' not empty");
    assert.match(await reasonOf('/queues/%2F/mine'), /^cannot obtain exclusive access to locked queue 'mine'/);
  });

  test('show their consumers and the policy that is in force', async () => {
    await using management = await Management.start();
    const channel = await (await management.connect()).createChannel();
    await channel.assertQueue('q');
    await channel.prefetch(3);
    await channel.consume('q', () => {}, { consumerTag: 'c', arguments: { 'x-priority': 2 } });
    await management.request('PUT', '/policies/%2F/p', { body: { pattern: '^q', definition: { 'max-length': 9 } } });
    const queue = await management.get('/queues/%2F/q');
    const { consumer_details, policy, effective_policy_definition } = queue;
    const [consumer, ...others] = consumer_details as Record<string, unknown>[];
    assert.deepEqual(others, []);
    const { consumer_tag, prefetch_count, ack_required, active, activity_status, arguments: args } = consumer!;
    assert.deepEqual(
      [consumer_tag, prefetch_count, ack_required, active, activity_status, args],
      ['c', 3, true, true, 'up', { 'x-priority': 2 }],
    );
    assert.deepEqual([policy, effective_policy_definition], ['p', { 'max-length': 9 }]);
  });

  test('are paused and resumed, and their messages moved and looked at', async () => {
    await using management = await Management.start();
    for (const name of ['from', 'to']) await management.request('PUT', `/queues/%2F/${name}`, { body: {} });
    for (const payload of ['a', 'bb', 'ccc']) {
      const body = { properties: {}, routing_key: 'from', payload, payload_encoding: 'string' };
      await management.request('POST', '/exchanges/%2F/amq.default/publish', { body });
    }
    assert.equal((await management.request('PUT', '/queues/%2F/from/pause')).status, 204);
    const stateOf = async () => {
      const { state } = await management.get('/queues/%2F/from');
      return state;
    };
    assert.equal(await stateOf(), 'paused');
    const body = { destination: 'to', filter: { min_payload_bytes: 2 } };
    const moved = await management.request('POST', '/queues/%2F/from/move', { body });
    assert.deepEqual(moved.json, { moved: 2, stayed: 1, error: null });
    const { json } = await management.request('POST', '/queues/%2F/to/browse', { body: { count: 5 } });
    assert.deepEqual(
      (json as { payload: string }[]).map(({ payload }) => payload),
      ['bb', 'ccc'],
    );
    const browse = { body: { count: 5, after: 0 } };
    const behind = (await management.request('POST', '/queues/%2F/to/browse', browse)).json;
    const [{ payload, position, ticket }, ...more] = behind as Record<string, unknown>[] as [Record<string, unknown>];
    assert.deepEqual([payload, position, more], ['ccc', 1, []]);
    const selected = { body: { destination: 'from', selection: [ticket, 'gone'] } };
    const back = await management.request('POST', '/queues/%2F/to/move', selected);
    assert.deepEqual(back.json, { moved: 1, stayed: 0, error: null });
    assert.equal((await management.request('PUT', '/queues/%2F/from/resume')).status, 204);
    assert.equal(await stateOf(), 'running');
    const none = await management.request('POST', '/queues/%2F/from/replay', { body: {} });
    assert.deepEqual(none.json, { moved: 0, stayed: 2, error: null });
  });
});

describe('exchanges', () => {
  test('are declared, shown and deleted', async () => {
    await using management = await Management.start();
    const body = { type: 'topic', durable: true, internal: true, arguments: { 'alternate-exchange': 'x' } };
    assert.equal((await management.request('PUT', '/exchanges/%2F/e', { body })).status, 201);
    assert.deepEqual(await management.get('/exchanges/%2F/e'), {
      name: 'e',
      vhost: '/',
      type: 'topic',
      durable: true,
      auto_delete: false,
      internal: true,
      arguments: { 'alternate-exchange': 'x' },
      incoming: [],
      outgoing: [],
    });
    const unknown = await management.request('PUT', '/exchanges/%2F/f', { body: { type: 'nope' } });
    assert.deepEqual(unknown.json, { error: 'bad_request', reason: "unknown exchange type 'nope'" });
    assert.equal((await management.request('DELETE', '/exchanges/%2F/e')).status, 204);
    assert.deepEqual((await management.request('DELETE', '/exchanges/%2F/e')).json, MISSING);
    assert.deepEqual(await management.get('/exchanges/%2F/amq.default?columns=name'), { name: '' });
    for (const method of ['PUT', 'DELETE']) {
      assert.equal((await management.request(method, '/exchanges/%2F/amq.default')).status, 401);
    }
  });
});

describe('bindings', () => {
  test('are made, named by their properties key, and deleted', async () => {
    await using management = await Management.start();
    await management.request('PUT', '/queues/%2F/q', { body: {} });
    const path = '/bindings/%2F/e/amq.topic/q/q';
    const routingKeys = ['', 'a.b', 'r/k y~%é+'];
    for (const routing_key of routingKeys) {
      const { status, headers } = await management.request('POST', path, { body: { routing_key } });
      assert.equal(status, 201);
      assert.match(headers.get('location')!, /^q\//);
    }
    const withArguments = { routing_key: 'a.b', arguments: { n: 1 } };
    await management.request('POST', path, { body: withArguments });
    const bindings = await management.get<{ routing_key: string; properties_key: string; arguments: object }[]>(path);
    assert.deepEqual(
      bindings.map(({ routing_key }) => routing_key),
      ['', 'a.b', 'a.b', 'r/k y~%é+'],
    );
    assert.equal(bindings[0]!.properties_key, '~');
    for (const { routing_key, properties_key, arguments: args } of bindings) {
      const one = `${path}/${encodeURIComponent(properties_key)}`;
      const shown = await management.get<{ routing_key: string; arguments: object }>(one);
      assert.deepEqual(
        { routing_key: shown.routing_key, arguments: shown.arguments },
        { routing_key, arguments: args },
      );
      assert.equal((await management.request('DELETE', one)).status, 204);
      assert.equal((await management.request('GET', one)).status, 404);
    }
    assert.deepEqual(await management.get(path), []);
  });

  test('of the default exchange are shown, and cannot be made', async () => {
    await using management = await Management.start();
    await management.request('PUT', '/queues/%2F/q', { body: {} });
    const own = {
      source: '',
      vhost: '/',
      destination: 'q',
      destination_type: 'queue',
      routing_key: 'q',
      arguments: {},
      properties_key: 'q',
    };
    for (const path of ['/bindings', '/bindings/%2F', '/queues/%2F/q/bindings', '/bindings/%2F/e/amq.default/q/q']) {
      assert.deepEqual(await management.get(path), [own], path);
    }
    const { status } = await management.request('POST', '/bindings/%2F/e/amq.default/q/q', { body: {} });
    assert.equal(status, 401);
  });

  test('lead from exchange to exchange, too', async () => {
    await using management = await Management.start();
    const path = '/bindings/%2F/e/amq.topic/e/amq.fanout';
    assert.equal((await management.request('POST', path, { body: { routing_key: '#' } })).status, 201);
    const [binding] = await management.get<object[]>('/exchanges/%2F/amq.topic/bindings/source');
    assert.deepEqual(await management.get('/exchanges/%2F/amq.fanout/bindings/destination'), [binding]);
    assert.equal((await management.request('DELETE', `${path}/%23`)).status, 204);
    const missing = await management.request('POST', '/bindings/%2F/e/nope/e/amq.fanout', { body: {} });
    assert.deepEqual(missing.json, { error: 'not_found', reason: "no exchange 'nope' in vhost '/'" });
  });
});
