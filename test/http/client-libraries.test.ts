import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Management } from '../support/management.ts';

const EVERYTHING = { configure: '.*', write: '.*', read: '.*' };

/** What client libraries of RabbitMQ's API rely on, as their own tests tell. */
suite('client libraries of the management API', () => {
  test('who adds a virtual host may do everything in it', async () => {
    await using management = await Management.start();
    const permissionsIn = (vhost: string) => management.get(`/vhosts/${vhost}/permissions`);
    assert.equal((await management.request('PUT', '/vhosts/put', { body: {} })).status, 201);
    assert.deepEqual(await permissionsIn('put'), [{ vhost: 'put', user: 'guest', ...EVERYTHING }]);
    assert.equal((await management.request('PUT', '/queues/put/q', { body: {} })).status, 201);

    const permissions = [{ vhost: 'said', user: 'guest', configure: '', write: '', read: 'q' }];
    const body = { vhosts: [{ name: 'imported' }, { name: 'said' }], permissions };
    assert.equal((await management.request('POST', '/definitions', { body })).status, 204);
    assert.deepEqual(await permissionsIn('imported'), [{ vhost: 'imported', user: 'guest', ...EVERYTHING }]);
    assert.deepEqual(await permissionsIn('said'), permissions);
  });

  test('describing a virtual host that is there gives nobody permissions', async () => {
    await using management = await Management.start();
    assert.equal((await management.request('DELETE', '/permissions/other/guest')).status, 204);
    assert.equal((await management.request('PUT', '/vhosts/other', { body: { description: 'd' } })).status, 204);
    assert.deepEqual(await management.get('/vhosts/other/permissions'), []);
  });

  test('the permissions for the topics of one exchange are cleared', async () => {
    await using management = await Management.start();
    const path = '/topic-permissions/%2F/management';
    const statuses: number[] = [];
    for (const exchange of ['a', 'b', 'b']) {
      const { status } = await management.request('PUT', path, { body: { exchange, write: 'w', read: 'r' } });
      statuses.push(status);
    }
    assert.deepEqual(statuses, [201, 204, 204]); // it is the user's permissions that are there or not
    const both = ['a', 'b'].map((exchange) => ({ user: 'management', vhost: '/', exchange, write: 'w', read: 'r' }));
    assert.deepEqual(await management.get(`${path}/a`), both);
    assert.equal((await management.request('DELETE', `${path}/b`)).status, 204);
    assert.deepEqual(await management.get(path), both.slice(0, 1));
    assert.equal((await management.request('DELETE', `${path}/none`)).status, 204);
    assert.equal((await management.request('DELETE', `${path}/a`)).status, 204);
    assert.equal((await management.request('DELETE', `${path}/a`)).status, 404);
  });

  test('limits that are cleared one by one are set, and none', async () => {
    await using management = await Management.start();
    const path = '/parameters/vhost-limits/%2F/limits';
    assert.equal((await management.request('PUT', '/vhost-limits/%2F/max-queues', { body: { value: 5 } })).status, 204);
    assert.equal((await management.request('DELETE', '/vhost-limits/%2F/max-queues')).status, 204);
    assert.deepEqual(await management.get('/vhost-limits'), [{ vhost: '/', value: {} }]);
    assert.deepEqual(await management.get('/vhost-limits/%2F'), []);
    assert.equal((await management.request('PUT', path, { body: { value: [] } })).status, 204); // as RabbitMQ shows it
    assert.deepEqual(await management.get(path), { value: {}, vhost: '/', component: 'vhost-limits', name: 'limits' });
    assert.equal((await management.request('DELETE', path)).status, 204);
    assert.deepEqual(await management.get('/vhost-limits'), []);
  });

  test('every queue is bound to the default exchange', async () => {
    await using management = await Management.start();
    await management.request('PUT', '/queues/%2F/q', { body: {} });
    const bindings = await management.get<{ source: string; destination: string }[]>(
      '/exchanges/%2F/amq.default/bindings/source',
    );
    assert.deepEqual(
      bindings.map(({ source, destination }) => [source, destination]),
      [['', 'q']],
    );
  });

  test('the health of the node can be asked for by its name', async () => {
    await using management = await Management.start();
    const { node, erlang_version: erlang } = await management.get<{ node: string; erlang_version: string }>(
      '/overview',
    );
    assert.deepEqual(await management.get(`/healthchecks/node/${node}`), { status: 'ok' });
    assert.equal((await management.request('GET', '/healthchecks/node/none')).status, 404);
    assert.equal(erlang, ''); // there is none, but clients look for it
  });

  test('a queue that is new has samples of a time when it was not there', async () => {
    await using management = await Management.start();
    await management.request('PUT', '/queues/%2F/q', { body: {} });
    const range = 'lengths_age=600&lengths_incr=60&msg_rates_age=600&msg_rates_incr=60';
    const [queue] = await management.get<[{ messages_details: { samples: { sample: number; timestamp: number }[] } }]>(
      `/queues?${range}`,
    );
    const { samples } = queue.messages_details;
    assert.equal(samples.length, 11);
    assert.ok(samples.every(({ sample }) => sample === 0));
    assert.ok(Math.abs(samples[0]!.timestamp - Date.now()) < 120_000);
  });
});
