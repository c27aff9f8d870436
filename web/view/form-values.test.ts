import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormValues, InputError, parseTable } from './form-values.ts';

function valuesOf(fields: Readonly<Record<string, string>>): FormValues {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return new FormValues(data);
}

test('tables are JSON objects; nothing is an empty one', () => {
  assert.deepEqual(parseTable('arguments', ' '), {});
  assert.deepEqual(parseTable('arguments', '{"x-max-length": 5}'), { 'x-max-length': 5 });
  for (const text of ['[]', '5', 'null', '{']) {
    assert.throws(() => parseTable('arguments', text), { constructor: InputError, field: 'arguments' });
  }
});

test('whole numbers are nothing else', () => {
  assert.equal(valuesOf({ count: '-1' }).wholeNumber('count'), -1);
  for (const count of ['', '1.5', 'x', '1e99']) {
    assert.throws(() => valuesOf({ count }).wholeNumber('count'), InputError);
  }
});

test('a check that is not set is not sent', () => {
  assert.equal(valuesOf({ durable: 'on' }).isSet('durable'), true);
  assert.equal(valuesOf({}).isSet('durable'), false);
  assert.equal(valuesOf({}).text('name'), '');
});
