import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MethodArguments } from '#src/protocol/methods.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import { unknownTagText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

type Name = 'basic.ack' | 'basic.nack' | 'basic.reject';
type Args = Partial<MethodArguments<'basic.nack'>>;

/** A channel to which a queue of its own has given these messages, with delivery tags from 1 up, by basic.get. */
async function holding(s: Scenario, ...bodies: string[]): Promise<[channel: WireChannel, queue: string]> {
  const channel = await s.channel();
  const queue = await s.queue(channel);
  for (const body of bodies) channel.publish('', queue, body);
  for (const body of bodies) assert.equal((await channel.get(queue, false))?.body.toString(), body);
  return [channel, queue];
}

/** Takes what is there, with an R after what is redelivered. */
async function take(channel: WireChannel, queue: string): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const message = await channel.get(queue);
    if (message === undefined) return found;
    found.push(`${message.body}${message.redelivered ? 'R' : ''}`);
  }
}

describe('an unknown delivery tag is refused', () => {
  const cases: readonly (readonly [name: Name, args: Args])[] = [
    ['basic.ack', { deliveryTag: 0 }],
    ['basic.ack', { deliveryTag: 3 }],
    ['basic.ack', { deliveryTag: 3, multiple: true }],
    ['basic.ack', { deliveryTag: 1000, multiple: true }],
    ['basic.nack', { deliveryTag: 0 }],
    ['basic.nack', { deliveryTag: 3, requeue: true }],
    ['basic.nack', { deliveryTag: 3, multiple: true }],
    ['basic.reject', { deliveryTag: 0, requeue: true }],
    ['basic.reject', { deliveryTag: 3 }],
  ];
  for (const [name, args] of cases) {
    test(
      `${name} ${JSON.stringify(args)}, of two`,
      scenario(async (s) => {
        const [channel] = await holding(s, 'a', 'b');
        await channel.expectRefusal(name, args, 406, unknownTagText(Number(args.deliveryTag)));
      }),
    );
  }

  for (const name of ['basic.ack', 'basic.nack', 'basic.reject'] as const) {
    test(
      `${name} on a channel that has none`,
      scenario(async (s) => {
        const channel = await s.channel();
        await channel.expectRefusal(name, { deliveryTag: 1 }, 406, unknownTagText(1));
      }),
    );

    for (const second of ['basic.ack', 'basic.nack', 'basic.reject'] as const) {
      test(
        `${second} after ${name}`,
        scenario(async (s) => {
          const [channel] = await holding(s, 'a', 'b');
          channel.send(name, { deliveryTag: 1 });
          await channel.expectRefusal(second, { deliveryTag: 1 }, 406, unknownTagText(1));
        }),
      );
    }
  }

  test(
    'multiple, of one that is acknowledged when none before it is left',
    scenario(async (s) => {
      const [channel] = await holding(s, 'a', 'b', 'c');
      channel.send('basic.ack', { deliveryTag: 2, multiple: true });
      await channel.expectRefusal('basic.ack', { deliveryTag: 2, multiple: true }, 406, unknownTagText(2));
    }),
  );

  test(
    'multiple, of one that is acknowledged when one before it is left',
    scenario(async (s) => {
      const [channel] = await holding(s, 'a', 'b', 'c');
      channel.send('basic.ack', { deliveryTag: 2 });
      await channel.expectRefusal('basic.ack', { deliveryTag: 2, multiple: true }, 406, unknownTagText(2));
    }),
  );

  test(
    'multiple, of one that was not to be acknowledged',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const body of ['a', 'b', 'c']) channel.publish('', queue, body);
      await channel.get(queue, true);
      await channel.get(queue, false);
      await channel.get(queue, true);
      await channel.expectRefusal('basic.ack', { deliveryTag: 3, multiple: true }, 406, unknownTagText(3));
    }),
  );

  test(
    'of another channel',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      one.publish('', queue, 'a');
      await one.get(queue, false);
      await two.expectRefusal('basic.ack', { deliveryTag: 1 }, 406, unknownTagText(1));
      one.send('basic.ack', { deliveryTag: 1 });
      await one.expectNothing();
    }),
  );

  test(
    'of before the channel was closed',
    scenario(async (s) => {
      const [channel] = await holding(s, 'a');
      await channel.call('channel.close', { replyCode: 200 });
      await channel.call('channel.open');
      await channel.expectRefusal('basic.ack', { deliveryTag: 1 }, 406, unknownTagText(1));
    }),
  );

  test(
    'and all that the channel has not acknowledged comes again',
    scenario(async (s) => {
      const [one, two] = await s.twoChannels();
      const queue = await s.queue(one);
      for (const body of ['a', 'b', 'c']) one.publish('', queue, body);
      for (let count = 0; count < 3; count++) await one.get(queue, false);
      one.send('basic.ack', { deliveryTag: 2 });
      one.send('basic.ack', { deliveryTag: 9 });
      await one.expectChannelClose(406, unknownTagText(9), 'basic.ack');
      await two.awaitCount(queue, 2);
      assert.deepEqual(await take(two, queue), ['aR', 'cR']);
    }),
  );
});

