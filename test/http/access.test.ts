import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

const NOT_MANAGEMENT = { error: 'not_authorised', reason: 'Not management user' };
const NOT_ADMINISTRATOR = { error: 'not_authorised', reason: 'Not administrator user' };
const NOT_OF_VHOST = { error: 'not_authorised', reason: 'User not authorised to access virtual host' };
const NOT_OF_OBJECT = { error: 'not_authorised', reason: 'User not authorised to access object' };

describe('who may use the API', () => {
  test('whoever says nothing is asked who they are', async () => {
    await using management = await Management.start();
    const { status, headers, text } = await management.request('GET', '/overview', { user: undefined });
    assert.deepEqual([status, text], [401, '']);
    assert.equal(headers.get('www-authenticate'), 'Basic realm="RabbitMQ Management"');
  });

  test('wrong credentials and users without a tag are refused', async () => {
    await using management = await Management.start();
    const failed = { error: 'not_authorized', reason: 'Login failed' };
    for (const authorization of ['Basic Z3Vlc3Q6eA==', 'Basic !!', 'Basic Z3Vlc3Q=', 'Bearer x', '']) {
      const { status, json } = await management.request('GET', '/whoami', {
        user: undefined,
        headers: { authorization },
      });
      assert.deepEqual([status, json], [401, failed], authorization);
    }
    const { status, json } = await management.request('GET', '/whoami', { user: 'nobody' });
    assert.deepEqual([status, json], [401, NOT_MANAGEMENT]);
  });

  test('each tag opens what RabbitMQ opens for it', async () => {
    await using management = await Management.start();
    const refusals: readonly (readonly [user: string, path: string, content: unknown])[] = [
      ['management', '/users', NOT_ADMINISTRATOR],
      ['management', '/definitions', NOT_ADMINISTRATOR],
      ['management', '/nodes', { error: 'not_authorised', reason: 'Not monitor user' }],
      ['management', '/parameters', NOT_OF_OBJECT],
      ['management', '/queues/other', NOT_OF_VHOST],
      ['monitoring', '/queues/%2F', NOT_OF_VHOST],
      ['monitoring', '/vhosts/%2F', NOT_ADMINISTRATOR],
      ['policymaker', '/parameters/operator_policy/other', NOT_OF_OBJECT],
      ['policymaker', '/operator-policies/%2F/p', NOT_ADMINISTRATOR],
    ];
    for (const [user, path, content] of refusals) {
      const { status, json } = await management.request('GET', path, { user });
      assert.deepEqual([status, json], [401, content], `${user} ${path}`);
    }
    for (const path of ['/nodes', '/connections', '/channels', '/consumers', '/vhosts', '/vhost-limits/%2F']) {
      await management.get(path, 'monitoring');
    }
    for (const path of ['/policies/%2F', '/parameters', '/global-parameters'])
      await management.get(path, 'policymaker');
    const vhosts = (user: string) => management.get<{ name: string }[]>('/vhosts?columns=name', user);
    assert.deepEqual(await vhosts('management'), [{ name: '/' }]);
    assert.deepEqual(await vhosts('monitoring'), [{ name: '/' }, { name: 'other' }]);
  });

  test("AMQP's permissions hold for what is declared, read and published", async () => {
    await using management = await Management.start();
    await management.request('PUT', '/permissions/%2F/management', {
      body: { configure: '^mine', write: '^mine', read: '^mine' },
    });
    const refused = { error: 'not_authorised', reason: 'Access refused.' };
    const publish = { properties: {}, routing_key: 'x', payload: 'x', payload_encoding: 'string' };
    const attempts: readonly (readonly [method: string, path: string, body?: unknown])[] = [
      ['PUT', '/queues/%2F/q', {}],
      ['PUT', '/exchanges/%2F/e', { type: 'topic' }],
      ['DELETE', '/exchanges/%2F/amq.topic'],
      ['POST', '/exchanges/%2F/amq.topic/publish', publish],
    ];
    for (const [method, path, body] of attempts) {
      const { status, json } = await management.request(method, path, { user: 'management', body });
      assert.deepEqual([status, json], [401, refused], `${method} ${path}`);
    }
    const { status } = await management.request('PUT', '/queues/%2F/mine', { user: 'management', body: {} });
    assert.equal(status, 201);
  });
});

