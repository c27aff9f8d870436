import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const EXPIRES_MS = 120;

async function expiringQueue(s: Scenario, channel: WireChannel, expiresMs = EXPIRES_MS): Promise<string> {
  return s.queue(channel, { exclusive: false, arguments: fieldTable({ 'x-expires': expiresMs }) });
}

/** Asks for the queue's absence by binding it, which does not count as use. */
async function isThere(channel: WireChannel, queue: string): Promise<boolean> {
  channel.send('queue.bind', { queue, exchange: 'amq.fanout' });
  const event = await channel.next('queue.bind-ok');
  if (event.name === 'queue.bind-ok') return true;
  assert.equal(event.name === 'channel.close' && event.args.replyCode, 404);
  channel.send('channel.close-ok');
  await channel.call('channel.open');
  return false;
}

async function awaitExpiry(channel: WireChannel, queue: string): Promise<void> {
  const deadline = performance.now() + 5000;
  while (await isThere(channel, queue)) assert.ok(performance.now() < deadline, 'the queue is still there');
}

/** Lets the time pass in which an unused queue goes, and half of it more. */
async function outlast(s: Scenario, channel: WireChannel): Promise<void> {
  const [first, second] = [await expiringQueue(s, channel), await expiringQueue(s, channel, EXPIRES_MS * 1.5)];
  await awaitExpiry(channel, first);
  await awaitExpiry(channel, second);
}

describe('a queue that expires', () => {
  test(
    'goes when nobody uses it',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await expiringQueue(s, channel, 10);
      await channel.awaitAbsence(queue).catch(() => undefined); // asking for it keeps it
      await awaitExpiry(channel, queue);
    }),
  );

  test(
    'goes with its messages, and published messages do not keep it',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await expiringQueue(s, channel);
      for (let left = true; left; left = await isThere(channel, queue)) channel.publish('', queue, 'x');
    }),
  );

  test(
    'stays as long as it has a consumer, and goes after it',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await expiringQueue(s, channel);
      const { consumerTag } = await channel.call('basic.consume', { queue });
      await outlast(s, await s.channel());
      assert.ok(await isThere(channel, queue));
      await channel.call('basic.cancel', { consumerTag });
      await awaitExpiry(channel, queue);
    }),
  );

  for (const [how, use] of [
    ['declared', (queue: string) => ({ name: 'queue.declare', args: { queue, passive: true } })],
    ['asked for a message', (queue: string) => ({ name: 'basic.get', args: { queue } })],
  ] as const) {
    test(
      `stays as long as it is ${how} again and again`,
      scenario(async (s) => {
        const channel = await s.channel();
        const queue = await expiringQueue(s, channel);
        const clock = await s.channel();
        let isOver = false;
        const passing = outlast(s, clock).finally(() => {
          isOver = true;
        });
        for (let answeredMs = performance.now(); !isOver; answeredMs = performance.now()) {
          const { name, args } = use(queue);
          channel.send(name as 'queue.declare', args);
          const event = await channel.next();
          if (performance.now() - answeredMs > EXPIRES_MS / 2) return passing; // the machine was too busy to ask in time
          assert.ok(event.name === 'queue.declare-ok' || event.name === 'basic.get-empty', event.name);
        }
        await passing;
        await awaitExpiry(channel, queue);
      }),
    );
  }

  test(
    'does not make dead letters of its messages',
    scenario(async (s) => {
      const channel = await s.channel();
      const dead = await s.queue(channel);
      const args = { 'x-expires': 20, 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': dead };
      const queue = await s.queue(channel, { exclusive: false, arguments: fieldTable(args) });
      channel.publish('', queue, 'x');
      await awaitExpiry(channel, queue);
      await channel.expectNothing(dead);
      assert.equal(await channel.get(dead), undefined);
    }),
  );
});
