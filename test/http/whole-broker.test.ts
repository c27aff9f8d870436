import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Management } from '../support/management.ts';

interface Overview {
  readonly node: string;
  readonly rabbitmq_version: string;
  readonly object_totals: Readonly<Record<'connections' | 'channels' | 'exchanges' | 'queues' | 'consumers', number>>;
  readonly queue_totals: Readonly<Record<string, number>>;
  readonly listeners: readonly { readonly protocol: string; readonly port: number }[];
}

describe('the broker as a whole', () => {
  test('the overview has totals and listeners', async () => {
    await using management = await Management.start();
    await management.connect();
    await management.request('PUT', '/queues/%2F/q', { body: {} });
    const overview = await management.get<Overview>('/overview');
    const { connections, channels, queues, consumers } = overview.object_totals;
    assert.deepEqual(
      { connections, channels, queues, consumers },
      { connections: 1, channels: 0, queues: 1, consumers: 0 },
    );
    const details = { rate: 0 };
    assert.deepEqual(overview.queue_totals, {
      messages: 0,
      messages_details: details,
      messages_ready: 0,
      messages_ready_details: details,
      messages_unacknowledged: 0,
      messages_unacknowledged_details: details,
    });
    assert.equal(overview.rabbitmq_version, '3.10.8');
    const ports = overview.listeners.map(({ port }) => port);
    assert.deepEqual(ports, [management.broker.port, Number(new URL(management.broker.managementUrl!).port)]);
    const [node] = await management.get<[{ name: string; running: boolean }]>('/nodes');
    assert.deepEqual([node.name, node.running], [overview.node, true]);
    assert.deepEqual(await management.get(`/nodes/${node.name}?columns=running`), { running: true });
  });

  test('definitions go out and come back', async () => {
    await using source = await Management.start();
    await source.request('PUT', '/queues/%2F/q', { body: { durable: true, arguments: { 'x-max-length': 5 } } });
    await source.request('POST', '/bindings/%2F/e/amq.topic/q/q', { body: { routing_key: '#' } });
    const all = await source.request('GET', '/definitions?download=all.json');
    assert.equal(all.headers.get('content-disposition'), 'attachment; filename="all.json"');
    await using target = await Management.start();
    assert.equal((await target.request('POST', '/definitions', { body: all.text })).status, 204);
    assert.deepEqual(await target.get('/definitions'), all.json);
    const ofVhost = await source.get('/definitions/%2F');
    assert.equal((await target.request('POST', '/definitions/other', { body: ofVhost })).status, 204);
    assert.equal((await target.get<unknown[]>('/queues/other')).length, 1);
  });

  test('integers of 64 bits come back to the last digit, in arguments and policies, and after a restart', async () => {
    const exact = '"x-max-length":9007199254740993';
    const [most, policy] = ['"x-expires-not":9223372036854775807', '"max-length-bytes":9007199254740995'];
    using data = new TemporaryDataDirectory();
    const body = `{"durable":true,"arguments":{${exact},${most}}}`;
    const text = await (async () => {
      await using source = await Management.start({ dataDir: data.path });
      assert.equal((await source.request('PUT', '/queues/%2F/q', { body })).status, 201);
      const definition = `{"pattern":"^q","definition":{${policy}}}`;
      assert.equal((await source.request('PUT', '/policies/%2F/p', { body: definition })).status, 201);
      assert.ok((await source.request('GET', '/queues')).text.includes(exact));
      return (await source.request('GET', '/definitions')).text;
    })();
    for (const part of [exact, most, policy]) assert.ok(text.includes(part), part);
    await using again = await Management.start({ dataDir: data.path });
    const restored = await again.request('GET', '/definitions');
    for (const part of [exact, most, policy]) assert.ok(restored.text.includes(part), part);
    await using target = await Management.start();
    assert.equal((await target.request('POST', '/definitions', { body: text })).status, 204);
    const imported = await target.request('GET', '/definitions');
    for (const part of [exact, most, policy]) assert.ok(imported.text.includes(part), part);
    assert.equal((await target.request('PUT', '/queues/%2F/q', { body })).status, 204);
  });

  test('definitions that cannot be are refused', async () => {
    await using management = await Management.start();
    const refused = await management.request('POST', '/definitions', { body: '[' });
    assert.deepEqual(refused.json, { error: 'bad_request', reason: 'failed_to_parse_json' });
    const missing = await management.request('POST', '/definitions/none', { body: {} });
    assert.deepEqual([missing.status, missing.json], [404, { error: 'not_found', reason: 'vhost_not_found' }]);
  });

  test('health checks say that all is well, or what is not', async () => {
    await using management = await Management.start();
    const { port } = management.broker;
    const well = ['alarms', 'local-alarms', 'virtual-hosts', 'node-is-quorum-critical', 'protocol-listener/amqp'];
    for (const check of [...well, 'certificate-expiration/1/days', `port-listener/${port}`]) {
      const { status } = await management.get<{ status: string }>(`/health/checks/${check}`, 'management');
      assert.equal(status, 'ok', check);
    }
    assert.deepEqual(await management.get('/aliveness-test/%2F'), { status: 'ok' });
    const absent = await management.request('GET', '/health/checks/protocol-listener/mqtt');
    assert.deepEqual([absent.status, (absent.json as { missing: string }).missing], [503, 'mqtt']);
    assert.equal((await management.request('GET', '/health/checks/port-listener/1')).status, 503);
    assert.equal((await management.request('GET', '/health/checks/port-listener/x')).status, 400);
  });
});
