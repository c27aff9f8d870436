import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

describe('virtual hosts', () => {
  test('are added, described, traced and deleted', async () => {
    await using management = await Management.start();
    assert.equal((await management.request('PUT', '/vhosts/a%2Fb')).status, 201);
    const body = { description: 'd', tags: 'x,y', default_queue_type: 'quorum', tracing: true };
    assert.equal((await management.request('PUT', '/vhosts/a%2Fb', { body })).status, 204);
    assert.equal((await management.request('PUT', '/vhosts/a%2Fb', { body: {} })).status, 204);
    const shown = await management.get<Record<string, unknown>>('/vhosts/a%2Fb');
    const { name, description, tags, default_queue_type, tracing } = shown;
    assert.deepEqual([name, description, tags, default_queue_type, tracing], ['a/b', 'd', ['x', 'y'], 'quorum', true]);
    assert.equal((await management.request('DELETE', '/vhosts/a%2Fb')).status, 204);
    assert.equal((await management.request('GET', '/vhosts/a%2Fb')).status, 404);
  });
});

describe('users', () => {
  test('are added with a password or a hash of one, and deleted', async () => {
    await using management = await Management.start();
    const permissions = { '/': { configure: '', write: '.*', read: '.*' } };
    const body = { password: 'anna', tags: 'management,x', permissions };
    assert.equal((await management.request('PUT', '/users/anna', { body })).status, 201);
    assert.deepEqual(await management.get('/whoami', 'anna'), { name: 'anna', tags: ['management', 'x'] });
    assert.deepEqual(await management.get('/users/anna/permissions'), [
      { user: 'anna', vhost: '/', ...permissions['/'] },
    ]);
    const { password_hash } = await management.get<{ password_hash: string }>('/users/anna');
    const copy = { password_hash, tags: ['management'] };
    assert.equal((await management.request('PUT', '/users/bert', { body: copy })).status, 201);
    const credentials = { authorization: `Basic ${btoa('bert:anna')}` };
    assert.equal((await management.request('GET', '/whoami', { user: undefined, headers: credentials })).status, 200);
    assert.deepEqual(await management.get('/users/without-permissions?columns=name'), [
      { name: 'bert' },
      { name: 'monitoring' },
    ]);
    const users = ['anna', 'bert'];
    assert.equal((await management.request('POST', '/users/bulk-delete', { body: { users } })).status, 204);
    assert.equal((await management.request('GET', '/users/anna')).status, 404);
    assert.equal((await management.request('DELETE', '/users/anna')).status, 404);
  });

  test('what makes no sense is refused', async () => {
    await using management = await Management.start();
    const refusals: readonly (readonly [body: object, reason: unknown])[] = [
      [{ password: 'x' }, 'tags_not_present'],
      [{ password: 'x', password_hash: 'xxxx', tags: '' }, 'both_password_and_password_hash_are_provided'],
      [{ password_hash: 'xxx', tags: '' }, ['not_base64', 'xxx']],
    ];
    for (const [body, reason] of refusals) {
      const { status, json } = await management.request('PUT', '/users/anna', { body });
      assert.deepEqual([status, json], [400, { error: 'bad_request', reason }]);
    }
    assert.equal((await management.request('GET', '/users/anna')).status, 404);
  });
});

describe('permissions', () => {
  test('are given and taken', async () => {
    await using management = await Management.start();
    const path = '/permissions/%2F/monitoring';
    const body = { configure: '^a', write: '.*', read: '' };
    assert.equal((await management.request('PUT', path, { body })).status, 201);
    assert.equal((await management.request('PUT', path, { body })).status, 204);
    assert.deepEqual(await management.get(path), { user: 'monitoring', vhost: '/', ...body });
    assert.equal((await management.request('PUT', path, { body: { ...body, read: '(' } })).status, 400);
    assert.equal((await management.request('DELETE', path)).status, 204);
    assert.equal((await management.request('DELETE', path)).status, 404);
    const nobody = await management.request('PUT', '/permissions/%2F/none', { body });
    assert.deepEqual(nobody.json, { error: 'bad_request', reason: 'vhost_or_user_not_found' });
  });

  test('for topics are given and taken', async () => {
    await using management = await Management.start();
    const path = '/topic-permissions/%2F/management';
    const body = { exchange: 'amq.topic', write: '^a', read: '.*' };
    assert.equal((await management.request('PUT', path, { body })).status, 201);
    const shown = [{ user: 'management', vhost: '/', ...body }];
    const lists = ['/topic-permissions', path, '/vhosts/%2F/topic-permissions', '/users/management/topic-permissions'];
    for (const list of lists) assert.deepEqual(await management.get(list), shown, list);
    assert.equal((await management.request('DELETE', path)).status, 204);
    assert.equal((await management.request('GET', path)).status, 404);
  });
});

