import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Management } from '../support/management.ts';

let management: Management;

before(async () => {
  management = await Management.start();
  const put = (path: string, body: unknown = {}) => management.request('PUT', path, { body });
  await put('/queues/%2F/orders');
  await put('/queues/%2F/full', { arguments: { 'x-max-length': 0, 'x-overflow': 'reject-publish' } });
  await put('/exchanges/%2F/lost', { type: 'fanout' });
  await put('/exchanges/%2F/front', { type: 'headers', arguments: { 'alternate-exchange': 'lost' } });
  const bind = (to: string, body: unknown) => management.request('POST', `/bindings/%2F/e/${to}`, { body });
  await bind('front/q/orders', { routing_key: 'any', arguments: { region: 'eu' } });
  await bind('lost/q/full', { routing_key: '' });
});

after(() => management[Symbol.asyncDispose]());

const route = (exchange: string, body: unknown, user = 'guest') =>
  management.request('POST', `/exchanges/%2F/${exchange}/route`, { body, user });

interface Numbers {
  readonly messages: number;
  readonly message_stats?: unknown;
}

const STEP = { certain: true, after_ms: 0, picks: null, duplicate: false, delay_ms: 0 };

test('a route is shown with its bindings, and nothing is published', async () => {
  const body = { routing_key: 'k', properties: { headers: { region: 'eu' } } };
  const { status, json } = await route('front', body, 'management');
  assert.equal(status, 200);
  assert.deepEqual(json, {
    routing_keys: ['k'],
    exchanges: [
      {
        exchange: 'front',
        type: 'headers',
        ...STEP,
        alternate_exchange: 'lost',
        goes_to_alternate: false,
        binding_count: 1,
        bindings: [
          { destination: 'orders', destination_type: 'queue', routing_key: 'any', arguments: { region: 'eu' } },
        ],
      },
    ],
    queue_count: 1,
    queues: [{ name: 'orders', outcome: 'taken', certain: true, after_ms: 0 }],
  });
  const { messages, message_stats: stats } = await management.get<Numbers>('/queues/%2F/orders');
  assert.deepEqual([messages, stats], [0, undefined]);
  assert.equal((await management.get<Numbers>('/exchanges/%2F/front')).message_stats, undefined);
});

test('alternate exchanges and refusals are told', async () => {
  const { json } = await route('front', { routing_key: 'k' });
  const { exchanges, queues } = json as Record<'exchanges' | 'queues', { exchange: string; outcome: string }[]>;
  assert.deepEqual([exchanges.map(({ exchange }) => exchange), queues[0]!.outcome], [['front', 'lost'], 'refused']);
});

test('the default exchange goes by its name in addresses, and leads to queues by theirs', async () => {
  const { json } = await route('amq.default', { routing_key: 'orders' });
  const { queues } = json as { queues: readonly { name: string }[] };
  assert.deepEqual(
    queues.map(({ name }) => name),
    ['orders'],
  );
});

test('what makes no sense is refused', async () => {
  assert.equal((await route('front', {})).status, 400);
  assert.equal((await route('nowhere', { routing_key: '' })).status, 404);
  assert.equal((await route('front', { routing_key: 'k'.repeat(256) })).status, 400);
  const { status, text } = await route('front', { routing_key: '', properties: { headers: { CC: 'no array' } } });
  assert.equal(status, 400);
  assert.match(text, /unacceptable_type_in_header/);
  assert.equal((await route('front', { routing_key: '' }, 'monitoring')).status, 401);
});
