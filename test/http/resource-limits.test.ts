import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIBRARIES } from '../support/clients/libraries.ts';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Management } from '../support/management.ts';

const MEMORY = '/limits/memory-limit';
const DISK = '/limits/disk-free-limit';

for (const library of LIBRARIES) {
  test(`a limit of 0 blocks publishers until it is set back (${library.name})`, async () => {
    await using management = await Management.start({ memoryLimitOctets: 100_000_000 });
    await using publishing = await library.connect(management.broker.url);
    const blocked = new Promise<string>((resolve) => publishing.onBlocked(resolve));
    const unblocked = new Promise<void>((resolve) => publishing.onUnblocked(resolve));
    const channel = await publishing.confirmChannel();
    await channel.declareQueue('work');
    assert.equal((await management.request('PUT', MEMORY, { body: { value: 0 } })).status, 204);
    const published = channel.publish('', 'work', Buffer.from('late'));
    assert.equal(await blocked, 'low on memory');
    const body = { properties: {}, routing_key: 'work', payload: 'x', payload_encoding: 'string' };
    const { status, json } = await management.request('POST', '/exchanges/%2F/amq.default/publish', { body });
    assert.deepEqual([status, json], [503, { error: 'service_unavailable', reason: 'low on memory' }]);
    assert.equal((await management.request('DELETE', MEMORY)).status, 204);
    await unblocked;
    await published;
    const { messages } = await management.get<{ messages: number }>('/queues/%2F/work');
    assert.equal(messages, 1);
  });
}

test('limits are shown, and set by administrators alone', async () => {
  using data = new TemporaryDataDirectory();
  await using management = await Management.start({ dataDir: data.path, memoryLimitOctets: 100_000_000 });
  assert.deepEqual(await management.get('/limits', 'monitoring'), {
    'memory-limit': 100_000_000,
    'disk-free-limit': 'auto',
  });
  assert.equal((await management.request('GET', '/limits', { user: 'management' })).status, 401);
  const refused = { error: 'not_authorised', reason: 'Not administrator user' };
  for (const user of ['management', 'policymaker', 'monitoring']) {
    for (const [method, body] of [
      ['PUT', { value: 1 }],
      ['DELETE', undefined],
    ] as const) {
      const { status, json } = await management.request(method, MEMORY, { user, body });
      assert.deepEqual([status, json], [401, refused], `${user} ${method}`);
    }
  }
  for (const [path, value, shown] of [
    [MEMORY, '64MiB', 64 * 2 ** 20],
    [DISK, '2%', '2%'],
    [DISK, 1000, 1000],
  ] as const) {
    assert.equal((await management.request('PUT', path, { body: { value } })).status, 204);
    const limits = await management.get<Record<string, unknown>>('/limits');
    assert.equal(limits[path.slice('/limits/'.length)], shown);
  }
  const [node] = await management.get<{ mem_limit: number; disk_free_limit: number }[]>('/nodes');
  assert.deepEqual([node!.mem_limit, node!.disk_free_limit], [64 * 2 ** 20, 1000]);
  for (const path of [MEMORY, DISK]) assert.equal((await management.request('DELETE', path)).status, 204);
  assert.deepEqual(await management.get('/limits'), { 'memory-limit': 100_000_000, 'disk-free-limit': 'auto' });
});

test('a limit that makes no sense, or is not there, changes nothing', async () => {
  await using management = await Management.start();
  const before = await management.get<Record<string, unknown>>('/limits');
  assert.deepEqual(Object.keys(before), ['memory-limit']);
  for (const value of [-1, 1.5, null, {}, 'much', '101%', true, '']) {
    const { status, json } = await management.request('PUT', MEMORY, { body: { value } });
    const reason = 'the value must be a number of octets at least 0, as in 512MiB or 40%';
    assert.deepEqual([status, json], [400, { error: 'bad_request', reason }], `${value}`);
  }
  const missing = await management.request('PUT', DISK, { body: { value: 1 } }); // without a data directory
  assert.deepEqual(missing.json, { error: 'not_found', reason: "there is no limit 'disk-free-limit'" });
  assert.equal((await management.request('DELETE', '/limits/constructor')).status, 404);
  assert.deepEqual(await management.get('/limits'), before);
});
