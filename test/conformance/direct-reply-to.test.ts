import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { LIMITED } from '../support/accounts.ts';
import { type Scenario, scenario } from '../support/scenario.ts';
import { noQueueText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

const REPLY_TO = 'amq.rabbitmq.reply-to';
const NO_CONSUMER = 'PRECONDITION_FAILED - fast reply consumer does not exist';

async function consumeReplies(channel: WireChannel): Promise<void> {
  await channel.call('basic.consume', { queue: REPLY_TO, consumerTag: 'replies', noAck: true });
}

/** Somebody who asks, somebody who answers, and the name under which the answers are awaited. */
interface Dialogue {
  readonly asking: WireChannel;
  readonly answering: WireChannel;
  readonly name: string;
}

async function dialogue(s: Scenario): Promise<Dialogue> {
  const [asking, answering] = [await s.channel(), await s.channel()];
  await consumeReplies(asking);
  return { asking, answering, name: await ask(s, asking, answering) };
}

/** Sends a request to a queue of whoever answers; returns the name that it carries. */
async function ask(s: Scenario, asking: WireChannel, answering: WireChannel): Promise<string> {
  const queue = s.name('queue');
  await answering.call('queue.declare', { queue });
  asking.publish('', queue, 'question', { properties: { replyTo: REPLY_TO } });
  await asking.settle();
  const { properties } = await answering.expectMessage(queue, 'question');
  return properties.replyTo!;
}

describe('a request', () => {
  test(
    'carries a name for its replies in place of what it said, and nothing else changes',
    scenario(async (s) => {
      const [asking, answering] = [await s.channel(), await s.channel()];
      const queue = s.name('queue');
      await answering.call('queue.declare', { queue });
      await consumeReplies(asking);
      const properties: Properties = {
        contentType: 'text/plain',
        headers: fieldTable({ a: 1, b: [true, 'x'] }),
        deliveryMode: 1,
        correlationId: 'c',
        messageId: 'm',
        appId: 'a',
      };
      asking.publish('', queue, 'question', { properties: { ...properties, replyTo: REPLY_TO } });
      await asking.settle();
      const { replyTo, ...others } = (await answering.expectMessage(queue, 'question')).properties;
      assert.match(replyTo ?? '', /^amq\.rabbitmq\.reply-to\../);
      assert.deepEqual(others, properties);
    }),
  );

  test(
    'carries the same name as the one before, on the same channel',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      assert.equal(await ask(s, asking, answering), name);
    }),
  );

  test(
    'carries another name on another channel',
    scenario(async (s) => {
      const client = await s.client();
      const [one, two, answering] = [await client.channel(1), await client.channel(2), await s.channel()];
      await consumeReplies(one);
      await consumeReplies(two);
      assert.notEqual(await ask(s, one, answering), await ask(s, two, answering));
    }),
  );

  test(
    'with any other reply-to is left alone',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      for (const replyTo of ['mine', '', `${REPLY_TO}.x`, `${REPLY_TO}x`, 'amq.rabbitmq.reply-tp']) {
        channel.publish('', queue, 'm', { properties: { replyTo } });
        await channel.settle();
        assert.equal((await channel.expectMessage(queue, 'm')).properties.replyTo, replyTo);
      }
    }),
  );

  const otherFaults: readonly Properties[] = [{}, { expiration: 'soon' }, { userId: 'somebody' }, { deliveryMode: 7 }];
  for (const properties of otherFaults) {
    test(
      `without a consumer for the replies is refused, whatever else is wrong: ${JSON.stringify(properties)}`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.publish('', 'nowhere', 'x', { properties: { ...properties, replyTo: REPLY_TO } });
        channel.nudge();
        await channel.expectChannelClose(406, NO_CONSUMER, 'basic.publish');
      }),
    );
  }

  test(
    'to an exchange that is not there is refused for that',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('nowhere', 'x', 'x', { properties: { replyTo: REPLY_TO } });
      channel.nudge();
      const text = "NOT_FOUND - no exchange 'nowhere' in vhost '/'";
      await channel.expectChannelClose(404, text, 'basic.publish');
    }),
  );

  test(
    'that cannot be routed is returned with the name',
    scenario(async (s) => {
      const channel = await s.channel();
      await consumeReplies(channel);
      channel.publish('', 'nowhere', 'x', { mandatory: true, properties: { replyTo: REPLY_TO } });
      const { properties } = await channel.expect('basic.return');
      assert.match(properties.replyTo ?? '', /^amq\.rabbitmq\.reply-to\../);
    }),
  );
});

