import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertViolates } from '../../observe/invariants.test.helper.ts';
import { DURABLE_SLOT } from '../commit-log/durable-slot.ts';
import { MAX_SLOTS, SlotTable } from './slot-table.ts';

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

test('as many rows are taken as there can be, and then one whenever one is given back', () => {
  const table = new SlotTable(2000);
  for (let i = 0; i < 2000; i++) assert.equal(table.take(i, i, 1), i);
  const refused = { replyCode: 506, message: /no more than 2000 messages/ };
  assert.throws(() => table.take(0, 0, 1), refused);
  assert.throws(() => table.requireRoom(), refused);
  table.release(7);
  table.give(7);
  table.requireRoom();
  assert.equal(table.take(0, 0, 1), 7);
  assert.throws(() => table.take(0, 0, 1), refused);
});

test('slots end before the bit that tells durable ones', () => {
  const table = new SlotTable();
  table.usedCount = MAX_SLOTS - 1;
  const last = table.take(0, 0, 1);
  assert.deepEqual([last < DURABLE_SLOT, (last | DURABLE_SLOT) ^ DURABLE_SLOT], [true, last]);
  assert.throws(() => table.take(0, 0, 1), { replyCode: 506 });
});

test('a row that nobody refers to is neither held, read nor released', () => {
  const table = new SlotTable();
  const slot = table.take(1, 1, 1);
  assert.equal(table.release(slot), false);
  table.give(slot);
  for (const unknown of [slot, 5000, -1]) {
    assertViolates(() => table.retain(unknown), /is held, and nobody refers to it/);
    assertViolates(() => table.release(unknown), /is released, and nobody refers to it/);
    assertViolates(() => table.requireHeld(unknown), /is read, and nobody refers to it/);
  }
});
