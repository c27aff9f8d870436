import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TemporaryDataDirectory } from '../support/data-directory.ts';
import { Management } from '../support/management.ts';

describe('the node', () => {
  const directory = new TemporaryDataDirectory();
  let management: Management;
  let name: string;
  before(async () => {
    management = await Management.start({ dataDir: directory.path });
    ({ node: name } = await management.get<{ node: string }>('/overview'));
  });
  after(async () => {
    await management[Symbol.asyncDispose]();
    directory[Symbol.dispose]();
  });

  test("has RabbitMQ's numbers, each with its rate", async () => {
    await management.connect();
    const node = await management.get(`/nodes/${name}`);
    const changing = 'mem_used fd_used sockets_used disk_free io_sync_count io_sync_avg_time msg_store_write_count';
    const churn = 'connection_created connection_closed channel_created channel_closed';
    const queueChurn = 'queue_declared queue_created queue_deleted';
    for (const field of `${changing} ${churn} ${queueChurn}`.split(' ')) {
      assert.equal(typeof node[field], 'number', field);
      assert.equal(typeof (node[`${field}_details`] as { rate: unknown }).rate, 'number', field);
    }
    for (const field of 'fd_total sockets_total mem_limit disk_free_limit uptime run_queue processors'.split(' ')) {
      assert.equal(typeof node[field], 'number', field);
    }
    const { sockets_used, connection_created, mem_used, disk_free } = node as Record<string, number>;
    assert.deepEqual([sockets_used, connection_created], [1, 1]);
    assert.ok(mem_used! > 1e7 && disk_free! > 0);
  });

  test('refuses ranges of samples that make no sense', async () => {
    const { status } = await management.request('GET', `/nodes/${name}?node_stats_age=x&node_stats_incr=1`);
    assert.equal(status, 400);
  });

  test('knows how many packets a connection has sent and got', async () => {
    await management.connect();
    const [connection] =
      await management.get<{ recv_cnt: number; send_cnt: number; send_pend: number }[]>('/connections');
    assert.ok(connection!.recv_cnt >= 3 && connection!.send_cnt >= 3);
    assert.equal(connection!.send_pend, 0);
  });

  test('counts logins by protocol, until they are counted anew', async () => {
    const path = `/auth/attempts/${name}`;
    assert.equal((await management.request('DELETE', path)).status, 204);
    await assert.rejects(management.connect('nonesuch'));
    await management.connect();
    await management.request('GET', '/overview', { user: 'nonesuch' });
    assert.deepEqual(await management.get(path, 'monitoring'), [
      { protocol: 'amqp091', auth_attempts: 2, auth_attempts_failed: 1, auth_attempts_succeeded: 1 },
      { protocol: 'http', auth_attempts: 2, auth_attempts_failed: 1, auth_attempts_succeeded: 1 },
    ]);
    assert.deepEqual(await management.get(`${path}/source`), []);
    assert.equal((await management.request('GET', '/auth/attempts/nonesuch')).status, 404);
    const refused = await management.request('GET', path, { user: 'management' });
    assert.deepEqual([refused.status, refused.json], [401, { error: 'not_authorised', reason: 'Not monitor user' }]);
  });

  test('a node tells how long things take, as histograms since its start', async () => {
    const [node] =
      await management.get<[{ histograms: Record<string, { bounds: number[]; counts: number[] }> }]>('/nodes');
    assert.deepEqual(Object.keys(node.histograms), [
      'sync_seconds',
      'event_loop_delay_seconds',
      'delivery_milliseconds',
    ]);
    for (const { bounds, counts } of Object.values(node.histograms)) assert.equal(counts.length, bounds.length + 1);
  });
});
