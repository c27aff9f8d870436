import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Answer, Management } from '../support/management.ts';

const TEXT = { properties: {}, payload_encoding: 'string' };

async function withQueue(): Promise<Management> {
  const management = await Management.start();
  await management.request('PUT', '/queues/%2F/q', { body: {} });
  return management;
}

function publish(management: Management, body: object, exchange = 'amq.default'): Promise<Answer> {
  return management.request('POST', `/exchanges/%2F/${exchange}/publish`, {
    body: { ...TEXT, routing_key: 'q', ...body },
  });
}

function get(management: Management, body: object): Promise<Answer> {
  const asked = { count: 10, ackmode: 'ack_requeue_true', encoding: 'auto', ...body };
  return management.request('POST', '/queues/%2F/q/get', { body: asked });
}

async function payloads(management: Management, body: object = {}): Promise<string[]> {
  const { json } = await get(management, body);
  return (json as { payload: string }[]).map(({ payload }) => payload);
}

test('the firehose has what is published and got over HTTP, and statistics count it', async () => {
  await using management = await withQueue();
  await management.request('PUT', '/vhosts/%2F', { body: { tracing: true } });
  await management.request('PUT', '/queues/%2F/traced', { body: {} });
  const path = '/bindings/%2F/e/amq.rabbitmq.trace/q/traced';
  assert.equal((await management.request('POST', path, { body: { routing_key: '#' } })).status, 201);
  await publish(management, { payload: 'a', properties: { headers: { CC: ['c'] } } });
  await publish(management, { payload: 'b', routing_key: 'nowhere' }, 'amq.direct');
  await get(management, {});
  await management.request('PUT', '/vhosts/%2F', { body: { tracing: false } });

  const asked = { count: 10, ackmode: 'ack_requeue_false', encoding: 'auto' };
  const { json } = await management.request('POST', '/queues/%2F/traced/get', { body: asked });
  const who = { vhost: '/', connection: 'HTTP API', channel: 1, user: 'guest' };
  const properties = { headers: { CC: ['c'] } };
  assert.deepEqual(
    (json as { routing_key: string; properties: { headers: { node: string } } }[]).map((traced) => {
      const { node: _node, ...headers } = traced.properties.headers;
      return [traced.routing_key, headers];
    }),
    [
      ['publish.', { exchange_name: '', routing_keys: ['q', 'c'], properties, ...who, routed_queues: ['q'] }],
      [
        'publish.amq.direct',
        { exchange_name: 'amq.direct', routing_keys: ['nowhere'], properties: {}, ...who, routed_queues: [] },
      ],
      ['deliver.q', { exchange_name: '', routing_keys: ['q', 'c'], properties, redelivered: 0, ...who }],
    ],
  );
  const { message_stats: stats } = await management.get<{ message_stats: Record<string, number> }>('/vhosts/%2F');
  const counts = ['publish', 'confirm', 'return_unroutable', 'get', 'get_no_ack', 'get_empty'];
  assert.deepEqual(
    counts.map((name) => stats[name]),
    [2, 2, 1, 1, 3, 2], // both gets asked for more than there was
  );
  const exchange = await management.get<{ message_stats: { publish_in: number } }>('/exchanges/%2F/amq.direct');
  assert.equal(exchange.message_stats.publish_in, 1);
});

