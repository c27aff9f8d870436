import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldTable } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import { LIMITED } from '../support/accounts.ts';
import { ask, consumeReplies, dialogue, NO_CONSUMER, REPLY_TO } from '../support/dialogue.ts';
import { scenario } from '../support/scenario.ts';
import { noExchangeText } from '../support/texts.ts';
import type { WireChannel } from '../support/wire-channel.ts';

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
      const text = noExchangeText('nowhere');
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
