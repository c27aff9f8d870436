import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { readDefinitions } from './read-definitions.ts';

const USER = { name: 'u', password: 'secret', tags: [] };
const QUEUE = { name: 'q', vhost: '/', durable: true, auto_delete: false, arguments: {} };
const EXCHANGE = { name: 'x', vhost: '/', type: 'topic', durable: true, auto_delete: false };
const BINDING = { source: 'x', vhost: '/', destination: 'q', destination_type: 'queue', routing_key: 'k' };
const PERMISSION = { user: 'u', vhost: '/', configure: '', write: '', read: '' };

const refusals: readonly (readonly [section: string, item: Json, message: string])[] = [
  ['users', 'u', 'users[0] is no object'],
  ['users', { ...USER, name: '' }, 'users[0] "" has an empty name'],
  ['users', { name: 'u', password: 'x' }, 'users[0] "u" has no tags'],
  ['users', { ...USER, tags: 1 }, 'users[0] "u" has tags that are neither a text nor a list of texts'],
  ['users', { ...USER, password: '' }, 'users[0] "u" makes no sense: a password may not be empty'],
  ['users', { ...USER, password_hash: 'AAAAAAAA' }, 'users[0] "u" has both a password and a password_hash'],
  ['users', { name: 'u', tags: '', password_hash: '!!' }, 'users[0] "u" has a password_hash that is not base64'],
  [
    'users',
    { name: 'u', tags: '', password_hash: 'AAAAAAAA', hashing_algorithm: 'rot13' },
    'users[0] "u" has a hashing_algorithm that is none of rabbit_password_hashing_sha256, ' +
      'rabbit_password_hashing_sha512, rabbit_password_hashing_md5',
  ],
  ['vhosts', { description: 'nameless' }, 'vhosts[0] has no name'],
  ['vhosts', { name: 'v'.repeat(256) }, `vhosts[0] "${'v'.repeat(256)}" has a name of more than 255 octets`],
  ['permissions', { ...PERMISSION, read: undefined! }, 'permissions[0] in vhost "/" has no read'],
  ['queues', { ...QUEUE, vhost: null }, 'queues[0] "q" has no vhost'],
  ['queues', { ...QUEUE, durable: 'true' }, 'queues[0] "q" in vhost "/" has a durable that is neither true nor false'],
  ['queues', { ...QUEUE, arguments: [1] }, 'queues[0] "q" in vhost "/" has arguments that are no object'],
  ['exchanges', { ...EXCHANGE, type: 5 }, 'exchanges[0] "x" in vhost "/" has a type that is no text'],
  [
    'bindings',
    { ...BINDING, destination_type: 'nothing' },
    'bindings[0] in vhost "/" has a destination_type that is none of queue, exchange',
  ],
];

describe('what makes no sense is refused', () => {
  for (const [section, item, message] of refusals) {
    test(message, async () => {
      await assert.rejects(readDefinitions({ [section]: [item] }), { name: 'OperationError', message });
    });
  }
  for (const json of [[], 'text', null, 1] as const) {
    test(`${JSON.stringify(json)} for a file`, async () => {
      await assert.rejects(readDefinitions(json), { message: 'definitions are a JSON object' });
    });
  }
  test('a section that is no list', async () => {
    await assert.rejects(readDefinitions({ queues: {} }), { message: 'queues is no list' });
  });
  test('an object that is larger than clients could declare it', async () => {
    const args = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`argument-${i}`, i]));
    await assert.rejects(readDefinitions({ queues: [{ ...QUEUE, arguments: args }] }), {
      message: 'queues[0] "q" in vhost "/" has more than 131072 octets',
    });
  });
  test('a permission that is no regular expression', async () => {
    const permissions = [{ ...PERMISSION, write: '(' }];
    await assert.rejects(
      readDefinitions({ permissions }),
      /^OperationError: permissions\[0\] in vhost "\/" makes no sense/,
    );
  });
});

