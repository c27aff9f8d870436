import { describe, test } from 'node:test';
import { type FieldTable, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { scenario } from '../support/scenario.ts';

describe('arguments of a queue that cannot be', () => {
  const INVALID = (argument: string, queue: string, reason: string): string =>
    `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/': ${reason}`;

  const invalid: readonly (readonly [argument: string, value: PlainValue, reason: string])[] = [
    ['x-message-ttl', -1, '{value_negative,-1}'],
    ['x-message-ttl', 'soon', '"expected integer, got longstr"'],
    ['x-message-ttl', true, '"expected integer, got bool"'],
    ['x-message-ttl', 1.5, '"expected integer, got double"'],
    ['x-message-ttl', null, '"expected integer, got void"'],
    ['x-message-ttl', 315360000001, '{value_too_large,315360000001}'],
    ['x-expires', 0, '{value_zero,0}'],
    ['x-expires', -1, '{value_negative,-1}'],
    ['x-expires', 'soon', '"expected integer, got longstr"'],
    ['x-max-length', -1, '{value_negative,-1}'],
    ['x-max-length', 'few', '"expected integer, got longstr"'],
    ['x-max-length-bytes', -1, '{value_negative,-1}'],
    ['x-max-priority', -1, '{value_negative,-1}'],
    ['x-max-priority', 256, '{max_value_exceeded,256}'],
    ['x-max-priority', 'high', '"expected integer, got longstr"'],
    ['x-overflow', 'nonsense', 'invalid_overflow'],
    ['x-overflow', 1, '{unacceptable_type,signedint}'],
    ['x-single-active-consumer', 'true', '{unacceptable_type,longstr}'],
    ['x-queue-mode', 'nonsense', `"unsupported queue mode 'nonsense'"`],
    ['x-queue-mode', 1, '{unacceptable_type,signedint}'],
    ['x-queue-version', 0, `"unsupported queue version '0'"`],
    ['x-queue-version', 3, `"unsupported queue version '3'"`],
    ['x-queue-version', '1', '"expected integer, got longstr"'],
    ['x-queue-version', -1, '{value_negative,-1}'],
    ['x-dead-letter-routing-key', 'k', 'routing_key_but_no_dlx_defined'],
  ];
  for (const [argument, value, reason] of invalid) {
    test(
      `${argument}: ${JSON.stringify(value)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const args = fieldTable({ [argument]: value });
        const text = INVALID(argument, queue, reason);
        await channel.expectRefusal('queue.declare', { queue, arguments: args }, 406, text);
      }),
    );
  }

  const ofOtherTypes: readonly (readonly [argument: string, value: PlainValue])[] = [
    ['x-max-in-memory-length', 1],
    ['x-max-in-memory-bytes', 1],
    ['x-quorum-initial-group-size', 3],
    ['x-dead-letter-strategy', 'at-least-once'],
    ['x-max-age', '1h'],
    ['x-stream-max-segment-size-bytes', 1000],
    ['x-initial-cluster-size', 1],
  ];
  for (const [argument, value] of ofOtherTypes) {
    test(
      `${argument}, which is for other types of queues`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const text = `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/' of queue type rabbit_classic_queue`;
        const args = fieldTable({ [argument]: value });
        await channel.expectRefusal('queue.declare', { queue, arguments: args }, 406, text);
      }),
    );
  }

  test(
    'x-dead-letter-exchange: 1',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      const args = fieldTable({ 'x-dead-letter-exchange': 1 });
      const text = `PRECONDITION_FAILED - invalid type 'signedint' for arg 'x-dead-letter-exchange' in queue '${queue}' in vhost '/'`;
      await channel.expectRefusal('queue.declare', { queue, arguments: args }, 406, text);
    }),
  );
});

describe('arguments of a queue that differ from those it has', () => {
  const cases: readonly (readonly [has: PlainValue, gets: PlainValue, argument: string, text: string])[] = [
    [{}, { 'x-max-length': 1 }, 'x-max-length', "received the value '1' of type 'signedint' but current is none"],
    [{ 'x-max-length': 5 }, {}, 'x-max-length', "received none but current is the value '5' of type 'signedint'"],
    [{ 'x-max-length': 5 }, { 'x-max-length': 6 }, 'x-max-length', "received '6' but current is '5'"],
    [{ 'x-expires': 60000 }, { 'x-expires': 60001 }, 'x-expires', "received '60001' but current is '60000'"],
    [
      { 'x-dead-letter-exchange': 'a' },
      { 'x-dead-letter-exchange': 'b' },
      'x-dead-letter-exchange',
      "received 'b' but current is 'a'",
    ],
  ];
  for (const [has, gets, argument, difference] of cases) {
    test(
      `${argument}: ${difference}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await s.queue(channel, { arguments: fieldTable(has as Record<string, PlainValue>) });
        const args = { queue, exclusive: true, arguments: fieldTable(gets as Record<string, PlainValue>) };
        const text = `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue '${queue}' in vhost '/': ${difference}`;
        await channel.expectRefusal('queue.declare', args, 406, text);
      }),
    );
  }

  test(
    'not if it is the consumer timeout that differs',
    scenario(async (s) => {
      const channel = await s.channel();
      const args = (value: number) => ({ arguments: fieldTable({ 'x-consumer-timeout': value }) });
      const queue = await s.queue(channel, args(3_600_000));
      await channel.call('queue.declare', { queue, exclusive: true, ...args(7_200_000) });
      await channel.call('queue.declare', { queue, exclusive: true });
    }),
  );

  test(
    'not if they are the same number as another type',
    scenario(async (s) => {
      const channel = await s.channel();
      const args = (type: 'byte' | 'long'): FieldTable => new Map([['x-max-length', { type, value: 5 }]]);
      const queue = await s.queue(channel, { arguments: args('byte') });
      await channel.call('queue.declare', { queue, exclusive: true, arguments: args('long') });
    }),
  );
});