describe('publishing', () => {
  test('says whether a queue has the message', async () => {
    await using management = await withQueue();
    assert.deepEqual((await publish(management, { payload: 'a' })).json, { routed: true });
    assert.deepEqual((await publish(management, { payload: 'a', routing_key: 'none' })).json, { routed: false });
  });

  test('says so if a queue has no room for the message', async () => {
    await using management = await withQueue();
    const limited = { arguments: { 'x-max-length': 1, 'x-overflow': 'reject-publish' } };
    await management.request('PUT', '/queues/%2F/limited', { body: limited });
    const toLimited = { payload: 'a', routing_key: 'limited', properties: { headers: { CC: ['q'] } } };
    assert.deepEqual((await publish(management, toLimited)).json, { routed: true });
    const { status, json } = await publish(management, toLimited);
    const reason = 'rejected Unable to publish message. Check queue limits.';
    assert.deepEqual([status, json], [400, { error: 'bad_request', reason }]);
    assert.deepEqual(await payloads(management), ['a', 'a'], 'the other queue has both');
    const { messages } = await management.get<{ messages: number }>('/queues/%2F/limited');
    assert.equal(messages, 1);
  });

  test('goes to further routing keys, and keeps blind copies to itself', async () => {
    await using management = await withQueue();
    const headers = { BCC: ['q'], CC: ['none'] };
    const sent = await publish(management, { payload: 'a', routing_key: 'none', properties: { headers } });
    assert.deepEqual(sent.json, { routed: true });
    const [message] = (await get(management, {})).json as { properties: object }[];
    assert.deepEqual(message?.properties, { headers: { CC: ['none'] } });
    const { json } = await publish(management, { payload: 'a', properties: { headers: { CC: 5 } } });
    assert.match((json as { reason: string }).reason, /^406 PRECONDITION_FAILED - invalid message/);
  });

  test('carries all properties, and octets of all kinds', async () => {
    await using management = await withQueue();
    const properties = {
      content_type: 'text/plain',
      content_encoding: 'gzip',
      headers: { text: 'x', integer: 1, real: 1.5, list: [1, 'x'], table: { yes: true } },
      delivery_mode: 2,
      priority: 4,
      correlation_id: 'c',
      reply_to: 'r',
      expiration: '60000',
      message_id: 'm',
      timestamp: 12345,
      type: 't',
      user_id: 'guest',
      app_id: 'a',
      cluster_id: 'cl',
    };
    await publish(management, { payload: '//79', payload_encoding: 'base64', properties });
    const { json } = await get(management, {});
    assert.deepEqual(json, [
      {
        payload_bytes: 3,
        redelivered: false,
        exchange: '',
        routing_key: 'q',
        message_count: 0,
        properties,
        payload: '//79',
        payload_encoding: 'base64',
      },
    ]);
  });

  test('what cannot be published is refused in the words of RabbitMQ', async () => {
    await using management = await withQueue();
    const refusals: readonly (readonly [body: object, reason: unknown, exchange?: string])[] = [
      [{ payload: 5 }, 'payload_not_string'],
      [{ payload: 'x', payload_encoding: 'rot13' }, ['unsupported_encoding', 'rot13']],
      [{ payload: '!', payload_encoding: 'base64' }, ['not_base64', '!']],
      [{ payload: 'x', properties: { delivery_mode: '2' } }, ['not_int', 'delivery_mode']],
      [
        { payload: 'x', properties: { expiration: 'x' } },
        "406 PRECONDITION_FAILED - invalid expiration 'x': no_integer",
      ],
      [{ payload: 'x' }, "404 NOT_FOUND - no exchange 'none' in vhost '/'", 'none'],
    ];
    for (const [body, reason, exchange] of refusals) {
      const { status, json } = await publish(management, body, exchange);
      assert.deepEqual([status, json], [400, { error: 'bad_request', reason }]);
    }
    const stranger = await publish(management, { payload: 'x', properties: { user_id: 'x' } });
    assert.match(
      (stranger.json as { reason: string }).reason,
      /^406 PRECONDITION_FAILED - user_id property set to 'x'/,
    );
  });
});

describe('getting', () => {
  test('leaves messages where they are, or takes them, as it is told to', async () => {
    await using management = await withQueue();
    for (const payload of ['a', 'b', 'c']) await publish(management, { payload });
    assert.deepEqual(await payloads(management), ['a', 'b', 'c']);
    assert.deepEqual(await payloads(management, { ackmode: 'reject_requeue_true', count: 2 }), ['a', 'b']);
    assert.deepEqual(await payloads(management, { ackmode: 'ack_requeue_false', count: 1 }), ['a']);
    assert.deepEqual(await payloads(management, { ackmode: 'reject_requeue_false', count: '1' }), ['b']);
    assert.deepEqual(await payloads(management), ['c']);
    assert.deepEqual(await payloads(management, { count: -1 }), []);
  });

  test('shows text as text unless base64 is asked for, and cuts it', async () => {
    await using management = await withQueue();
    await publish(management, { payload: 'häre' });
    assert.deepEqual(await payloads(management, { encoding: 'base64' }), [btoa('h\xc3\xa4re')]);
    assert.deepEqual(await payloads(management, { truncate: 3 }), ['hä']);
    const cut = await get(management, { truncate: 2 });
    const [{ payload_encoding, payload_bytes }] = cut.json as [{ payload_encoding: string; payload_bytes: number }];
    assert.deepEqual([payload_encoding, payload_bytes], ['base64', 5]);
  });

  test('what makes no sense is refused', async () => {
    await using management = await withQueue();
    const reasonOf = async (body: object) => ((await get(management, body)).json as { reason: unknown }).reason;
    assert.deepEqual(await reasonOf({ count: 'x' }), ['not_integer', 'x']);
    assert.equal(await reasonOf({ encoding: 'hex' }), 'Unsupported encoding. Please use auto or base64.');
    const missing = await management.request('POST', '/queues/%2F/q/get', { body: {} });
    const reason = '[{key_missing,count},{key_missing,ackmode},{key_missing,encoding}]';
    assert.deepEqual(missing.json, { error: 'bad_request', reason });
    const body = { count: 1, ackmode: 'ack_requeue_true', encoding: 'auto' };
    const none = await management.request('POST', '/queues/%2F/none/get', { body });
    assert.deepEqual(none.json, { error: 'not_found', reason: "NOT_FOUND - no queue 'none' in vhost '/'" });
  });

  test('purging drops what is ready', async () => {
    await using management = await withQueue();
    await publish(management, { payload: 'a' });
    assert.equal((await management.request('DELETE', '/queues/%2F/q/contents')).status, 204);
    assert.deepEqual(await payloads(management), []);
    assert.equal((await management.request('DELETE', '/queues/%2F/none/contents')).status, 404);
  });
});