describe('policies, parameters and limits', () => {
  test('policies of both kinds are set and cleared', async () => {
    await using management = await Management.start();
    for (const root of ['/policies', '/operator-policies']) {
      const body = { pattern: '^q', definition: { 'max-length': 5 }, priority: 2, 'apply-to': 'queues' };
      assert.equal((await management.request('PUT', `${root}/%2F/p`, { body })).status, 201);
      assert.equal((await management.request('PUT', `${root}/%2F/p`, { body })).status, 204);
      const shown = { vhost: '/', name: 'p', ...body };
      assert.deepEqual(await management.get(`${root}/%2F/p`), shown);
      for (const list of [root, `${root}/%2F`]) assert.deepEqual(await management.get(list), [shown]);
      const wrong = await management.request('PUT', `${root}/%2F/w`, { body: { pattern: 'x', definition: { no: 1 } } });
      assert.match(
        (wrong.json as { reason: string }).reason,
        /^Validation failed\n\n.* not recognised policy settings/,
      );
      assert.equal((await management.request('DELETE', `${root}/%2F/p`)).status, 204);
      assert.equal((await management.request('DELETE', `${root}/%2F/p`)).status, 404);
    }
  });

  test('parameters are set and cleared', async () => {
    await using management = await Management.start();
    const path = '/parameters/vhost-limits/%2F/limits';
    const value = { 'max-queues': 5 };
    assert.equal((await management.request('PUT', path, { body: { value } })).status, 201);
    const shown = { value, vhost: '/', component: 'vhost-limits', name: 'limits' };
    assert.deepEqual(await management.get(path), shown);
    for (const list of ['/parameters', '/parameters/vhost-limits', '/parameters/vhost-limits/%2F']) {
      assert.deepEqual(await management.get(list), [shown], list);
    }
    assert.deepEqual(await management.get('/vhost-limits'), [{ vhost: '/', value }]);
    assert.equal((await management.request('DELETE', path)).status, 204);
    assert.equal((await management.request('GET', path)).status, 404);
    const unknown = await management.request('PUT', '/parameters/no/%2F/p', { body: { value } });
    assert.deepEqual(unknown.json, {
      error: 'bad_request',
      reason: 'Validation failed\n\ncomponent no not found\n',
    });
  });

  test('parameters of the broker are set and cleared; one is its name', async () => {
    await using management = await Management.start();
    assert.equal((await management.request('PUT', '/global-parameters/g', { body: { value: [1] } })).status, 201);
    assert.deepEqual(await management.get('/global-parameters/g'), { name: 'g', value: [1] });
    assert.equal((await management.request('PUT', '/cluster-name', { body: { name: 'warren' } })).status, 204);
    assert.deepEqual(await management.get('/cluster-name'), { name: 'warren' });
    assert.equal((await management.request('DELETE', '/global-parameters/g')).status, 204);
    assert.equal((await management.request('DELETE', '/global-parameters/g')).status, 404);
  });

  test('limits of virtual hosts and users are set and cleared', async () => {
    await using management = await Management.start();
    for (const [root, name, key] of [
      ['/vhost-limits/other', 'max-queues', 'vhost'],
      ['/user-limits/guest', 'max-channels', 'user'],
    ] as const) {
      assert.equal((await management.request('PUT', `${root}/${name}`, { body: { value: 5 } })).status, 204);
      assert.deepEqual(await management.get(root), [{ [key]: root.split('/')[2], value: { [name]: 5 } }]);
      assert.equal((await management.request('PUT', `${root}/${name}`, { body: { value: 'x' } })).status, 400);
      assert.equal((await management.request('DELETE', `${root}/${name}`)).status, 204);
      assert.deepEqual(await management.get(root), []);
    }
  });
});
