import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { violationsIn } from '../../observe/invariants.test.helper.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { DelayedMessages } from './delayed-messages.ts';

function newDelayed() {
  const clock = new TestClock();
  const due: string[] = [];
  const listener = {
    due: (slot: number, sequence: number) => void due.push(`${sequence}/${slot}`),
    dueDone: () => void due.push('done'),
  };
  return { clock, due, delayed: new DelayedMessages(clock, listener) };
}

test('messages come due at their times; those of one time by their sequence numbers', () => {
  const { clock, due, delayed } = newDelayed();
  const start = clock.nowMs;
  delayed.push(7, 2, 3, start + 50);
  delayed.push(8, 1, 3, start + 50);
  delayed.push(9, 3, 3, start + 10);
  clock.advance(9);
  assert.deepEqual(due, []);
  clock.advance(1);
  assert.deepEqual(due.splice(0), ['3/9', 'done']);
  assert.equal(delayed.octets, 6);
  clock.advance(100);
  assert.deepEqual([due, delayed.length, delayed.octets], [['1/8', '2/7', 'done'], 0, 0]);
});

test('one that the disk does not let go on is due again; one that a defect stops is reported, and not tried again', () => {
  const clock = new TestClock();
  const tried: number[] = [];
  const errors = [
    new UnreadableMessageError(new Error('EIO')),
    new AmqpError('RESOURCE_ERROR', 'full'),
    new TypeError('no'),
  ];
  const due = (slot: number) => {
    tried.push(slot);
    const error = errors[slot];
    if (error !== undefined) throw error;
  };
  const delayed = new DelayedMessages(clock, { due, dueDone: () => undefined });
  for (let slot = 0; slot <= 3; slot++) delayed.push(slot, slot, 3, clock.nowMs);
  assert.deepEqual(
    violationsIn(() => clock.advance(0)),
    ['a message that is due: TypeError: no'],
  );
  assert.deepEqual([tried.splice(0), delayed.length], [[0, 1, 2, 3], 2]);
  clock.advance(1000);
  assert.deepEqual(tried, [0, 1]);
});

test('what is taken out is handed out and never comes due', () => {
  const { clock, due, delayed } = newDelayed();
  for (let i = 0; i < 5000; i++) delayed.push(i, i, 3, clock.nowMs + 10);
  const count = delayed.takeAll().length;
  clock.advance(100);
  assert.deepEqual([count, due, delayed.length, delayed.octets], [5000, [], 0, 0]);
  delayed.push(1, 1, 3, clock.nowMs + 10);
  clock.advance(10);
  assert.deepEqual(due, ['1/1', 'done']);
});

test('very many that are due at once come in several goes', () => {
  const { clock, due, delayed } = newDelayed();
  for (let i = 0; i < 10_000; i++) delayed.push(i, i, 3, clock.nowMs + 10);
  clock.advance(10);
  assert.deepEqual(
    due.filter((entry) => entry !== 'done'),
    Array.from({ length: 10_000 }, (_, i) => `${i}/${i}`),
  );
  assert.ok(due.filter((entry) => entry === 'done').length >= 10); // more, where the machine is slow
});

test('whatever is put in comes out in the order of a sorted list', () => {
  const step = fc.oneof(fc.record({ delay: fc.nat(20) }), fc.record({ advance: fc.nat(10) }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const { clock, due, delayed } = newDelayed();
      const model: { dueMs: number; sequence: number }[] = [];
      let sequence = 0;
      for (const step of steps) {
        if ('delay' in step) {
          model.push({ dueMs: clock.nowMs + step.delay, sequence });
          delayed.push(sequence + 100, sequence, 3, clock.nowMs + step.delay);
          sequence++;
        } else {
          clock.advance(step.advance);
          model.sort((a, b) => a.dueMs - b.dueMs || a.sequence - b.sequence);
          const waiting = model.findIndex(({ dueMs }) => dueMs > clock.nowMs);
          const expected = model.splice(0, waiting === -1 ? model.length : waiting);
          assert.deepEqual(
            due.splice(0).filter((entry) => entry !== 'done'),
            expected.map((entry) => `${entry.sequence}/${entry.sequence + 100}`),
          );
        }
        assert.equal(delayed.length, model.length);
      }
    }),
  );
});
