import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Management } from '../support/management.ts';

const REFUSED = { error: 'not_authorised', reason: 'Access refused.' };

/** Forged by whoever publishes it: nothing has died. */
function deadLetter(queue: string, exchange = '', ...keys: string[]): object {
  const death = { queue, exchange, 'routing-keys': keys.length === 0 ? [queue] : keys, reason: 'rejected', count: 1 };
  return {
    properties: { headers: { 'x-death': [death] } },
    routing_key: 'mine',
    payload: queue,
    payload_encoding: 'string',
  };
}

/** A user who may use names that begin with `mine` only, with the queue `mine`, beside queues of others. */
async function withLimitedUser(action: (management: Management) => Promise<void>): Promise<void> {
  await using management = await Management.start();
  const body = { configure: '^mine', write: '^mine', read: '^mine' };
  await management.request('PUT', '/permissions/%2F/management', { body });
  for (const name of ['mine', 'mine-too', 'other']) {
    await management.request('PUT', `/queues/%2F/${name}`, { body: { durable: true } });
  }
  await action(management);
}

async function publish(management: Management, ...letters: readonly object[]): Promise<void> {
  for (const body of letters) await management.request('POST', '/exchanges/%2F/amq.default/publish', { body });
}

async function replay(management: Management, body: object, user = 'management') {
  const { status, json } = await management.request('POST', '/queues/%2F/mine/replay', { user, body });
  return { status, json };
}

async function counts(management: Management): Promise<Record<string, number>> {
  const queues = await management.get<{ name: string; messages: number }[]>('/queues');
  return Object.fromEntries(queues.map(({ name, messages }) => [name, messages]));
}

describe('a replay by somebody who may not do everything', () => {
  test('goes to no queue that its user may not write to', () =>
    withLimitedUser(async (management) => {
      await publish(management, deadLetter('other'));
      assert.deepEqual(await replay(management, {}), { status: 401, json: REFUSED });
      assert.deepEqual(await counts(management), { mine: 1, 'mine-too': 0, other: 0 });
      assert.equal((await replay(management, {}, 'guest')).status, 200);
      assert.deepEqual(await counts(management), { mine: 0, 'mine-too': 0, other: 1 });
    }));

  test('leaves what may not go, says why, and goes on with the rest', () =>
    withLimitedUser(async (management) => {
      await publish(management, deadLetter('other'), deadLetter('mine-too'), deadLetter('other'));
      const error = "access to queue 'other' in vhost '/' refused for user 'management'";
      assert.deepEqual(await replay(management, {}), { status: 200, json: { moved: 1, stayed: 2, error } });
      assert.deepEqual(await counts(management), { mine: 2, 'mine-too': 1, other: 0 });
    }));

  test('goes through no exchange that its user may not publish to', () =>
    withLimitedUser(async (management) => {
      await management.request('PUT', '/exchanges/%2F/mine-inside', { body: { type: 'fanout', internal: true } });
      await management.request('POST', '/bindings/%2F/e/mine-inside/q/other', { body: {} });
      await publish(management, deadLetter('other'), deadLetter('other', 'mine-inside'));
      assert.deepEqual(await replay(management, { to: 'exchange' }), { status: 401, json: REFUSED });
      assert.deepEqual(await counts(management), { mine: 2, 'mine-too': 0, other: 0 });
    }));

  test('takes none of the routing keys that topic permissions refuse, the first or further ones', () =>
    withLimitedUser(async (management) => {
      await management.request('PUT', '/exchanges/%2F/mine-topics', { body: { type: 'topic' } });
      await management.request('POST', '/bindings/%2F/e/mine-topics/q/other', { body: { routing_key: '#' } });
      const topics = { exchange: 'mine-topics', write: '^a', read: '' };
      await management.request('PUT', '/topic-permissions/%2F/management', { body: topics });
      await publish(management, deadLetter('other', 'mine-topics', 'b'), deadLetter('other', 'mine-topics', 'a', 'b'));
      assert.deepEqual(await replay(management, { to: 'exchange' }), { status: 401, json: REFUSED });
      await publish(management, deadLetter('other', 'mine-topics', 'a'));
      assert.equal((await replay(management, { to: 'exchange' })).status, 200);
      assert.deepEqual(await counts(management), { mine: 2, 'mine-too': 0, other: 1 });
    }));
});

test('what is exclusive to a connection is not for operations of others, whoever they are', async () => {
  await using management = await Management.start();
  const channel = await (await management.connect()).createChannel();
  await channel.assertQueue('q', { exclusive: true });
  await channel.assertQueue('to');
  const operations: readonly (readonly [method: string, operation: string, body?: object])[] = [
    ['PUT', 'pause'],
    ['PUT', 'resume'],
    ['POST', 'move', { destination: 'to' }],
    ['POST', 'replay', {}],
    ['POST', 'browse', { count: 1 }],
    ['POST', 'get', { count: 1, ackmode: 'ack_requeue_true', encoding: 'auto' }],
  ];
  for (const [method, operation, body] of operations) {
    const { status, text } = await management.request(method, `/queues/%2F/q/${operation}`, { body });
    assert.equal(status, 400, `${operation}: ${text}`);
    assert.match(text, /cannot obtain exclusive access to locked queue 'q'/);
  }
});

test('publishing over HTTP asks for the routing keys in CC and BCC, where topic permissions are about the exchange', async () => {
  await using management = await Management.start();
  const body = { exchange: 'amq.topic', write: '^a', read: '' };
  await management.request('PUT', '/topic-permissions/%2F/management', { body });
  for (const [headers, status] of [
    [{ CC: ['a.b'], BCC: ['a'] }, 200],
    [{ CC: ['a', 'b'] }, 401],
    [{ BCC: ['b'] }, 401],
  ] as const) {
    const message = { properties: { headers }, routing_key: 'a', payload: '', payload_encoding: 'string' };
    const answer = await management.request('POST', '/exchanges/%2F/amq.topic/publish', {
      user: 'management',
      body: message,
    });
    assert.equal(answer.status, status, JSON.stringify(headers));
  }
});