test('tags are a list, or a text with commas', async () => {
  const users = [
    { ...USER, tags: ['a', 'b'] },
    { ...USER, tags: 'a, b' },
    { ...USER, tags: 'a,b' },
    { ...USER, tags: '' },
  ];
  const tags = (await readDefinitions({ users })).users.map((user) => user.tags);
  assert.deepEqual(tags, [['a', 'b'], ['a', 'b'], ['a', 'b'], []]);
});

test('passwords of old versions were hashed with MD5, where nothing else is said', async () => {
  const users = [{ name: 'u', tags: '', password_hash: 'AAAAAAAA' }];
  const algorithmOf = async (file: { readonly [name: string]: Json }) => {
    return (await readDefinitions({ ...file, users })).users[0]?.password.hashingAlgorithm;
  };
  assert.equal(await algorithmOf({ rabbit_version: '3.5.7' }), 'rabbit_password_hashing_md5');
  assert.equal(await algorithmOf({ rabbit_version: '3.6.0' }), 'rabbit_password_hashing_sha256');
  assert.equal(await algorithmOf({ rabbitmq_version: '4.1.0' }), 'rabbit_password_hashing_sha256');
  assert.equal(await algorithmOf({}), 'rabbit_password_hashing_sha256');
});

test('a user without password and hash has none', async () => {
  const [user] = (await readDefinitions({ users: [{ name: 'u', tags: '' }] })).users;
  assert.equal(user?.password.passwordHash, '');
});

test('the metadata of a virtual host stand in it or beside it', async () => {
  const metadata = { description: 'd', tags: ['a'], default_queue_type: 'quorum' };
  const expected = { description: 'd', tags: ['a'], defaultQueueType: 'quorum' };
  const read = async (vhost: object) =>
    (await readDefinitions({ vhosts: [{ name: 'v', ...vhost }] })).vhosts[0]?.metadata;
  assert.deepEqual(await read({ metadata }), expected);
  assert.deepEqual(await read(metadata), expected);
  assert.deepEqual(await read({ ...metadata, metadata }), expected);
  assert.deepEqual(await read({ metadata: { description: 'd', tags: 'a', default_queue_type: 'undefined' } }), {
    ...expected,
    defaultQueueType: undefined,
  });
  assert.equal(await read({}), undefined);
  assert.equal(await read({ metadata: {}, limits: [] }), undefined);
});

test('the type of a queue may stand beside its arguments', async () => {
  const typeOf = async (queue: object) => {
    const [read] = (await readDefinitions({ queues: [{ ...QUEUE, ...queue }] })).queues;
    return read?.properties.arguments.get('x-queue-type')?.value;
  };
  assert.equal(await typeOf({ type: 'quorum' }), 'quorum');
  assert.equal(await typeOf({ queue_type: 'quorum' }), 'quorum');
  assert.equal(await typeOf({ type: 'quorum', arguments: { 'x-queue-type': 'quorum' } }), 'quorum');
  assert.equal(await typeOf({ type: 'classic' }), undefined);
  assert.equal(await typeOf({}), undefined);
});

test('objects may be lists of pairs, as rabbitmqctl writes some', async () => {
  const queues = [{ ...QUEUE, arguments: [['x-max-length', 5]] }];
  const [queue] = (await readDefinitions({ queues })).queues;
  assert.deepEqual(queue?.properties.arguments.get('x-max-length'), { type: 'long', value: 5 });
});

test('into a virtual host goes what belongs to one, whatever virtual host it names', async () => {
  const json = {
    users: [USER],
    vhosts: [{ name: 'v' }],
    permissions: [PERMISSION],
    queues: [QUEUE],
    exchanges: [EXCHANGE],
  };
  const { users, vhosts, permissions, queues, exchanges } = await readDefinitions(json, 'target');
  assert.deepEqual([users, vhosts, permissions], [[], [], []]);
  assert.deepEqual([queues[0]?.vhost, exchanges[0]?.vhost], ['target', 'target']);
});

test('sections that nobody knows are passed over', async () => {
  assert.deepEqual((await readDefinitions({ nonsense: [1], rabbitmq_definition_format: 'cluster' })).queues, []);
});
