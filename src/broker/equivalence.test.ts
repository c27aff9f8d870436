import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FieldValue } from '../protocol/field-table.ts';
import { assertSame, assertSameArguments } from './equivalence.ts';

const Q = "queue 'q' in vhost '/'";

test('equal properties agree, others are refused with both', () => {
  assertSame('durable', Q, true, true);
  assert.throws(() => assertSame('durable', Q, true, false), {
    replyText: `PRECONDITION_FAILED - inequivalent arg 'durable' for ${Q}: received 'true' but current is 'false'`,
  });
});

describe('arguments', () => {
  type Field = FieldValue | undefined;
  const text = (value: string): FieldValue => ({ type: 'longstr', value });
  const table: readonly (readonly [received: Field, current: Field, problem: string | undefined])[] = [
    [undefined, undefined, undefined],
    [{ type: 'byte', value: 5 }, { type: 'long', value: 5 }, undefined],
    [{ type: 'double', value: 1 }, { type: 'float', value: 1 }, undefined],
    [text('a'), text('a'), undefined],
    [{ type: 'signedint', value: 1 }, { type: 'long', value: 2 }, "received '1' but current is '2'"],
    [text('a'), text('b'), "received 'a' but current is 'b'"],
    [{ type: 'signedint', value: 1 }, text('1'), "received '1' but current is '1'"],
    [{ type: 'double', value: 1 }, { type: 'double', value: 1.5 }, "received '1.0' but current is '1.5'"],
    [{ type: 'long', value: 1 }, undefined, "received the value '1' of type 'long' but current is none"],
    [undefined, text('a'), "received none but current is the value 'a' of type 'longstr'"],
  ];
  const args = (field: Field) => new Map(field === undefined ? [] : [['x-arg', field]]);
  for (const [received, current, problem] of table) {
    test(problem ?? `${received?.type} and ${current?.type} agree`, () => {
      const compare = () => assertSameArguments(['x-other', 'x-arg'], Q, args(received), args(current));
      if (problem === undefined) compare();
      else assert.throws(compare, { message: `inequivalent arg 'x-arg' for ${Q}: ${problem}` });
    });
  }

  test('that are not compared may differ', () => {
    assertSameArguments(['x-other'], Q, args(text('a')), args(text('b')));
  });
});