describe('a reply', () => {
  test(
    'comes to the one who asked, on another connection',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      answering.publish('', name, 'answer', { properties: { correlationId: 'c' } });
      const { header, frameSizes, ...delivery } = await asking.expectDelivery('answer');
      assert.deepEqual(delivery, {
        consumerTag: 'replies',
        deliveryTag: 1,
        redelivered: false,
        exchange: '',
        routingKey: name,
        properties: { correlationId: 'c' },
        body: Buffer.from('answer'),
      });
      await answering.expectNothing();
    }),
  );

  test(
    'comes on the same channel, too',
    scenario(async (s) => {
      const channel = await s.channel();
      await consumeReplies(channel);
      const name = await ask(s, channel, channel);
      channel.publish('', name, 'answer');
      await channel.expectDelivery('answer');
    }),
  );

  for (const sizeOctets of [0, 20_000, 300_000]) {
    test(
      `may be of ${sizeOctets} octets`,
      scenario(async (s) => {
        const { asking, answering, name } = await dialogue(s);
        const body = Buffer.alloc(sizeOctets, 'r');
        answering.publish('', name, body, { properties: { deliveryMode: 2 } });
        assert.ok((await asking.expectDelivery()).body.equals(body));
      }),
    );
  }

  test(
    'keeps the order of many',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      const bodies = Array.from({ length: 100 }, (_, i) => String(i));
      for (const body of bodies) answering.publish('', name, body);
      await asking.expectDeliveries(...bodies);
    }),
  );

  test(
    'has the next delivery tag, and leaves it to the next delivery',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      const queue = await s.queue(asking);
      await asking.call('basic.consume', { queue });
      const tags: number[] = [];
      for (const routingKey of [queue, name, name, queue]) {
        answering.publish('', routingKey, 'm');
        tags.push(Number((await asking.expectDelivery('m')).deliveryTag));
      }
      assert.deepEqual(tags, [1, 2, 2, 2]);
    }),
  );

  test(
    'needs no acknowledgement, and takes nobody’s prefetch',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      await asking.call('basic.qos', { prefetchCount: 1, global: true });
      for (const body of ['a', 'b']) answering.publish('', name, body);
      await asking.expectDeliveries('a', 'b');
      const text = 'PRECONDITION_FAILED - unknown delivery tag 1';
      await asking.expectRefusal('basic.ack', { deliveryTag: 1 }, 406, text);
    }),
  );

  test(
    'is routed nowhere as far as its publisher is told: it is returned if mandatory, and confirmed',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      await answering.call('confirm.select');
      answering.publish('', name, 'answer', { mandatory: true });
      const returned = await answering.expect('basic.return');
      assert.deepEqual([returned.replyCode, returned.routingKey], [312, name]);
      assert.equal((await answering.expect('basic.ack')).deliveryTag, 1);
      await asking.expectDelivery('answer');
    }),
  );

  test(
    'goes nowhere through another exchange',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      answering.publish('amq.direct', name, 'answer', { mandatory: true });
      await answering.expect('basic.return');
      await asking.expectNothing();
    }),
  );

  test(
    'may go to several by the header CC',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      const queue = await s.queue(answering);
      answering.publish('', queue, 'both', { properties: { headers: fieldTable({ CC: [name, name] }) } });
      await asking.expectDelivery('both');
      await asking.expectNothing();
      await answering.expectMessages(queue, 'both');
    }),
  );

  test(
    'does not wait for a transaction',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      await answering.call('tx.select');
      answering.publish('', name, 'answer');
      await asking.expectDelivery('answer');
      await answering.call('tx.rollback');
      await asking.expectNothing();
    }),
  );

  test(
    'is nobody’s who may not publish to the default exchange',
    scenario(async (s) => {
      const { asking, name } = await dialogue(s);
      const answering = await s.channel({ username: LIMITED.name, password: LIMITED.password });
      answering.publish('', name, 'answer');
      answering.nudge();
      const text = `ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user '${LIMITED.name}'`;
      await answering.expectChannelClose(403, text, 'basic.publish');
      await asking.expectNothing();
    }),
  );
});

describe('a reply to somebody who does not wait any more', () => {
  const endings: readonly (readonly [string, (asking: WireChannel) => Promise<unknown>])[] = [
    ['has cancelled', (asking) => asking.call('basic.cancel', { consumerTag: 'replies' })],
    ['has closed the channel', (asking) => asking.call('channel.close')],
  ];
  for (const [what, end] of endings) {
    test(
      `because it ${what} is returned if mandatory`,
      scenario(async (s) => {
        const { asking, answering, name } = await dialogue(s);
        await end(asking);
        answering.publish('', name, 'lost');
        await answering.expectNothing();
        answering.publish('', name, 'late', { mandatory: true });
        assert.equal((await answering.expect('basic.return')).replyCode, 312);
        assert.equal(asking.pending, 0);
      }),
    );
  }

  test(
    'is not one to somebody who waits again',
    scenario(async (s) => {
      const { asking, answering, name } = await dialogue(s);
      await asking.call('basic.cancel', { consumerTag: 'replies' });
      await consumeReplies(asking);
      answering.publish('', name, 'late');
      await answering.settle();
      await asking.expectNothing();
      assert.notEqual(await ask(s, asking, answering), name);
    }),
  );
});

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
