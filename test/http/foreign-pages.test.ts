import assert from 'node:assert/strict';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

const EVIL = 'http://evil.example';

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly user?: string;
}

interface Got {
  readonly status: number;
  readonly json: { readonly error?: string; readonly reason?: unknown } | undefined;
}

/** With headers that `fetch` lets nobody set. */
async function ask({ broker }: Management, path: string, sent: Sent = {}): Promise<Got> {
  const { method = 'GET', headers = {}, body = '', user = 'guest' } = sent;
  const credentials = { authorization: `Basic ${btoa(`${user}:${user}`)}` };
  const { hostname, port } = new URL(broker.managementUrl!);
  const outgoing = request({ hostname, port, path, method, headers: { ...credentials, ...headers }, agent: false });
  const answer = new Promise<Got>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', async (response) => {
      const content = await text(response);
      const isJson = response.headers['content-type']?.startsWith('application/json') === true;
      resolve({ status: response.statusCode!, json: isJson && content !== '' ? JSON.parse(content) : undefined });
    });
  });
  outgoing.end(body);
  return answer;
}

const REFUSED = {
  status: 403,
  json: { error: 'forbidden', reason: 'web pages of other origins may not do this: see --management-cors-origins' },
};

describe('web pages of other origins', () => {
  test('change nothing, by whatever method, wherever a browser tells that it was them', async () => {
    await using management = await Management.start();
    const tellings = [
      { origin: EVIL },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'http://localhost:1' },
    ];
    for (const headers of tellings) {
      for (const [method, path] of [
        ['POST', '/api/definitions'],
        ['PUT', '/api/users/evil'],
        ['DELETE', '/api/vhosts/%2F'],
        ['POST', '/api/queues/%2F/q/get'],
        ['PATCH', '/api/queues'],
        ['POST', '/elsewhere'],
        ['GET', '/api/aliveness-test/%2F'],
        ['GET', '/api/trace/%2F'],
        ['HEAD', '/api/logs/live'],
      ] as const) {
        const { status, json } = await ask(management, path, { method, headers });
        assert.equal(status, REFUSED.status, `${method} ${path} ${JSON.stringify(headers)}`);
        if (method !== 'HEAD') assert.deepEqual(json, REFUSED.json);
      }
    }
    assert.deepEqual(await management.get('/queues'), []);
  });

  test('are not answered in a way that they could read; what they are not told of, they may ask for', async () => {
    await using management = await Management.start();
    const { status } = await ask(management, '/api/whoami', {
      headers: { origin: EVIL, 'sec-fetch-site': 'cross-site' },
    });
    assert.equal(status, 200);
  });

  test('may do what others may, where they are trusted', async () => {
    for (const managementCorsOrigins of [EVIL, '*']) {
      await using management = await Management.start({ managementCorsOrigins });
      const headers = { origin: EVIL, 'sec-fetch-site': 'cross-site', 'content-type': 'application/json' };
      const { status } = await ask(management, '/api/queues/%2F/q', { method: 'PUT', headers, body: '{}' });
      assert.equal(status, 201);
    }
  });

  test('do not keep the pages of the broker, and programs that are no browsers, from anything', async () => {
    await using management = await Management.start();
    const { origin, host } = new URL(management.broker.managementUrl!);
    for (const [index, headers] of [
      {},
      { origin },
      { origin, 'sec-fetch-site': 'same-origin' },
      { 'sec-fetch-site': 'none' },
      { host, origin: 'https://proxied.example', 'sec-fetch-site': 'same-origin' },
    ].entries()) {
      const sent = { method: 'PUT', headers: headers as Record<string, string>, body: '{}' };
      assert.equal((await ask(management, `/api/queues/%2F/q${index}`, sent)).status, 201, JSON.stringify(headers));
    }
  });
});

describe('the host that a request is for', () => {
  const forHost = (host: string) => ({ headers: { host } });
  const refusal = (host: string) => {
    const reason = `requests for the host ${host} are not answered: see --management-hosts`;
    return { status: 403, json: { error: 'forbidden', reason } };
  };

  test('is one of this machine, where the broker listens on loopback', async () => {
    await using management = await Management.start();
    for (const host of ['evil.example', 'evil.example:15672', '127.0.0.1.evil.example']) {
      for (const path of ['/api/whoami', '/', '/metrics', '/api/auth', '/nowhere']) {
        assert.deepEqual(await ask(management, path, forHost(host)), refusal(host), `${host} ${path}`);
      }
    }
    for (const host of ['localhost', 'localhost:1', '[::1]', '127.0.0.1', '192.0.2.1:80']) {
      assert.equal((await ask(management, '/api/whoami', forHost(host))).status, 200, host);
    }
  });

  test('is one that was given', async () => {
    await using management = await Management.start({ managementHosts: 'mq.example.org' });
    assert.equal((await ask(management, '/api/whoami', forHost('mq.example.org'))).status, 200);
    assert.deepEqual(await ask(management, '/api/whoami', forHost('evil.example')), refusal('evil.example'));
  });

  test('is any, where the broker listens for other machines; users for this machine only come by its own names', async () => {
    const user = { password: 'guest', tags: ['administrator'] };
    const users = [
      { ...user, name: 'guest', loopbackOnly: true },
      { ...user, name: 'management', password: 'management' },
    ];
    await using management = await Management.start({ bind: '0.0.0.0', users });
    const failed = { status: 401, json: { error: 'not_authorized', reason: 'Login failed' } };
    assert.deepEqual(await ask(management, '/api/whoami', forHost('mq.example.org')), failed);
    assert.equal((await ask(management, '/api/whoami', forHost('localhost'))).status, 200);
    assert.equal(
      (await ask(management, '/api/whoami', { ...forHost('mq.example.org'), user: 'management' })).status,
      200,
    );
  });
});

