import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../protocol/field-table.ts';
import { bindingIdentity } from './binding.ts';
import { destination } from './destination.test.helper.ts';

const identity = (args: FieldTable, routingKey = 'k') => bindingIdentity(destination('q'), routingKey, args);

test('bindings are the same with the same arguments, in whatever order', () => {
  const large = 'x'.repeat(2000);
  assert.equal(identity(fieldTable({ a: 1, b: large })), identity(fieldTable({ b: large, a: 1 })));
  assert.equal(identity(new Map()), identity(EMPTY_TABLE));
});

test('bindings differ by destination, key, and names, types and values of arguments', () => {
  const args = fieldTable({ a: 1, b: 2 });
  const identities = [
    identity(args),
    identity(EMPTY_TABLE),
    identity(args, 'K'),
    identity(fieldTable({ a: 1 })),
    identity(fieldTable({ a: 2, b: 1 })),
    identity(fieldTable({ a: '1', b: 2 })),
    identity(fieldTable({ a: 1, b: 'x'.repeat(2000) })),
    identity(fieldTable({ a: 1, b: `${'x'.repeat(1999)}y` })),
    bindingIdentity(destination('r'), 'k', args),
    bindingIdentity({ ...destination('q'), kind: 'exchange' }, 'k', args),
  ];
  assert.equal(new Set(identities).size, identities.length);
});

test('a name of any octets can be an argument', () => {
  assert.doesNotThrow(() => identity(new Map([['ÿ'.repeat(255), { type: 'void', value: null }]])));
});
