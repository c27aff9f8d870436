import { describe, test } from 'node:test';
import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { MethodArguments } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';

const DURABLE = { durable: true };

function quorum(others: Record<string, PlainValue> = {}) {
  return { arguments: fieldTable({ 'x-queue-type': 'quorum', ...others }) };
}

describe('a quorum queue', () => {
  const properties: readonly (readonly [property: string, args: Partial<MethodArguments<'queue.declare'>>])[] = [
    ['non-durable', {}],
    ['exclusive-owner', { durable: true, exclusive: true }],
    ['auto-delete', { durable: true, autoDelete: true }],
    ['exclusive-owner', { exclusive: true }],
    ['auto-delete', { autoDelete: true, exclusive: true }],
  ];
  for (const [property, args] of properties) {
    test(
      `can't be ${Object.keys(args).join(' and ') || 'transient'}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const text = `PRECONDITION_FAILED - invalid property '${property}' for queue '${queue}' in vhost '/'`;
        await channel.expectRefusal('queue.declare', { queue, ...args, ...quorum() }, 406, text);
      }),
    );
  }

  const refused: readonly (readonly [argument: string, value: PlainValue])[] = [
    ['x-max-priority', 5],
    ['x-queue-mode', 'lazy'],
    ['x-queue-version', 2],
    ['x-queue-master-locator', 'min-masters'],
    ['x-max-age', '1h'],
    ['x-stream-max-segment-size-bytes', 1000],
    ['x-initial-cluster-size', 1],
  ];
  for (const [argument, value] of refused) {
    test(
      `has no ${argument}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const text = `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/' of queue type rabbit_quorum_queue`;
        const args = { queue, ...DURABLE, ...quorum({ [argument]: value }) };
        await channel.expectRefusal('queue.declare', args, 406, text);
      }),
    );
  }

  const accepted: readonly (readonly [argument: string, value: PlainValue])[] = [
    ['x-message-ttl', 60_000],
    ['x-expires', 60_000],
    ['x-max-length', 5],
    ['x-max-length-bytes', 5000],
    ['x-overflow', 'reject-publish'],
    ['x-single-active-consumer', true],
    ['x-delivery-limit', 5],
    ['x-delivery-limit', -1],
    ['x-max-in-memory-length', 1],
    ['x-max-in-memory-bytes', 1],
    ['x-quorum-initial-group-size', 3],
    ['x-queue-leader-locator', 'balanced'],
    ['x-dead-letter-strategy', 'at-least-once'],
    ['x-unheard-of', 1],
  ];
  for (const [argument, value] of accepted) {
    test(
      `may have ${argument}: ${value}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const args = { queue, ...DURABLE, ...quorum({ [argument]: value }) };
        await channel.call('queue.declare', args);
        await channel.call('queue.declare', args);
      }),
    );
  }

  const invalid: readonly (readonly [argument: string, value: PlainValue, reason: string])[] = [
    ['x-quorum-initial-group-size', 0, '{value_zero,0}'],
    ['x-quorum-initial-group-size', -1, '{value_negative,-1}'],
    ['x-quorum-initial-group-size', 'many', '"expected integer, got longstr"'],
    ['x-overflow', 'nonsense', 'invalid_overflow'],
    ['x-message-ttl', -1, '{value_negative,-1}'],
  ];
  for (const [argument, value, reason] of invalid) {
    test(
      `can't have ${argument}: ${value}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        const text = `PRECONDITION_FAILED - invalid arg '${argument}' for queue '${queue}' in vhost '/': ${reason}`;
        const args = { queue, ...DURABLE, ...quorum({ [argument]: value }) };
        await channel.expectRefusal('queue.declare', args, 406, text);
      }),
    );
  }

  const differing: readonly (readonly [others: Record<string, PlainValue>, argument: string, difference: string])[] = [
    [{ 'x-delivery-limit': 4 }, 'x-delivery-limit', "received '4' but current is '3'"],
    [{}, 'x-delivery-limit', "received none but current is the value '3' of type 'signedint'"],
    [
      { 'x-delivery-limit': 3, 'x-quorum-initial-group-size': 3 },
      'x-quorum-initial-group-size',
      "received the value '3' of type 'signedint' but current is none",
    ],
    [
      { 'x-delivery-limit': 3, 'x-queue-type': 'classic' },
      'x-queue-type',
      "received 'classic' but current is 'quorum'",
    ],
  ];
  for (const [others, argument, difference] of differing) {
    test(
      `is not the same with another ${argument}: ${difference}`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = s.name('queue');
        await channel.call('queue.declare', { queue, ...DURABLE, ...quorum({ 'x-delivery-limit': 3 }) });
        const text = `PRECONDITION_FAILED - inequivalent arg '${argument}' for queue '${queue}' in vhost '/': ${difference}`;
        await channel.expectRefusal('queue.declare', { queue, ...DURABLE, ...quorum(others) }, 406, text);
      }),
    );
  }

  test(
    'is there for everybody, with its messages',
    scenario(async (s) => {
      const [one, two] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await one.call('queue.declare', { queue, ...DURABLE, ...quorum() });
      for (const body of ['a', 'b', 'c']) one.publish('', queue, body, { properties: { deliveryMode: 2 } });
      await two.awaitCount(queue, 3);
      await two.expectMessages(queue, 'a', 'b', 'c');
    }),
  );

  test(
    'with a single active consumer gives nothing to basic.get',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = s.name('queue');
      await channel.call('queue.declare', { queue, ...DURABLE, ...quorum({ 'x-single-active-consumer': true }) });
      const reason = 'basic.get operations are not supported by quorum queues with single active consumer';
      const text = `RESOURCE_LOCKED - cannot obtain access to locked queue '${queue}' in vhost '/'. ${reason}`;
      await channel.expectRefusal('basic.get', { queue }, 405, text);
    }),
  );
});
