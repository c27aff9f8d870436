import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_BODY, FRAME_HEADER } from '#src/protocol/constants.js';
import { type Scenario, scenario } from '../support/scenario.ts';
import type { WireClient } from '../support/wire-client.ts';
import { frame } from '../support/wire-events.ts';

/** The payload of a content header frame, right or wrong. */
function header(
  size: number | bigint,
  { classId = 60, weight = 0, flags = 0, properties = [] as number[] } = {},
): Buffer {
  const octets = Buffer.alloc(14 + properties.length);
  octets.writeUInt16BE(classId, 0);
  octets.writeUInt16BE(weight, 2);
  octets.writeBigUInt64BE(BigInt(size), 4);
  octets.writeUInt16BE(flags, 12);
  octets.set(properties, 14);
  return octets;
}

/** Octets that tell where in the body they are. */
function pattern(size: number): Buffer {
  const octets = Buffer.alloc(size);
  for (let at = 0; at < size; at++) octets[at] = (at * 31 + (at >> 8) * 7 + (at >> 16)) & 0xff;
  return octets;
}

async function publishing(s: Scenario): Promise<WireClient> {
  const client = await s.client();
  const channel = await client.channel();
  channel.send('basic.publish', { routingKey: 'nowhere' });
  return client;
}

describe('frames after basic.publish that are refused', () => {
  const NO_HEADER = 'UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead';
  const NO_BODY = 'UNEXPECTED_FRAME - expected content body, got non content body frame instead';
  const other = (classId: number): string =>
    `UNEXPECTED_FRAME - expected content header for class 60, got one for class ${classId} instead`;

  type Frame = readonly [type: number, payload: Buffer];
  const body = (text: string): Frame => [FRAME_BODY, Buffer.from(text)];
  const refused: readonly (readonly [what: string, text: string, frames: readonly Frame[]])[] = [
    ['a body without a header', NO_HEADER, [body('x')]],
    ['a header of weight 1', NO_HEADER, [[FRAME_HEADER, header(0, { weight: 1 })]]],
    ['a header of class queue', other(50), [[FRAME_HEADER, header(0, { classId: 50 })]]],
    ['a header of class 99', other(99), [[FRAME_HEADER, header(0, { classId: 99 })]]],
    [
      'a second header instead of the body',
      NO_BODY,
      [
        [FRAME_HEADER, header(2)],
        [FRAME_HEADER, header(2)],
      ],
    ],
    ['a body longer than announced', NO_BODY, [[FRAME_HEADER, header(2)], body('abc')]],
    ['a second body frame too long', NO_BODY, [[FRAME_HEADER, header(3)], body('ab'), body('cd')]],
  ];
  for (const [what, text, frames] of refused) {
    test(
      what,
      scenario(async (s) => {
        const client = await publishing(s);
        for (const [type, payload] of frames) client.sendFrame(type, 1, payload);
        // RabbitMQ only notices that a body was too long when something else follows.
        client.rawChannel(1).send('basic.qos');
        await client.expectConnectionClose(505, text, 'basic.publish');
      }),
    );
  }

  test(
    'a method instead of the header',
    scenario(async (s) => {
      const client = await publishing(s);
      client.rawChannel(1).send('basic.qos');
      await client.expectConnectionClose(505, NO_HEADER, 'basic.publish');
    }),
  );

  test(
    'a method instead of the body',
    scenario(async (s) => {
      const client = await publishing(s);
      client.sendFrame(FRAME_HEADER, 1, header(2));
      client.rawChannel(1).send('basic.qos');
      await client.expectConnectionClose(505, NO_BODY, 'basic.publish');
    }),
  );

  test(
    'a body after a header that has announced none',
    scenario(async (s) => {
      const client = await publishing(s);
      client.sendFrame(FRAME_HEADER, 1, header(0));
      client.sendFrame(FRAME_BODY, 1, Buffer.from('x'));
      const text = 'UNEXPECTED_FRAME - expected method frame, got non method frame instead';
      await client.expectConnectionClose(505, text);
    }),
  );

  const malformed: readonly (readonly [what: string, payload: Buffer])[] = [
    ['that end before their flags do', header(0).subarray(0, 13)],
    ['that are not there', header(0).subarray(0, 12)],
    ['cut short', header(0, { flags: 0x8000, properties: [5, 97] })],
    ['with octets left over', header(0, { flags: 0x8000, properties: [1, 97, 98] })],
    ['with a header of unknown type', header(0, { flags: 0x2000, properties: [0, 0, 0, 3, 1, 97, 90] })],
    ['with headers longer than they are', header(0, { flags: 0x2000, properties: [0, 0, 0, 30, 1, 97] })],
  ];
  for (const [what, payload] of malformed) {
    test(
      `properties ${what}`,
      scenario(async (s) => {
        const client = await publishing(s);
        client.sendFrame(FRAME_HEADER, 1, payload);
        // RabbitMQ fails over them with 541 INTERNAL_ERROR; that the client is to blame may be said more clearly.
        const { replyCode } = await client.control.expect('connection.close');
        assert.ok([501, 502, 541].includes(replyCode), `${replyCode}`);
      }),
    );
  }
});