describe('basic.ack', () => {
  test(
    'of one removes it for good',
    scenario(async (s) => {
      const [channel, queue] = await holding(s, 'a', 'b', 'c');
      channel.send('basic.ack', { deliveryTag: 2 });
      await channel.call('basic.recover', { requeue: true });
      assert.deepEqual(await take(channel, queue), ['aR', 'cR']);
    }),
  );

  test(
    'of several removes them all',
    scenario(async (s) => {
      const [channel, queue] = await holding(s, 'a', 'b', 'c', 'd');
      channel.send('basic.ack', { deliveryTag: 3, multiple: true });
      await channel.call('basic.recover', { requeue: true });
      assert.deepEqual(await take(channel, queue), ['dR']);
    }),
  );

  test(
    'of several passes over what is acknowledged already',
    scenario(async (s) => {
      const [channel, queue] = await holding(s, 'a', 'b', 'c', 'd');
      channel.send('basic.ack', { deliveryTag: 2 });
      channel.send('basic.ack', { deliveryTag: 3, multiple: true });
      await channel.call('basic.recover', { requeue: true });
      assert.deepEqual(await take(channel, queue), ['dR']);
    }),
  );

  test(
    'of tag 0 and multiple removes everything',
    scenario(async (s) => {
      const [channel, queue] = await holding(s, 'a', 'b', 'c');
      channel.send('basic.ack', { deliveryTag: 0, multiple: true });
      await channel.call('basic.recover', { requeue: true });
      assert.deepEqual(await take(channel, queue), []);
    }),
  );

  for (const name of ['basic.ack', 'basic.nack'] as const) {
    test(
      `${name} of tag 0 and multiple is fine where there is nothing`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.send(name, { deliveryTag: 0, multiple: true });
        await channel.expectNothing();
      }),
    );
  }

  test(
    'spans the queues of the channel',
    scenario(async (s) => {
      const channel = await s.channel();
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) channel.publish('', queue, 'a');
      for (const queue of queues) await channel.get(queue, false);
      channel.send('basic.ack', { deliveryTag: 2, multiple: true });
      await channel.call('basic.recover', { requeue: true });
      for (const queue of queues) assert.deepEqual(await take(channel, queue), []);
    }),
  );

  test(
    'in any order, of many',
    scenario(async (s) => {
      const bodies = Array.from({ length: 100 }, (_, index) => `${index}`);
      const [channel, queue] = await holding(s, ...bodies);
      const left = new Set([7, 33, 64, 99]);
      const tags = bodies.map((_, index) => index).filter((index) => !left.has(index));
      for (const index of tags.toSorted((a, b) => ((a * 37) % 101) - ((b * 37) % 101))) {
        channel.send('basic.ack', { deliveryTag: index + 1 });
      }
      await channel.call('basic.recover', { requeue: true });
      assert.deepEqual(await take(channel, queue), ['7R', '33R', '64R', '99R']);
    }),
  );

  test(
    'after the queue was deleted is fine',
    scenario(async (s) => {
      const [channel, queue] = await holding(s, 'a', 'b', 'c');
      await channel.call('queue.delete', { queue });
      channel.send('basic.ack', { deliveryTag: 1 });
      channel.send('basic.nack', { deliveryTag: 2, requeue: true });
      channel.send('basic.reject', { deliveryTag: 3, requeue: true });
      await channel.expectNothing();
    }),
  );
});

describe('basic.reject and basic.nack', () => {
  for (const name of ['basic.reject', 'basic.nack'] as const) {
    test(
      `${name} without requeue removes the message`,
      scenario(async (s) => {
        const [channel, queue] = await holding(s, 'a', 'b');
        channel.send(name, { deliveryTag: 1, requeue: false });
        await channel.call('basic.recover', { requeue: true });
        assert.deepEqual(await take(channel, queue), ['bR']);
      }),
    );

    test(
      `${name} with requeue gives the message back, and only that`,
      scenario(async (s) => {
        const [channel, queue] = await holding(s, 'a', 'b');
        channel.send(name, { deliveryTag: 2, requeue: true });
        await channel.awaitCount(queue, 1);
        assert.deepEqual(await take(channel, queue), ['bR']);
      }),
    );
  }

  for (const requeue of [false, true]) {
    test(
      `basic.nack of several, requeue: ${requeue}`,
      scenario(async (s) => {
        const [channel, queue] = await holding(s, 'a', 'b', 'c');
        channel.send('basic.nack', { deliveryTag: 2, multiple: true, requeue });
        await channel.expectNothing(queue);
        assert.deepEqual(await take(channel, queue), requeue ? ['aR', 'bR'] : []);
      }),
    );

    test(
      `basic.nack of tag 0 and multiple, requeue: ${requeue}`,
      scenario(async (s) => {
        const [channel, queue] = await holding(s, 'a', 'b', 'c');
        channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue });
        await channel.expectNothing(queue);
        assert.deepEqual(await take(channel, queue), requeue ? ['aR', 'bR', 'cR'] : []);
      }),
    );
  }
});
