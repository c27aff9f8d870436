import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingColumns } from './fitting-columns.ts';

const COLUMNS = ['vhost', 'name', 'type', 'ready'].map((title) => ({
  title,
  fields: [title],
  text: () => '',
  ...(title === 'ready' && { side: 'right' as const }),
}));
const ROWS = [
  ['/', 'n'.repeat(60), '', '5'],
  ['/', 'x', '', '1234567'],
];

test('columns with nothing in them are left out first, then those at the right, and never the names', () => {
  assert.deepEqual(fittingColumns(COLUMNS, ROWS, Number.POSITIVE_INFINITY), [0, 1, 2, 3]);
  const whole = 5 + 2 + 24 + 2 + 4 + 2 + 7;
  assert.deepEqual(fittingColumns(COLUMNS, ROWS, whole), [0, 1, 2, 3]);
  assert.deepEqual(fittingColumns(COLUMNS, ROWS, whole - 1), [0, 1, 3]);
  assert.deepEqual(fittingColumns(COLUMNS, ROWS, 30), [0, 1]);
  assert.deepEqual(fittingColumns(COLUMNS, [], 1), [0, 1]);
});
