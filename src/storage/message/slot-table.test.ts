import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SlotTable } from './slot-table.ts';

test('rows keep what they hold while the table grows', () => {
  const table = new SlotTable();
  const slots = Array.from({ length: 5000 }, (_, i) => table.take(i, i * 2, 1));
  assert.equal(new Set(slots).size, 5000);
  for (const [i, slot] of slots.entries()) {
    assert.deepEqual([table.segment[slot], table.offset[slot], table.references[slot]], [i, i * 2, 1]);
  }
});

test('the row that was given back last is taken first, with references of its own', () => {
  const table = new SlotTable();
  const [a, b] = [table.take(1, 1, 7), table.take(2, 2, 1)];
  table.give(a);
  table.give(b);
  assert.deepEqual([table.take(3, 3, 1), table.take(4, 4, 2)], [b, a]);
  assert.equal(table.references[a], 2);
});

test('a large table grows by a quarter, and is small again once it was cleared', () => {
  const table = new SlotTable();
  const [initialOctets, count] = [table.sizeOctets, 1024 * 1024 + 1];
  for (let i = 0; i < count; i++) table.take(i, i, 1);
  assert.ok(table.sizeOctets < count * 12 * 1.3, `${table.sizeOctets} octets`);
  assert.deepEqual([table.segment[count - 1], table.offset[count - 1], table.usedCount], [count - 1, count - 1, count]);
  table.clear();
  assert.deepEqual([table.sizeOctets, table.usedCount], [initialOctets, 0]);
  assert.equal(table.take(1, 1, 1), 0);
});

test('a table of moderate size keeps its rows when it is cleared', () => {
  const table = new SlotTable();
  const slots = Array.from({ length: 5000 }, (_, i) => table.take(i, i, 1));
  const { sizeOctets } = table;
  for (const slot of slots) table.give(slot);
  table.clear();
  assert.equal(table.sizeOctets, sizeOctets);
  assert.equal(table.take(1, 1, 1), slots.at(-1));
});
