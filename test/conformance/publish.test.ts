import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_BODY, FRAME_HEADER } from '#src/protocol/constants.js';
import { fieldTable } from '#src/protocol/field-table.js';
import { encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import { noExchangeText } from '../support/texts.ts';

const INVALID_EXPIRATION = (expiration: string, reason: string): string =>
  `PRECONDITION_FAILED - invalid expiration '${expiration}': ${reason}`;

async function expectAccepted(s: Scenario, properties: Properties): Promise<void> {
  const channel = await s.channel();
  const queue = await s.queue(channel);
  channel.publish('', queue, 'x', { properties });
  await channel.expectMessages(queue, 'x');
}

async function expectRefused(s: Scenario, properties: Properties, text: string): Promise<void> {
  const channel = await s.channel();
  channel.publish('', 'nowhere', 'x', { properties });
  channel.nudge();
  await channel.expectChannelClose(406, text, 'basic.publish');
}

describe('publishing', () => {
  test(
    'tells the consumer exchange, routing key and body',
    scenario(async (s) => {
      const channel = await s.channel();
      const [queue, exchange] = [await s.queue(channel), await s.exchange(channel, 'fanout')];
      await channel.call('queue.bind', { queue, exchange });
      channel.publish(exchange, 'some key', 'some body');
      const message = await channel.expectMessage(queue, 'some body');
      assert.deepEqual([message.exchange, message.routingKey], [exchange, 'some key']);
    }),
  );

  test(
    'keeps the order of what a channel publishes',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const bodies = Array.from({ length: 500 }, (_, index) => `message ${index}`);
      for (const body of bodies) channel.publish('', queue, body);
      await channel.call('basic.consume', { queue, noAck: true });
      await channel.expectDeliveries(...bodies);
    }),
  );

  test(
    'keeps the order for every queue of an exchange',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout');
      const queues = [await s.queue(channel), await s.queue(channel)];
      for (const queue of queues) await channel.call('queue.bind', { queue, exchange });
      const bodies = Array.from({ length: 50 }, (_, index) => `${index}`);
      for (const body of bodies) channel.publish(exchange, '', body);
      for (const queue of queues) await channel.expectMessages(queue, ...bodies);
    }),
  );

  test(
    'to nobody is fine',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', 'nowhere', 'lost');
      channel.publish('amq.topic', 'nowhere.at.all', 'lost');
      await channel.expectNothing();
    }),
  );

  for (const mandatory of [false, true]) {
    test(
      `to an exchange that is not there is an error, mandatory: ${mandatory}`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.publish('nowhere', 'k', 'x', { mandatory });
        await channel.expectChannelClose(404, noExchangeText('nowhere'), 'basic.publish');
      }),
    );
  }

  test(
    'to an exchange that is not there is an error once the content has come',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      channel.send('basic.publish', { exchange: 'nowhere' });
      client.sendFrame(FRAME_HEADER, 1, encodeContentHeader(2, {}));
      client.sendFrame(FRAME_BODY, 1, Buffer.from('x'));
      await (await client.channel(2)).expectNothing();
      assert.equal(channel.pending, 0);
      client.sendFrame(FRAME_BODY, 1, Buffer.from('y'));
      await channel.expectChannelClose(404, noExchangeText('nowhere'), 'basic.publish');
    }),
  );

  test(
    'to an internal exchange is an error',
    scenario(async (s) => {
      const channel = await s.channel();
      const exchange = await s.exchange(channel, 'fanout', { internal: true });
      channel.publish(exchange, 'k', 'x');
      const text = `ACCESS_REFUSED - cannot publish to internal exchange '${exchange}' in vhost '/'`;
      await channel.expectChannelClose(403, text, 'basic.publish');
    }),
  );

  for (const exchange of ['', 'nowhere']) {
    test(
      `immediately is not implemented: exchange '${exchange}'`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.publish(exchange, 'k', 'x', { immediate: true });
        await client.expectConnectionClose(540, 'NOT_IMPLEMENTED - immediate=true', 'basic.publish');
      }),
    );
  }
});

describe('expiration', () => {
  for (const expiration of ['60000', '+60000', '0060000', '4294967295', '4294967296', '315360000000']) {
    test(
      `may be '${expiration}'`,
      scenario(async (s) => {
        await expectAccepted(s, { expiration });
      }),
    );
  }

  for (const expiration of ['0', '-0', '1']) {
    test(
      `may be '${expiration}', which nobody waits for`,
      scenario(async (s) => {
        const channel = await s.channel();
        channel.publish('', 'nowhere', 'x', { properties: { expiration } });
        await channel.expectNothing();
      }),
    );
  }

  const invalid: readonly (readonly [expiration: string, reason: string])[] = [
    ['', 'no_integer'],
    ['soon', 'no_integer'],
    [' 1', 'no_integer'],
    ['+', 'no_integer'],
    ['-', 'no_integer'],
    ['é', 'no_integer'],
    ['12soon', '{leftover_string,"soon"}'],
    ['1 ', '{leftover_string," "}'],
    ['1.5', '{leftover_string,".5"}'],
    ['0x10', '{leftover_string,"x10"}'],
    ['1e3', '{leftover_string,"e3"}'],
    ['-1', '{value_negative,-1}'],
    ['315360000001', '{value_too_large,315360000001}'],
  ];
  for (const [expiration, reason] of invalid) {
    test(
      `may not be '${expiration}'`,
      scenario(async (s) => {
        await expectRefused(s, { expiration }, INVALID_EXPIRATION(expiration, reason));
      }),
    );
  }
});

describe('user-id', () => {
  test(
    'may be the name of the user',
    scenario(async (s) => {
      await expectAccepted(s, { userId: 'guest' });
    }),
  );

  for (const userId of ['somebody', '', 'GUEST']) {
    test(
      `may not be '${userId}'`,
      scenario(async (s) => {
        const text = `PRECONDITION_FAILED - user_id property set to '${userId}' but authenticated user was 'guest'`;
        await expectRefused(s, { userId }, text);
      }),
    );
  }
});

describe('delivery-mode', () => {
  for (const deliveryMode of [1, 2]) {
    test(
      `may be ${deliveryMode}`,
      scenario(async (s) => {
        await expectAccepted(s, { deliveryMode });
      }),
    );
  }
  for (const deliveryMode of [0, 3, 255]) {
    test(
      `may not be ${deliveryMode}`,
      scenario(async (s) => {
        const text = `PRECONDITION_FAILED - invalid message: {delivery_mode_unknown,${deliveryMode}}`;
        await expectRefused(s, { deliveryMode }, text);
      }),
    );
  }
});

describe('of several mistakes the first is told', () => {
  test(
    'no exchange before what is wrong with the message',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('nowhere', 'k', 'x', { properties: { userId: 'somebody', expiration: 'soon' } });
      await channel.expectChannelClose(404, noExchangeText('nowhere'), 'basic.publish');
    }),
  );

  test(
    'the user before the expiration',
    scenario(async (s) => {
      const text = "PRECONDITION_FAILED - user_id property set to 'somebody' but authenticated user was 'guest'";
      await expectRefused(s, { userId: 'somebody', expiration: 'soon' }, text);
    }),
  );

  test(
    'the expiration before the headers',
    scenario(async (s) => {
      const properties = { expiration: 'soon', headers: fieldTable({ CC: 1 }) };
      await expectRefused(s, properties, INVALID_EXPIRATION('soon', 'no_integer'));
    }),
  );
});
