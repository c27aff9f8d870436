import { describe, test } from 'node:test';
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from '#src/protocol/constants.js';
import { fieldTable } from '#src/protocol/field-table.js';
import { encodeContentHeader } from '#src/protocol/properties.js';
import { scenario } from '../support/scenario.ts';

const NOTHING = Buffer.alloc(0);

/** A payload of `size` octets that all are letters. */
function letters(size: number): Buffer {
  return Buffer.alloc(size, 'a');
}

/** After these errors RabbitMQ takes three seconds to close the socket: so they run side by side. */
const SIDE_BY_SIDE = { concurrency: true };

describe('a frame that does not end with octet 206 is refused', SIDE_BY_SIDE, () => {
  const wrong: readonly (readonly [type: number, payload: Buffer, end: number, text: string])[] = [
    [FRAME_METHOD, Buffer.from([1, 2, 3]), 0, 'type 1, all octets = <<1,2,3>>: {invalid_frame_end_marker,0}'],
    [FRAME_BODY, NOTHING, 207, 'type 3, all octets = <<>>: {invalid_frame_end_marker,207}'],
    [FRAME_BODY, letters(5), 1, 'type 3, all octets = <<"aaaaa">>: {invalid_frame_end_marker,1}'],
    [FRAME_BODY, letters(17), 0, `type 3, first 16 octets = <<"${letters(16)}">>: {invalid_frame_end_marker,0}`],
    [FRAME_HEARTBEAT, NOTHING, 0, 'type 8, all octets = <<>>: {invalid_frame_end_marker,0}'],
    [4, Buffer.from([0]), 7, 'type 4, all octets = <<0>>: {invalid_frame_end_marker,7}'],
  ];
  for (const [type, payload, end, text] of wrong) {
    test(
      text,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel();
        client.sendFrame(type, 1, payload, end);
        await client.expectConnectionClose(501, `FRAME_ERROR - ${text}`);
      }),
    );
  }
});

describe('a frame of unknown type is refused', () => {
  const unknown: readonly (readonly [type: number, channel: number, payload: Buffer, octets: string])[] = [
    [0, 0, Buffer.from([1, 2, 3]), 'all octets = <<1,2,3>>'],
    [4, 1, NOTHING, 'all octets = <<>>'],
    [5, 0, letters(3), 'all octets = <<"aaa">>'],
    [7, 2, letters(16), `all octets = <<"${letters(16)}">>`],
    [9, 1, letters(30), `first 16 octets = <<"${letters(16)}">>`],
    [65, 0x4d51, NOTHING, 'all octets = <<>>'],
    [255, 7, Buffer.alloc(17, 1), 'first 16 octets = <<1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1>>'],
  ];
  for (const [type, channel, payload, octets] of unknown) {
    test(
      `type ${type} on channel ${channel}, ${octets}`,
      scenario(async (s) => {
        const client = await s.client();
        client.sendFrame(type, channel, payload);
        await client.expectConnectionClose(501, `FRAME_ERROR - type ${type}, ${octets}: unknown_frame`);
      }),
    );
  }
});

describe('a frame too short for its type is refused', () => {
  const short: readonly (readonly [type: number, channel: number, payload: Buffer, octets: string])[] = [
    [FRAME_METHOD, 0, NOTHING, '<<>>'],
    [FRAME_METHOD, 1, NOTHING, '<<>>'],
    [FRAME_METHOD, 1, Buffer.from([0, 50, 0]), '<<0,50,0>>'],
    [FRAME_HEADER, 1, NOTHING, '<<>>'],
    [FRAME_HEADER, 1, Buffer.from([0, 60, 0, 0]), '<<0,60,0,0>>'],
  ];
  for (const [type, channel, payload, octets] of short) {
    test(
      `type ${type} on channel ${channel}: ${octets}`,
      scenario(async (s) => {
        const client = await s.client();
        const { number } = await client.channel();
        if (type === FRAME_HEADER) client.rawChannel(number).send('basic.publish', { routingKey: 'nowhere' });
        client.sendFrame(type, channel, payload);
        await client.expectConnectionClose(501, `FRAME_ERROR - type ${type}, all octets = ${octets}: unknown_frame`);
      }),
    );
  }
});

