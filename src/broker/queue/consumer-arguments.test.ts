import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_TABLE, type FieldTable, fieldTable } from '../../protocol/field-table.ts';
import { consumerPriority, validateConsumerArguments } from './consumer-arguments.ts';

test('a priority is any integer, and 0 without one', () => {
  assert.equal(consumerPriority(EMPTY_TABLE, 'q'), 0);
  for (const value of [7, -3, 2 ** 40]) assert.equal(consumerPriority(fieldTable({ 'x-priority': value }), 'q'), value);
  const large: FieldTable = new Map([['x-priority', { type: 'long', value: 2n ** 62n }]]);
  assert.equal(consumerPriority(large, 'q'), 2 ** 62);
});

test('anything else is no priority, and neither is a time', () => {
  const time: FieldTable = new Map([['x-priority', { type: 'timestamp', value: 1 }]]);
  for (const [args, type] of [
    [time, 'timestamp'],
    [fieldTable({ 'x-priority': 'high' }), 'longstr'],
  ] as const) {
    assert.throws(() => consumerPriority(args, "queue 'q'"), {
      reply: 'PRECONDITION_FAILED',
      message: `invalid arg 'x-priority' for queue 'q': "expected integer, got ${type}"`,
    });
  }
});

test('what nobody knows is nobody’s business', () => {
  validateConsumerArguments(fieldTable({ 'x-mine': [1], 'x-cancel-on-ha-failover': true }), 'q');
  assert.throws(() => validateConsumerArguments(fieldTable({ 'x-cancel-on-ha-failover': 1 }), 'q'), {
    message: "invalid arg 'x-cancel-on-ha-failover' for q: {unacceptable_type,signedint}",
  });
  assert.throws(() => validateConsumerArguments(fieldTable({ 'x-stream-offset': 'first' }), 'q'), {
    message: "invalid arg 'x-stream-offset' for q of queue type rabbit_classic_queue",
  });
});
