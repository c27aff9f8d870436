import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReturnedMessages } from './returned-messages.ts';

/** An array of numbers can't grow much beyond this many in V8: the process ends. */
const LONGEST_ARRAY = 112_813_858;
const BLOCK_PLACES = 65536;

test('it grows beyond what an array can hold, and costs no copy', () => {
  const messages = new ReturnedMessages();
  for (let i = 0; i < BLOCK_PLACES; i++) messages.push(i, i);
  const { blocks } = messages as unknown as { blocks: object[] };
  while (blocks.length * BLOCK_PLACES < LONGEST_ARRAY) blocks.push(blocks[0]!); // as if so many were there
  messages.length = blocks.length * BLOCK_PLACES;
  Object.assign(messages, { capacity: messages.length });
  const firstIndex = messages.length;
  for (let i = 0; i < 2 * BLOCK_PLACES; i++) messages.push(2 ** 45 + i, 2 ** 31 + i);
  const last = messages.length - 1;
  assert.deepEqual([messages.sequenceAt(firstIndex), messages.slotAt(firstIndex)], [2 ** 45, 2 ** 31]);
  assert.deepEqual([messages.sequenceAt(last), messages.slotAt(last)], [2 ** 45 + 131071, 2 ** 31 + 131071]);
});

test('its memory shrinks with it', () => {
  const messages = new ReturnedMessages();
  const octets = () => process.memoryUsage().arrayBuffers;
  const { blocks } = messages as unknown as { blocks: object[] };
  const before = octets();
  for (let i = 0; i < 1_000_000; i++) messages.push(i, i);
  assert.ok(octets() - before < 16 * 1024 * 1024);
  messages.truncate(100_000);
  assert.equal(blocks.length, 3); // two with messages, and one to spare
  assert.deepEqual([messages.sequenceAt(99_999), messages.slotAt(99_999)], [99_999, 99_999]);
});