describe('requests that make no sense', () => {
  test('what is not there is 404, and a method that is not there 405', async () => {
    await using management = await Management.start();
    const missing = { error: 'Object Not Found', reason: 'Not Found' };
    for (const path of ['/nothing', '/queues/none', '/queues/%2F/none', '/users/none', '/vhosts/none', '/nodes/x']) {
      const { status, json } = await management.request('GET', path);
      assert.deepEqual([status, json], [404, missing], path);
    }
    const { status, headers } = await management.request('DELETE', '/queues');
    assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD, OPTIONS']);
    const options = await management.request('OPTIONS', '/queues/%2F/q', { user: undefined });
    assert.deepEqual([options.status, options.headers.get('allow')], [200, 'GET, PUT, DELETE, HEAD, OPTIONS']);
    const head = await management.request('HEAD', '/queues');
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  test('a body that is no object is 400, and so is one that is too large', async () => {
    await using management = await Management.start();
    for (const body of ['{', '[]', '5', 'null']) {
      const { status, json } = await management.request('PUT', '/queues/%2F/q', { body });
      assert.deepEqual([status, json], [400, { error: 'bad_request', reason: 'not_json' }]);
    }
    const body = JSON.stringify({ arguments: { x: 'y'.repeat(140_000) } });
    const { status, json } = await management.request('PUT', '/queues/%2F/q', { body });
    assert.deepEqual([status, json], [400, { error: 'bad_request', reason: 'payload size is over the limit' }]);
  });

  test('fields that are missing or of a wrong type are named', async () => {
    await using management = await Management.start();
    const missing = await management.request('PUT', '/permissions/%2F/management', { body: { configure: '' } });
    assert.deepEqual(missing.json, { error: 'bad_request', reason: '[{key_missing,write},{key_missing,read}]' });
    const wrong = await management.request('PUT', '/queues/%2F/q', { body: { durable: 'maybe' } });
    assert.deepEqual(wrong.json, { error: 'bad_request', reason: ['not_boolean', 'maybe'] });
  });
});

describe('pages', () => {
  test('the API describes itself to people and to programs, without a login', async () => {
    await using management = await Management.start();
    const page = await management.request('GET', '', { user: undefined });
    assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.match(page.text, /\/api\/queues\/\{vhost\}\/\{name\}\/get/);
    const { json } = await management.request('GET', '/openapi.json', { user: undefined });
    type Operation = {
      readonly summary: string;
      readonly parameters?: { readonly in: string; readonly name: string }[];
    };
    const { paths } = json as { paths: Record<string, { delete?: Operation; get?: Operation }> };
    assert.match(paths['/api/queues/{vhost}/{name}']?.delete?.summary ?? '', /^Delete a queue/);
    const inAddress = (path: string) =>
      paths[path]?.get?.parameters?.filter(({ in: place }) => place === 'query').map(({ name }) => name);
    assert.deepEqual(inAddress('/api/trace/{vhost}'), ['exchange', 'routing_key', 'queue', 'user']);
    for (const path of ['/api/logs', '/api/logs/live']) assert.deepEqual(inAddress(path), ['level', 'text']);
  });

  test('web pages of other origins may use it only if that was asked for', async () => {
    const origin = 'https://ops.example.org';
    {
      await using management = await Management.start();
      const { headers } = await management.request('GET', '/whoami', { headers: { origin } });
      assert.equal(headers.get('access-control-allow-origin'), null);
    }
    await using management = await Management.start({ managementCorsOrigins: `https://other.example.org, ${origin}` });
    const { headers } = await management.request('GET', '/whoami', { headers: { origin } });
    assert.equal(headers.get('access-control-allow-origin'), origin);
    const asking = { origin, 'access-control-request-method': 'DELETE' };
    const preflight = await management.request('OPTIONS', '/queues/%2F/q', { user: undefined, headers: asking });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /DELETE/);
    const stranger = await management.request('GET', '/whoami', { headers: { origin: 'https://evil.example' } });
    assert.equal(stranger.headers.get('access-control-allow-origin'), null);
  });
});
