import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Management } from '../support/management.ts';
import { ACCESS_TABLE, type Row, SCENE, type Who } from './access-table.ts';

/** A dead letter that its publisher has forged: it says that it came from `y` and `to`. */
const DEAD_LETTER = {
  properties: {
    headers: { 'x-death': [{ queue: 'to', exchange: 'y', 'routing-keys': ['k'], reason: 'rejected', count: 1 }] },
  },
  routing_key: 'dead',
  payload: '',
  payload_encoding: 'string',
};

let management: Management;
let node: string;
const users = new Map<string, string>();
/** Whether everything is there that rows are about. */
let isSceneSet = false;

before(async () => {
  management = await Management.start();
  ({ node } = await management.get<{ node: string }>('/overview'));
});
after(() => management[Symbol.asyncDispose]());

describe('the table of accesses', () => {
  test('has all routes of the API, and no others', async () => {
    const { paths } = await management.get<{ paths: Record<string, Record<string, unknown>> }>('/openapi.json');
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path.slice('/api'.length)}`),
    );
    const rows = ACCESS_TABLE.map(({ method, route }) => `${method} ${route}`);
    assert.deepEqual([...new Set(rows)].sort(), routes.sort());
  });
});

for (const row of ACCESS_TABLE) {
  const { method, route, body, refused, allowed } = row;
  test(`${method} ${route} ${body === undefined ? '' : JSON.stringify(body)}`, async () => {
    for (const who of refused) assert.equal(await statusFor(row, who), 401, `refused: ${JSON.stringify(who)}`);
    for (const who of allowed) {
      const status = await statusFor(row, who);
      isSceneSet &&= method === 'GET';
      const isDone = status < 300 || (status === 503 && route.startsWith('/health'));
      assert.ok(isDone, `allowed: ${JSON.stringify(who)}: ${status}`);
    }
  });
}

/** What the user is answered, where everything is there that the row is about. */
async function statusFor(row: Row, who: Who): Promise<number> {
  await setScene(row);
  const user = await userLike(who);
  const path = await pathOf(row);
  if (row.isStream === true) return await beginningOf(path, user);
  const { status } = await management.request(row.method, path, { user, body: row.body });
  return status;
}

async function setScene({ route, path = {} }: Row): Promise<void> {
  const { name } = path;
  if (!isSceneSet) await expectDone('POST', '/definitions', SCENE);
  isSceneSet = true;
  if (name === 'dead') await expectDone('POST', '/exchanges/%2F/amq.default/publish', DEAD_LETTER);
  if (!/^\/(connections|channels)\//.test(route)) return;
  const open = await management.get<unknown[]>('/channels');
  if (open.length === 0) await (await management.connect()).createChannel();
}

/** Somebody who may do just that; each is added once. */
async function userLike(who: Who): Promise<string> {
  const key = JSON.stringify(who);
  const known = users.get(key);
  if (known !== undefined) return known;
  const name = `user-${users.size}`;
  users.set(key, name);
  const { tag = 'management', may = {} } = who;
  await expectDone('PUT', `/users/${name}`, { password: name, tags: tag });
  if (may !== null) {
    await expectDone('PUT', `/permissions/%2F/${name}`, { configure: '', write: '', read: '', ...may });
  }
  return name;
}

async function expectDone(method: string, path: string, body: unknown): Promise<void> {
  const { status, text } = await management.request(method, path, { body });
  assert.ok(status < 300, `${method} ${path}: ${status} ${text}`);
}

async function pathOf({ route, path = {} }: Row): Promise<string> {
  const [connection] = await management.get<{ name: string }[]>('/connections');
  const known: Record<string, string> = {
    NODE: node,
    CONNECTION: connection?.name ?? '',
    CHANNEL: `${connection?.name} (1)`,
  };
  const parts: Record<string, string> = { vhost: '/', ...path };
  return route.replaceAll(/\{(\w+)\}/g, (_all, part: string) =>
    encodeURIComponent(known[parts[part]!] ?? parts[part]!),
  );
}

async function beginningOf(path: string, user: string): Promise<number> {
  const leaving = new AbortController();
  const headers = { authorization: `Basic ${btoa(`${user}:${user}`)}` };
  const { status } = await fetch(`${management.broker.managementUrl}/api${path}`, { headers, signal: leaving.signal });
  leaving.abort();
  return status;
}
