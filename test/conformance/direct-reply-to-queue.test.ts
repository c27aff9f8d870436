import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import { LIMITED } from '../support/accounts.ts';
import { ask, consumeReplies, dialogue, NO_CONSUMER, REPLY_TO } from '../support/dialogue.ts';
import { scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';

describe('a consumer of replies', () => {
  const REFUSED = [
    ['that acknowledges', false, 'reply consumer cannot acknowledge'],
    ['that is the second of its channel', true, 'reply consumer already set'],
  ] as const;
  for (const [what, noAck, reason] of REFUSED) {
    test(
      `${what} is refused`,
      scenario(async (s) => {
        const channel = await s.channel();
        if (noAck) await consumeReplies(channel);
        const args = { queue: REPLY_TO, consumerTag: 'another', noAck };
        await channel.expectRefusal('basic.consume', args, 406, `PRECONDITION_FAILED - ${reason}`);
      }),
    );
  }

  test(
    'gets a tag if it has none, and its other arguments do not matter',
    scenario(async (s) => {
      const channel = await s.channel();
      const args = { queue: REPLY_TO, noAck: true, exclusive: true, arguments: fieldTable({ 'x-priority': 'high' }) };
      assert.match((await channel.call('basic.consume', args)).consumerTag, /^amq\.ctag-/);
    }),
  );

  test(
    'may not have the tag of another consumer',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      await channel.call('basic.consume', { queue, consumerTag: 't' });
      channel.send('basic.consume', { queue: REPLY_TO, consumerTag: 't', noAck: true });
      const text = "NOT_ALLOWED - attempt to reuse consumer tag 't'";
      await client.expectConnectionClose(530, text, 'basic.consume');
    }),
  );

  test(
    'lets another consumer have its tag, and is the one that is cancelled first',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      await consumeReplies(channel);
      await channel.call('basic.consume', { queue, consumerTag: 'replies' });
      await channel.call('basic.cancel', { consumerTag: 'replies' });
      channel.publish('', queue, 'm');
      await channel.expectDelivery('m');
      channel.publish('', queue, 'x', { properties: { replyTo: REPLY_TO } });
      channel.nudge();
      await channel.expectChannelClose(406, NO_CONSUMER, 'basic.publish');
    }),
  );

  test(
    'is there without an answer, too',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.send('basic.consume', { queue: REPLY_TO, noAck: true, noWait: true });
      await channel.expectNothing();
      await ask(s, channel, channel);
    }),
  );

  test(
    'needs no permission',
    scenario(async (s) => {
      await consumeReplies(await s.channel({ username: LIMITED.name, password: LIMITED.password }));
    }),
  );
});

describe('queue.declare', () => {
  for (const passive of [true, false]) {
    test(
      `tells whether somebody waits for replies, passive: ${passive}`,
      scenario(async (s) => {
        const { asking, answering, name } = await dialogue(s);
        assert.deepEqual(await answering.call('queue.declare', { queue: name, passive }), {
          queue: name,
          messageCount: 0,
          consumerCount: 1,
        });
        await asking.call('basic.cancel', { consumerTag: 'replies' });
        await asking.settle();
        await answering.expectRefusal('queue.declare', { queue: name, passive }, 404, noQueueText(name));
      }),
    );

    for (const queue of [`${REPLY_TO}.`, `${REPLY_TO}.x`, `${REPLY_TO}2`]) {
      test(
        `of ${queue}, which is nobody, passive: ${passive}`,
        scenario(async (s) => {
          const channel = await s.channel();
          await channel.expectRefusal('queue.declare', { queue, passive }, 404, noQueueText(queue));
        }),
      );
    }
  }

  test(
    'of what every client may consume',
    scenario(async (s) => {
      const channel = await s.channel({ username: LIMITED.name, password: LIMITED.password });
      const expected = { queue: REPLY_TO, messageCount: 0, consumerCount: 1 };
      assert.deepEqual(await channel.call('queue.declare', { queue: REPLY_TO }), expected);
      channel.send('queue.declare', { queue: REPLY_TO, noWait: true });
      await channel.expectNothing();
    }),
  );
});

describe('other methods know no queue of such a name', () => {
  for (const method of ['basic.get', 'basic.consume', 'queue.purge'] as const) {
    test(
      method,
      scenario(async (s) => {
        const { answering, name } = await dialogue(s);
        await answering.expectRefusal(method, { queue: name }, 404, noQueueText(name));
      }),
    );
  }

  test(
    'queue.bind, of neither name',
    scenario(async (s) => {
      const { answering, name } = await dialogue(s);
      for (const queue of [name, REPLY_TO]) {
        await answering.expectRefusal('queue.bind', { queue, exchange: 'amq.direct' }, 404, noQueueText(queue));
      }
    }),
  );
});