describe('bodies', () => {
  const FORMS = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
  const OTHERS = ['', '*/*', 'application/*', 'application/vnd.api+json', 'text/json'];

  test('have to be said to be JSON where RabbitMQ wants that', async () => {
    await using management = await Management.start();
    const wanted: readonly (readonly [method: string, path: string, body: string])[] = [
      ['POST', '/api/definitions', '{}'],
      ['POST', '/api/definitions/%2F', '{}'],
      ['PUT', '/api/operator-policies/%2F/p', '{"pattern":"x","definition":{"max-length":1}}'],
      ['PUT', '/api/vhost-limits/%2F/max-queues', '{"value":1}'],
      ['PUT', '/api/user-limits/guest/max-channels', '{"value":1}'],
    ];
    for (const [method, path, body] of wanted) {
      for (const type of [...FORMS, ...OTHERS]) {
        const { status, json } = await ask(management, path, { method, body, headers: { 'content-type': type } });
        assert.deepEqual([status, json?.error], [415, 'unsupported_media_type'], `${method} ${path} ${type}`);
      }
      assert.equal((await ask(management, path, { method, body })).status, 415, `${method} ${path} without a type`);
      for (const type of ['application/json', 'Application/JSON; charset=utf-8']) {
        const { status } = await ask(management, path, { method, body, headers: { 'content-type': type } });
        assert.ok(status === 201 || status === 204, `${method} ${path} ${type}: ${status}`);
      }
    }
  });

  test('may be said to be anything elsewhere, or nothing: curl says that it sends a form', async () => {
    await using management = await Management.start();
    for (const type of [undefined, ...FORMS, ...OTHERS.slice(1)]) {
      const sent = { body: '{}', headers: type === undefined ? {} : { 'content-type': type } };
      const { status } = await ask(management, '/api/queues/%2F/q', { method: 'PUT', ...sent });
      assert.ok(status === 201 || status === 204, `${type}: ${status}`);
    }
    const deletion = { method: 'DELETE', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
    assert.equal((await ask(management, '/api/vhost-limits/%2F/max-queues', deletion)).status, 204);
  });

  test('that are nested very deeply are 400, on every way in', async () => {
    await using management = await Management.start();
    for (const depth of [100, 5_000, 30_000]) {
      for (const value of ['['.repeat(depth) + ']'.repeat(depth), `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`]) {
        for (const [method, path, body] of [
          ['PUT', '/api/queues/%2F/q', `{"arguments":{"x":${value}}}`],
          ['PUT', '/api/exchanges/%2F/e', `{"arguments":{"x":${value}}}`],
          ['POST', '/api/bindings/%2F/e/amq.headers/q/q', `{"arguments":{"x":${value}}}`],
          ['PUT', '/api/global-parameters/g', `{"value":${value}}`],
          ['PUT', '/api/policies/%2F/p', `{"pattern":"","definition":{"x":${value}}}`],
          ['POST', '/api/definitions', `{"global_parameters":[{"name":"g","value":${value}}]}`],
          ['PUT', '/api/queues/%2F/q', `{"unknown":${value}}`],
          ['PUT', '/api/queues/%2F/q', value],
        ] as const) {
          const headers = { 'content-type': 'application/json' };
          const { status, json } = await ask(management, path, { method, body, headers });
          assert.deepEqual([status, json?.error], [400, 'bad_request'], `${method} ${path} ${depth}`);
        }
      }
    }
    assert.equal((await ask(management, '/api/definitions')).status, 200);
  });
});

describe('what is no request that could be answered', () => {
  test("is told so in RabbitMQ's shape, and not in the framework's", async () => {
    await using management = await Management.start();
    const put = { method: 'PUT', body: '{}' };
    const cases: readonly (readonly [status: number, error: string, path: string, sent: Sent])[] = [
      [400, 'bad_request', '/api/queues/%zz', {}],
      [400, 'bad_request', '/%', {}],
      [400, 'bad_request', '/api/queues/%2F/%80', {}],
      [404, 'Object Not Found', `/api/queues/%2F/${'x'.repeat(3000)}`, {}],
      [404, 'Object Not Found', '/nowhere', {}],
      [415, 'unsupported_media_type', '/api/queues/%2F/q', { ...put, headers: { 'content-type': 'garbage' } }],
      [400, 'bad_request', '/api/queues/%2F/q', { ...put, headers: { 'content-length': 'x' } }],
      [400, 'bad_request', '/api/queues/%2F/q', { ...put, body: `{"x":"${'x'.repeat(140_000)}"}` }],
      [431, 'bad_request', '/api/whoami', { headers: { x: 'x'.repeat(20_000) } }],
    ];
    for (const [status, error, path, sent] of cases) {
      const got = await ask(management, path, sent);
      assert.deepEqual([got.status, got.json?.error], [status, error], path.slice(0, 60));
      assert.deepEqual(Object.keys(got.json!), ['error', 'reason']);
      assert.doesNotMatch(JSON.stringify(got.json), /FST_|statusCode/);
    }
  });
});
