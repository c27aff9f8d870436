import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { type FieldTable, fieldTable } from '../../protocol/field-table.ts';
import { senderSelectedKeys, withoutBlindCopy } from './sender-selected-keys.ts';

test('the keys are the long strings in CC and BCC', () => {
  assert.deepEqual(senderSelectedKeys(fieldTable({ BCC: ['c'], a: ['x'], CC: ['a', 1, null, ['x'], 'b'] })), [
    'a',
    'b',
    'c',
  ]);
  assert.deepEqual(senderSelectedKeys(fieldTable({ CC: [] })), []);
});

test('a key that is not UTF-8 is read octet by octet, as routing keys are', () => {
  const key = { type: 'longstr', value: Buffer.from([0x61, 0xff]) } as const;
  assert.deepEqual(senderSelectedKeys(new Map([['CC', { type: 'array', value: [key] }]])), ['a\u00ff']);
});

test('what is no array is refused', () => {
  const refusal = (headers: FieldTable) => (error: unknown) => {
    assert.ok(error instanceof AmqpError, `${headers}`);
    assert.equal(error.replyText, 'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"BCC",longstr}');
    return true;
  };
  const headers = fieldTable({ CC: ['a'], BCC: 'b' });
  assert.throws(() => senderSelectedKeys(headers), refusal(headers));
});

test('BCC is hidden, everything else stays in order', () => {
  const hidden = withoutBlindCopy(fieldTable({ b: 1, BCC: ['x'], CC: ['y'], a: 2 }));
  assert.deepEqual([...hidden], [...fieldTable({ b: 1, CC: ['y'], a: 2 })]);
  const nothingToHide = fieldTable({ CC: ['y'] });
  assert.equal(withoutBlindCopy(nothingToHide), nothingToHide);
});
