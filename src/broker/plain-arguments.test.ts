import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import { argumentsFromPlain, argumentsToPlain } from './plain-arguments.ts';

test('arguments are of the types that RabbitMQ gives them', () => {
  const args = argumentsFromPlain({
    small: 1,
    large: 5_000_000_000,
    larger: 2n ** 63n - 1n,
    largest: 2n ** 64n - 1n,
    real: 1.5,
    flag: true,
    none: null,
    list: [1, 'x'],
    table: { inner: 1 },
  });
  const expected: FieldTable = new Map<string, FieldValue>([
    ['small', { type: 'long', value: 1 }],
    ['large', { type: 'long', value: 5_000_000_000 }],
    ['larger', { type: 'long', value: 2n ** 63n - 1n }],
    ['largest', { type: 'double', value: 2 ** 64 }],
    ['real', { type: 'double', value: 1.5 }],
    ['flag', { type: 'bool', value: true }],
    ['none', { type: 'void', value: null }],
    [
      'list',
      {
        type: 'array',
        value: [
          { type: 'long', value: 1 },
          { type: 'longstr', value: 'x' },
        ],
      },
    ],
    ['table', { type: 'table', value: new Map([['inner', { type: 'long', value: 1 }]]) }],
  ]);
  assert.deepEqual(args, expected);
});

test('all types have a plain form', () => {
  const args: FieldTable = new Map<string, FieldValue>([
    ['byte', { type: 'byte', value: -1 }],
    ['long', { type: 'long', value: 2n ** 60n }],
    ['timestamp', { type: 'timestamp', value: 1_700_000_000 }],
    ['float', { type: 'float', value: 0.5 }],
    ['decimal', { type: 'decimal', value: { scale: 2, digits: 314 } }],
    ['text', { type: 'longstr', value: 'é' }],
    ['octets', { type: 'longstr', value: Buffer.from([255, 254]) }],
  ]);
  assert.deepEqual(argumentsToPlain(args), {
    byte: -1,
    long: 2n ** 60n,
    timestamp: 1_700_000_000,
    float: 0.5,
    decimal: 3.14,
    text: 'é',
    octets: 'Not UTF-8, base64 is: //4=', // as RabbitMQ 3.10 has it
  });
});

test('what was exported comes back the same, but for the types of numbers', () => {
  const plain = { a: 1, b: [null, { c: 'Not UTF-8, base64 is: //4=' }], d: -0.5, e: false };
  assert.deepEqual(argumentsToPlain(argumentsFromPlain(plain)), plain);
  assert.deepEqual(argumentsFromPlain({ x: 'Not UTF-8, base64 is: //4=' }).get('x'), {
    type: 'longstr',
    value: Buffer.from([255, 254]),
  });
});
