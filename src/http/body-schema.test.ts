import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ANYTHING, BOOLEAN, bodyOf, INTEGER, type JsonSchema, schemaError, TABLE, TAGS, TEXT } from './body-schema.ts';

function reasonOf(schema: JsonSchema, body: unknown): unknown {
  return schemaError(schema, body)?.reason;
}

const QUEUE = bodyOf({ name: TEXT, length: INTEGER, durable: BOOLEAN, arguments: TABLE, tags: TAGS, more: ANYTHING }, [
  'name',
]);

test('a body that is as its schema has it', () => {
  for (const body of [
    { name: '' },
    { name: 'q', length: -1, durable: 'true', arguments: { x: null }, tags: 'a,b', more: [{}] },
    { name: 'q', length: 1e3, durable: false, arguments: [], tags: ['a', 'b'], more: null, unknown: 5 },
  ]) {
    assert.equal(schemaError(QUEUE, body), undefined, JSON.stringify(body));
  }
});

test('the first value that is otherwise is named', () => {
  for (const [field, value, reason] of [
    ['name', null, 'name should be string'],
    ['length', '5', ['not_int', 'length']],
    ['length', 0.5, ['not_int', 'length']],
    ['durable', 'maybe', ['not_boolean', 'maybe']],
    ['durable', null, ['not_boolean', null]],
    ['arguments', 'x', 'arguments should be object or array'],
    ['arguments', [1], 'arguments should be no longer than 0'],
    ['tags', {}, 'tags should be string or array'],
    ['tags', ['a', 1, 2], 'tags.1 should be string'],
  ] as const) {
    assert.deepEqual(reasonOf(QUEUE, { name: 'q', [field]: value }), reason);
  }
  assert.equal(reasonOf(QUEUE, []), 'the body should be object');
  assert.equal(reasonOf({ enum: ['queue', 'exchange'] }, 'x'), 'the body should be queue or exchange');
});

test('what is missing comes before what is wrong, and all of it is named', () => {
  const permission = bodyOf({ write: TEXT, read: TEXT }, ['write', 'read']);
  const user = bodyOf({ tags: TAGS, permissions: { type: 'object', additionalProperties: permission } }, ['tags']);
  assert.equal(
    reasonOf(user, { permissions: { a: { read: 5 }, b: {} } }),
    '[{key_missing,tags},{key_missing,write},{key_missing,write},{key_missing,read}]',
  );
  assert.equal(
    reasonOf(user, { tags: [], permissions: { a: { write: '', read: 5 } } }),
    'permissions.a.read should be string',
  );
});
