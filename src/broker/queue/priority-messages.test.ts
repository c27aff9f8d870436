import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incomingMessage } from '../../protocol/message.test.helper.ts';
import { PriorityMessages } from './priority-messages.ts';

const prioritized = (priority?: number) => incomingMessage({ properties: priority === undefined ? {} : { priority } });

/** Takes all out; their slots, with an R behind those that were delivered before. */
function take(messages: PriorityMessages): string[] {
  const taken: string[] = [];
  while (messages.length > 0) {
    const mark = messages.isFirstReturned ? 'R' : '';
    taken.push(`${messages.shift()}${mark}`);
  }
  return taken;
}

test('higher priorities come first, in order within one; none is 0, and too high a one the highest', () => {
  const messages = new PriorityMessages(5);
  const priorities = [0, 5, undefined, 9, 3, 255];
  for (const [slot, priority] of priorities.entries()) messages.push(slot, prioritized(priority));
  assert.deepEqual(take(messages), ['1', '3', '5', '4', '0', '2']);
});

test('what comes back goes to its position, whatever came meanwhile', () => {
  const messages = new PriorityMessages(255);
  for (const [slot, priority] of [7, 7, 200, 7].entries()) messages.push(slot, prioritized(priority));
  const sequences = [0, 1, 2].map(() => {
    const sequence = messages.firstSequence;
    return { slot: messages.shift(), sequence };
  });
  messages.push(9, prioritized(8));
  for (const { slot, sequence } of sequences.toReversed()) messages.putBack(slot, sequence);
  assert.deepEqual(take(messages), ['2R', '9', '0R', '1R', '3']);
});

test('a message that does not wait has a position, too', () => {
  const messages = new PriorityMessages(2);
  const passed = messages.pass(prioritized(1));
  messages.push(1, prioritized(1));
  messages.push(2, prioritized(2));
  messages.putBack(0, passed);
  assert.deepEqual(take(messages), ['2', '0R', '1']);
});

test('after a restart what stands before a delivered message counts as delivered within its priority', () => {
  const messages = new PriorityMessages(1);
  messages.restore(0, false, 0);
  messages.restore(1, false, 1);
  messages.restore(2, true, 1);
  messages.restore(3, false, 0);
  assert.deepEqual(take(messages), ['1R', '2R', '0', '3']);
});

test('counts those that have come and gone', () => {
  const messages = new PriorityMessages(9);
  for (let slot = 0; slot < 10; slot++) messages.push(slot, prioritized(slot));
  messages.pass(prioritized(0));
  assert.equal(messages.passedCount, 1);
  take(messages);
  assert.equal(messages.passedCount, 11);
});

test('a priority that no message had costs nothing', () => {
  const message = prioritized(0);
  const before = process.memoryUsage().heapUsed;
  const queues = Array.from({ length: 1000 }, (_, slot) => {
    const messages = new PriorityMessages(255);
    messages.push(slot, message);
    return messages;
  });
  const octetsPerQueue = (process.memoryUsage().heapUsed - before) / queues.length;
  assert.ok(octetsPerQueue < 4000, `${octetsPerQueue} octets`); // a FIFO for each of 256 priorities: 60,000
});

test('listed and taken out from priorities that lie apart', () => {
  const messages = new PriorityMessages(255);
  for (const [slot, priority] of [0, 255, 100, 0].entries()) messages.push(slot, prioritized(priority));
  const [first, second, ...rest] = messages.list(-1, 10);
  assert.deepEqual([first?.slot, second?.slot, ...rest.map(({ slot }) => slot)], [1, 2, 0, 3]);
  assert.deepEqual(messages.list(second!.sequence, 1), rest.slice(0, 1));
  messages.takeOut([second!, rest[0]!]);
  assert.deepEqual(take(messages), ['1', '3']);
});
