import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { erlangBinary, erlangValue, payloadSnippet } from './erlang-term.ts';
import { type FieldValue, fieldTable } from './field-table.ts';

test('octets are text where all of them can be printed, and numbers otherwise', () => {
  assert.equal(erlangBinary(Buffer.from('AMQP 0-9-1~')), '<<"AMQP 0-9-1~">>');
  assert.equal(erlangBinary(Buffer.from([0, 65, 255])), '<<0,65,255>>');
  assert.equal(erlangBinary(Buffer.from([0x7f])), '<<127>>');
  assert.equal(erlangBinary(Buffer.alloc(0)), '<<>>');
});

test('a payload shows at most its first 16 octets', () => {
  assert.equal(payloadSnippet(Buffer.from('0123456789abcdef')), 'all octets = <<"0123456789abcdef">>');
  assert.equal(payloadSnippet(Buffer.from('0123456789abcdefg')), 'first 16 octets = <<"0123456789abcdef">>');
});

describe('a field prints as Erlang prints it', () => {
  const fields: readonly (readonly [field: FieldValue, printed: string])[] = [
    [{ type: 'longstr', value: 'text' }, '<<"text">>'],
    [{ type: 'binary', value: Buffer.from([1]) }, '<<1>>'],
    [{ type: 'signedint', value: -5 }, '-5'],
    [{ type: 'double', value: 2 }, '2.0'],
    [{ type: 'float', value: 1.5 }, '1.5'],
    [{ type: 'bool', value: true }, 'true'],
    [{ type: 'void', value: null }, 'undefined'],
    [{ type: 'decimal', value: { scale: 2, digits: 314 } }, '{2,314}'],
    [{ type: 'array', value: [{ type: 'signedint', value: 1 }] }, '[{signedint,1}]'],
    [{ type: 'table', value: fieldTable({ a: 'b' }) }, '[{<<"a">>,longstr,<<"b">>}]'],
  ];
  for (const [field, printed] of fields)
    test(`${field.type}: ${printed}`, () => assert.equal(erlangValue(field), printed));
});
