import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fieldTable } from '../protocol/arbitraries.test.helper.ts';
import type { FieldTable } from '../protocol/field-table.ts';
import type { Json } from '../storage/definitions/definition-line.ts';
import { argumentsFromJson, argumentsToJson } from './arguments-json.ts';

function thereAndBack(table: FieldTable): FieldTable {
  return argumentsFromJson(JSON.parse(JSON.stringify(argumentsToJson(table))) as Json);
}

test('field tables come back with their types, values and order', () => {
  fc.assert(
    fc.property(fieldTable, (table) => {
      assert.deepStrictEqual([...thereAndBack(table)], [...table]);
    }),
  );
});

test('names that objects would treat in their own way are names like others', () => {
  const table: FieldTable = new Map(['1', '__proto__', '0'].map((name) => [name, { type: 'void', value: null }]));
  assert.deepStrictEqual([...thereAndBack(table)], [...table]);
});

test('the usual ones can be read', () => {
  const table: FieldTable = new Map([
    ['x-max-length', { type: 'byte', value: 5 }],
    ['x-match', { type: 'longstr', value: 'all' }],
  ]);
  assert.equal(JSON.stringify(argumentsToJson(table)), '[["x-max-length","byte",5],["x-match","longstr","all"]]');
});
