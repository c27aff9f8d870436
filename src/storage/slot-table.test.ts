import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotTable } from './slot-table.ts';

test('rows keep what they hold while the table grows', () => {
  const table = new SlotTable();
  const slots = Array.from({ length: 5000 }, (_, i) => table.take(i, i * 2));
  assert.equal(new Set(slots).size, 5000);
  for (const [i, slot] of slots.entries()) {
    assert.deepEqual([table.segment[slot], table.offset[slot], table.references[slot]], [i, i * 2, 0]);
  }
});

test('the row that was given back last is taken first, without references', () => {
  const table = new SlotTable();
  const [a, b] = [table.take(1, 1), table.take(2, 2)];
  table.references[a] = 7;
  table.give(a);
  table.give(b);
  assert.deepEqual([table.take(3, 3), table.take(4, 4)], [b, a]);
  assert.equal(table.references[a], 0);
});
