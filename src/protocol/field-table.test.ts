import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../extent.test.helper.ts';
import { AmqpError } from './amqp-error.ts';
import * as arbitrary from './arbitraries.test.helper.ts';
import {
  decodeShortString,
  FieldReader,
  type FieldTable,
  type FieldValue,
  fieldTable,
  MAX_TABLE_DEPTH,
  writeTable,
} from './field-table.ts';
import { OctetWriter } from './octet-writer.ts';

function encode(table: FieldTable): Buffer {
  const writer = new OctetWriter();
  writeTable(writer, table);
  return writer.finish();
}

function decode(octets: Buffer): FieldTable {
  const reader = new FieldReader(octets, 0, octets.length);
  const table = reader.table();
  assert.equal(reader.at, octets.length, 'octets left over');
  return table;
}

/** A table with a single field `a`, from the octets of its value. */
function tableOf(value: string): Buffer {
  const octets = Buffer.from(`0161${value.replaceAll(' ', '')}`, 'hex');
  return Buffer.concat([Buffer.from([0, 0, 0, octets.length]), octets]);
}

const VECTORS: readonly (readonly [octets: string, field: FieldValue])[] = [
  ['74 01', { type: 'bool', value: true }],
  ['74 00', { type: 'bool', value: false }],
  ['62 80', { type: 'byte', value: -128 }],
  ['42 ff', { type: 'unsignedbyte', value: 255 }],
  ['73 8000', { type: 'short', value: -32768 }],
  ['75 ffff', { type: 'unsignedshort', value: 65535 }],
  ['49 fffffffe', { type: 'signedint', value: -2 }],
  ['69 fffffffe', { type: 'unsignedint', value: 4294967294 }],
  ['6c ffffffffffffffff', { type: 'long', value: -1 }],
  ['6c 0020000000000000', { type: 'long', value: 9007199254740992n }],
  ['6c 8000000000000000', { type: 'long', value: -9223372036854775808n }],
  ['54 0000000065000000', { type: 'timestamp', value: 1694498816 }],
  ['54 ffffffffffffffff', { type: 'timestamp', value: 18446744073709551615n }],
  ['66 3fc00000', { type: 'float', value: 1.5 }],
  ['64 c000000000000000', { type: 'double', value: -2 }],
  ['44 02 0000007b', { type: 'decimal', value: { scale: 2, digits: 123 } }],
  ['53 00000002 c3a9', { type: 'longstr', value: 'é' }],
  ['53 00000000', { type: 'longstr', value: '' }],
  ['53 00000002 ff00', { type: 'longstr', value: Buffer.from([0xff, 0]) }],
  ['78 00000002 6869', { type: 'binary', value: Buffer.from('hi') }],
  ['56', { type: 'void', value: null }],
  ['41 00000000', { type: 'array', value: [] }],
  [
    '41 00000003 56 7401',
    {
      type: 'array',
      value: [
        { type: 'void', value: null },
        { type: 'bool', value: true },
      ],
    },
  ],
  ['46 00000000', { type: 'table', value: new Map() }],
  ['46 00000003 0162 56', { type: 'table', value: new Map([['b', { type: 'void', value: null } as const]]) }],
];

describe('every field type, octet by octet', () => {
  for (const [octets, field] of VECTORS) {
    test(`${field.type} ${octets}`, () => {
      assert.deepEqual(decode(tableOf(octets)), new Map([['a', field]]));
      assert.deepEqual(encode(new Map([['a', field]])), tableOf(octets));
    });
  }
});

test("a client's L is a 64-bit integer like l", () => {
  assert.deepEqual(decode(tableOf('4c fffffffffffffffe')), new Map([['a', { type: 'long', value: -2 }]]));
});

test('what is written is read again, whatever it is', () => {
  fc.assert(fc.property(arbitrary.fieldTable, (table) => assert.deepEqual(decode(encode(table)), table)));
});

