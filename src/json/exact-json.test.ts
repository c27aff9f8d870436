import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, stringifyJson } from './exact-json.ts';

test('integers of 64 bits that are beyond numbers are bigints', () => {
  for (const text of ['9007199254740993', '-9223372036854775808', '18446744073709551615', '9223372036854775807']) {
    const value = parseJson(`{"a":[${text}],"b":1}`);
    assert.deepEqual(value, { a: [BigInt(text)], b: 1 });
    assert.equal(stringifyJson(value), `{"a":[${text}],"b":1}`);
  }
});

test('all other numbers are numbers', () => {
  const texts = ['9007199254740991', '-9007199254740991', '0.12345678901234567890', '12345678901234567.5', '1e20'];
  for (const text of [...texts, '1E+300', '18446744073709551616', '-9223372036854775809', '9'.repeat(400)]) {
    assert.deepEqual(parseJson(`[ ${text} ]`), [Number(text)], text);
  }
});

test('digits in texts and names are left alone', () => {
  const text = String.raw`{"9007199254740993":"9007199254740993","a":"\"9007199254740993","b":["\\",9007199254740993]}`;
  const read = { '9007199254740993': '9007199254740993', a: '"9007199254740993', b: ['\\', 9007199254740993n] };
  assert.deepEqual(parseJson(text), read);
});

test('what is no JSON is refused as JSON.parse refuses it, in no more time', () => {
  for (const text of ['', '9007199254740993x', '[09007199254740993]', '"9007199254740993', '"\\"'.repeat(100_000)]) {
    assert.throws(() => parseJson(text), SyntaxError);
  }
});

test('a name that every object has is a name like others', () => {
  const value = parseJson('{"__proto__":{"a":9007199254740993}}') as object;
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.deepEqual(Object.keys(value), ['__proto__']);
});

test('whatever JSON there is comes back', () => {
  const integers = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.maxSafeInteger(),
      integers.filter((value) => !Number.isSafeInteger(Number(value))),
      fc.array(tie('tree')),
      fc.dictionary(fc.string(), tie('tree')),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      assert.equal(stringifyJson(parseJson(stringifyJson(value, indent))), stringifyJson(value));
    }),
  );
});