describe('the size of a frame', SIDE_BY_SIDE, () => {
  for (const size of [4088, 4089, 4096]) {
    test(
      `may be ${size} octets of payload when 4096 were negotiated`,
      scenario(async (s) => {
        const channel = await s.channel({ tune: { frameMax: 4096 } });
        channel.publish('', 'nowhere', letters(size), { cut: [size] });
        await channel.expectNothing();
      }),
    );
  }

  for (const size of [4097, 5000, 131072]) {
    test(
      `may not be ${size} octets of payload when 4096 were negotiated`,
      scenario(async (s) => {
        const client = await s.client({ tune: { frameMax: 4096 } });
        const channel = await client.channel();
        channel.publish('', 'nowhere', letters(size), { cut: [size] });
        const text = `FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,${size},4088}`;
        await client.expectConnectionClose(501, text);
      }),
    );
  }

  test(
    'may be 131072 octets of payload when that was negotiated',
    scenario(async (s) => {
      const channel = await s.channel();
      channel.publish('', 'nowhere', letters(131072), { cut: [131072] });
      await channel.expectNothing();
    }),
  );

  test(
    'is refused as soon as it is known, before its octets have come',
    scenario(async (s) => {
      const client = await s.client();
      client.sendRaw(Buffer.from([FRAME_BODY, 0, 1, 0xff, 0xff, 0xff, 0xff]));
      const text = 'FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,4294967295,131064}';
      await client.expectConnectionClose(501, text);
    }),
  );
});

describe('frames before a size is negotiated', () => {
  test(
    'may not be larger than 8192 octets, nor than 4096 in RabbitMQ 3.10',
    scenario(async (s) => {
      const client = await s.dial();
      await client.greet();
      client.sendRaw(Buffer.from([FRAME_METHOD, 0, 0, 0, 0, 0x20, 0x01]));
      await client.expectConnectionCloseOrSilence(
        501,
        /^FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,8193,8184}$/,
      );
    }),
  );

  test(
    'may be 4096',
    scenario(async (s) => {
      const client = await s.dial();
      await client.handshake({ clientProperties: fieldTable({ x: 'x'.repeat(3900) }) });
    }),
  );
});

describe('heartbeat frames', () => {
  for (const channel of [1, 2]) {
    test(
      `do not belong on channel ${channel}`,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel(1);
        client.sendFrame(FRAME_HEARTBEAT, channel, NOTHING);
        await client.expectConnectionClose(505, 'UNEXPECTED_FRAME - type 8, all octets = <<>>');
      }),
    );
  }

  for (const channel of [0, 1]) {
    test(
      `with a payload are no heartbeats on channel ${channel}`,
      scenario(async (s) => {
        const client = await s.client();
        client.sendFrame(FRAME_HEARTBEAT, channel, Buffer.from([1, 2]));
        await client.expectConnectionClose(501, 'FRAME_ERROR - type 8, all octets = <<1,2>>: unknown_frame');
      }),
    );
  }

  test(
    'are taken in the middle of content',
    scenario(async (s) => {
      const client = await s.client();
      const channel = await client.channel();
      const queue = await s.queue(channel);
      channel.send('basic.publish', { routingKey: queue });
      client.sendFrame(FRAME_HEARTBEAT, 0, NOTHING);
      client.sendFrame(FRAME_HEADER, 1, encodeContentHeader(5, {}));
      client.sendFrame(FRAME_HEARTBEAT, 0, NOTHING);
      client.sendFrame(FRAME_BODY, 1, letters(2));
      client.sendFrame(FRAME_HEARTBEAT, 0, NOTHING);
      client.sendFrame(FRAME_BODY, 1, letters(3));
      await channel.expectMessage(queue, 'aaaaa');
    }),
  );
});

describe('content frames without a method', () => {
  for (const channel of [1, 2]) {
    test(
      `a header on channel ${channel}, where it does not belong`,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel(1);
        client.sendFrame(FRAME_HEADER, channel, encodeContentHeader(0, {}));
        const text = 'UNEXPECTED_FRAME - expected method frame, got non method frame instead';
        await client.expectConnectionClose(505, text);
      }),
    );

    test(
      `a body on channel ${channel}, where it does not belong`,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel(1);
        client.sendFrame(FRAME_BODY, channel, letters(1));
        const text = 'UNEXPECTED_FRAME - expected method frame, got non method frame instead';
        await client.expectConnectionClose(505, text);
      }),
    );
  }

  test(
    'a header on channel 0',
    scenario(async (s) => {
      const client = await s.client();
      client.sendFrame(FRAME_HEADER, 0, encodeContentHeader(0, {}));
      const text = 'UNEXPECTED_FRAME - type 2, all octets = <<0,60,0,0,0,0,0,0,0,0,0,0,0,0>>';
      await client.expectConnectionClose(505, text);
    }),
  );

  test(
    'a body on channel 0',
    scenario(async (s) => {
      const client = await s.client();
      client.sendFrame(FRAME_BODY, 0, Buffer.from([1]));
      await client.expectConnectionClose(505, 'UNEXPECTED_FRAME - type 3, all octets = <<1>>');
    }),
  );
});