test('the last of two fields with one name counts', () => {
  const octets = Buffer.from('0000000a' + '016142' + '01' + '016142' + '02', 'hex');
  octets.writeUInt32BE(octets.length - 4);
  assert.deepEqual(decode(octets), new Map([['a', { type: 'unsignedbyte', value: 2 }]]));
});

test('plain values find their types', () => {
  const table = fieldTable({ s: 'x', i: -1, l: 2 ** 31, d: 1.5, b: true, v: null, a: [1], t: { k: '' } });
  assert.deepEqual(
    [...table].map(([name, { type }]) => `${name} ${type}`),
    ['s longstr', 'i signedint', 'l long', 'd double', 'b bool', 'v void', 'a array', 't table'],
  );
});

describe('malformed tables are refused', () => {
  const malformed: readonly (readonly [what: string, octets: string])[] = [
    ['no length', ''],
    ['half a length', '0000'],
    ['longer than its octets', '00000001'],
    ['the largest length', 'ffffffff'],
    ['a length that is negative as a signed number', '80000000'],
    ['a name past the end', '00000003 05 6161'],
    ['a name without a value', '00000002 0161'],
    ['a value cut short', '00000004 0161 49 00'],
    ['an unknown type', '00000003 0161 00'],
    ['another unknown type', '00000003 0161 7a'],
    ['a long string past the end', '00000008 0161 53 00000002 61'],
    ['a long string of 4 GiB', '00000007 0161 53 ffffffff'],
    ['a table past the end of its own', '00000007 0161 46 00000001'],
    ['a value past the end of its table', '00000003 0161 42 00'],
    ['an array past the end', '00000008 0161 41 00000002 56'],
    ['a value past the end of its array', '0000000a 0161 41 00000002 49 0000'],
  ];
  for (const [what, hex] of malformed) {
    test(what, () => {
      assert.throws(
        () => decode(Buffer.from(hex.replaceAll(' ', ''), 'hex')),
        (error) => error instanceof AmqpError && error.reply === 'SYNTAX_ERROR',
      );
    });
  }

  test('random and mutated octets are refused as such, or read', () => {
    const mutations = arbitrary.mutated(arbitrary.fieldTable.map(encode));
    fc.assert(
      fc.property(fc.oneof(mutations, arbitrary.octets), (octets) => {
        try {
          new FieldReader(octets, 0, octets.length).table();
        } catch (error) {
          if (!(error instanceof AmqpError && error.reply === 'SYNTAX_ERROR')) throw error;
        }
      }),
      { numRuns: extent({ usual: 300, soak: 20_000 }) },
    );
  });
});

/** Tables so many levels deep that each has nothing in it but the next. */
function tower(levels: number): Buffer {
  const inner = Buffer.alloc(4 + levels * 6);
  for (let i = 0; i < levels; i++) {
    inner.writeUInt32BE(inner.length - 4 - i * 6, i * 6);
    inner.write('\0F', i * 6 + 4);
  }
  return inner;
}

test('tables nest to a limit', () => {
  assert.deepEqual(encode(decode(tower(MAX_TABLE_DEPTH))), tower(MAX_TABLE_DEPTH));
  for (const levels of [MAX_TABLE_DEPTH + 1, 20_000]) {
    assert.throws(() => decode(tower(levels)), /nested deeper than 64/);
  }
});

test('short strings that are not UTF-8 are read octet by octet', () => {
  const octets = Buffer.from([0x61, 0xff, 0xc3, 0xa9]);
  assert.equal(decodeShortString(octets, 0, 4), 'aÿÃ©');
  assert.equal(decodeShortString(octets, 2, 4), 'é');
  assert.equal(decodeShortString(Buffer.from('\ufffd'), 0, 3), '\ufffd');
});

test('a name of any 255 octets can be read and written again', () => {
  const octets = Buffer.concat([Buffer.from([0, 0, 1, 1, 255]), Buffer.alloc(255, 0xff), Buffer.from('V')]);
  assert.equal(encode(decode(octets)).length, octets.length);
});