describe('a body arrives whole', () => {
  const cuts: readonly (readonly [what: string, size: number, cut: number[]])[] = [
    ['in one frame', 100, [100]],
    ['octet by octet', 20, Array.from({ length: 20 }, () => 1)],
    ['in frames of odd sizes', 10_000, [1, 4087, 3, 17, 4088, 1000]],
    ['with empty frames between', 10, [0, 3, 0, 0, 7]],
    ['with an empty frame first', 1, [0, 1]],
  ];
  for (const [what, size, cut] of cuts) {
    test(
      what,
      scenario(async (s) => {
        const channel = await s.channel({ tune: { frameMax: 4096 } });
        const queue = await s.queue(channel);
        const body = pattern(size);
        channel.publish('', queue, body, { cut });
        assert.deepEqual((await channel.get(queue))?.body, body);
      }),
    );
  }

  for (const size of [0, 1, 4087, 4088, 4089, 8176, 8177, 131063, 131064, 131065, 300_000, 1_000_000]) {
    test(
      `of ${size} octets, between connections of other frame sizes`,
      scenario(async (s) => {
        const small = await s.channel({ tune: { frameMax: 4096 } });
        const large = await s.channel();
        const body = pattern(size);
        for (const [publisher, consumer, most] of [
          [small, large, 131064],
          [large, small, 4088],
        ] as const) {
          const queue = await s.queue(consumer);
          publisher.publish('', queue, body);
          await consumer.call('basic.consume', { queue, noAck: true });
          const delivery = await consumer.expect('basic.deliver');
          assert.ok(delivery.body.equals(body));
          assert.ok(delivery.frameSizes.every((octets) => octets > 0 && octets <= most));
        }
      }),
    );
  }

  test(
    'of 20 MiB',
    scenario(async (s) => {
      const channel = await s.channel();
      const queue = await s.queue(channel);
      const body = pattern(20 << 20);
      channel.publish('', queue, body);
      assert.ok((await channel.get(queue))?.body.equals(body));
    }),
  );

  test(
    'while others are on their way on other channels',
    scenario(async (s) => {
      const client = await s.client();
      const numbers = [1, 2, 3];
      const channels = await Promise.all(numbers.map((number) => client.channel(number)));
      const queue = await s.queue(channels[0]!);
      for (const channel of channels) {
        channel.send('basic.publish', { routingKey: queue });
        client.sendFrame(FRAME_HEADER, channel.number, header(3));
      }
      for (const letter of 'abc') {
        for (const { number } of channels) client.sendFrame(FRAME_BODY, number, Buffer.from(`${letter}`));
      }
      await channels[0]!.awaitCount(queue, 3);
      await channels[0]!.expectMessages(queue, 'abc', 'abc', 'abc');
    }),
  );

  test(
    'when the stream is cut at every octet',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      for (const octet of channel.encodePublish('', queue, 'bit by bit', { cut: [3] })) {
        client.sendRaw(Buffer.from([octet]));
        await new Promise(setImmediate);
      }
      await channel.expectMessages(queue, 'bit by bit');
    }),
  );
});

test(
  'a body of more than 128 MiB is refused',
  scenario(async (s) => {
    const client = await s.client();
    const channel = await client.channel();
    const limit = 128 << 20;
    channel.send('basic.publish', { routingKey: 'nowhere' });
    client.sendFrame(FRAME_HEADER, 1, header(limit + 1));
    // RabbitMQ looks at the size once all of it has come.
    const part = frame(FRAME_BODY, 1, Buffer.alloc(131064));
    for (let left = limit + 1; left > 0; left -= 131064) {
      if (left < 131064) client.sendFrame(FRAME_BODY, 1, Buffer.alloc(left));
      else await client.sendAndDrain(part);
    }
    const text = `PRECONDITION_FAILED - message size ${limit + 1} is larger than configured max size ${limit}`;
    await channel.expectChannelClose(406, text, 'basic.publish');
    await channel.call('channel.open');
  }),
);
