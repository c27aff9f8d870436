import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { type FieldTable, type FieldValue, fieldTable } from '../../protocol/field-table.ts';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { binding, matches } from '../destination.test.helper.ts';
import { HeadersIndex } from './headers-index.ts';

function isMatch(args: FieldTable, headers: FieldTable | undefined): boolean {
  const index = new HeadersIndex();
  index.validate('ignored', args);
  index.add(binding('ignored', args));
  const message = incomingMessage({ properties: headers === undefined ? {} : { headers } });
  return matches(index, 'anything', message).length === 1;
}

describe('x-match', () => {
  const AB = { a: 1, b: 'x' };
  const table: readonly (readonly [args: object, headers: object | undefined, expected: boolean])[] = [
    [{ 'x-match': 'all', ...AB }, { ...AB, c: 2 }, true],
    [{ 'x-match': 'all', ...AB }, { a: 1 }, false],
    [{ 'x-match': 'all', ...AB }, { a: 1, b: 'y' }, false],
    [{ ...AB }, { a: 1 }, false],
    [{ ...AB }, { ...AB }, true],
    [{ 'x-match': 'any', ...AB }, { a: 1, b: 'y' }, true],
    [{ 'x-match': 'any', ...AB }, { b: 'X' }, false],
    [{ 'x-match': 'any', ...AB }, undefined, false],
    [{ 'x-match': 'all' }, undefined, true],
    [{ 'x-match': 'any' }, { a: 1 }, false],
    [{ 'x-match': 'all', a: null }, { a: 'whatever' }, true],
    [{ 'x-match': 'all', a: null }, { b: 1 }, false],
    [{ 'x-match': 'all', 'x-a': 1 }, {}, true],
    [{ 'x-match': 'any', 'x-a': 1 }, { 'x-a': 1 }, false],
    [{ 'x-match': 'all-with-x', 'x-a': 1 }, {}, false],
    [{ 'x-match': 'all-with-x', 'x-a': 1 }, { 'x-a': 1 }, true],
    [{ 'x-match': 'any-with-x', 'x-a': 1, b: 2 }, { 'x-a': 1 }, true],
  ];
  for (const [args, headers, expected] of table) {
    test(`${JSON.stringify(args)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(headers)}`, () => {
      const wanted = fieldTable(args as Parameters<typeof fieldTable>[0]);
      assert.equal(isMatch(wanted, headers && fieldTable(headers as Parameters<typeof fieldTable>[0])), expected);
    });
  }
});

describe('values compare by kind and content', () => {
  const array = (value: string): FieldValue => ({ type: 'array', value: [{ type: 'longstr', value }] });
  const table: readonly (readonly [wanted: FieldValue, actual: FieldValue, expected: boolean])[] = [
    [{ type: 'byte', value: 5 }, { type: 'long', value: 5 }, true],
    [{ type: 'long', value: 2n ** 60n }, { type: 'long', value: 2n ** 60n + 1n }, false],
    [{ type: 'long', value: 1 }, { type: 'longstr', value: '1' }, false],
    [{ type: 'bool', value: true }, { type: 'bool', value: true }, true],
    [{ type: 'bool', value: true }, { type: 'bool', value: false }, false],
    [{ type: 'longstr', value: 'é' }, { type: 'longstr', value: 'é' }, true],
    [{ type: 'longstr', value: Buffer.from([255]) }, { type: 'longstr', value: 'ÿ' }, false],
    [array('x'), array('x'), true],
    [array('x'), array('y'), false],
    [{ type: 'decimal', value: { scale: 1, digits: 5 } }, { type: 'decimal', value: { scale: 2, digits: 5 } }, false],
    [{ type: 'binary', value: Buffer.alloc(600, 1) }, { type: 'binary', value: Buffer.alloc(600, 1) }, true],
  ];
  for (const [wanted, actual, expected] of table) {
    test(`${wanted.type} ${wanted.value} and ${actual.type} ${actual.value}`, () => {
      assert.equal(isMatch(new Map([['h', wanted]]), new Map([['h', actual]])), expected);
    });
  }
});

test('a header name of any octets can be matched', () => {
  const inner = new Map([['ÿ'.repeat(255), { type: 'void', value: null } as const]]);
  const table = new Map([['h', { type: 'table', value: inner } as const]]);
  assert.equal(isMatch(table, table), true);
});

test('a binding that is removed matches no more', () => {
  const index = new HeadersIndex();
  const one = binding('one');
  index.add(one);
  index.remove(one);
  assert.deepEqual(matches(index, '', incomingMessage()), []);
});

describe('an x-match that is none is refused', () => {
  const wrong: readonly FieldValue[] = [
    { type: 'longstr', value: 'most' },
    { type: 'longstr', value: '' },
    { type: 'longstr', value: Buffer.from([255]) },
    { type: 'signedint', value: 1 },
    { type: 'void', value: null },
    { type: 'table', value: new Map() },
  ];
  for (const field of wrong) {
    test(`${field.type} ${field.value}`, () => {
      assert.throws(
        () => new HeadersIndex().validate('ignored', new Map([['x-match', field]])),
        (error) => error instanceof AmqpError && error.reply === 'PRECONDITION_FAILED',
      );
    });
  }
});
