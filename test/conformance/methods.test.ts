import { describe, test } from 'node:test';
import { FRAME_METHOD } from '#src/protocol/constants.js';
import type { MethodName } from '#src/protocol/methods.js';
import { scenario } from '../support/scenario.ts';

/** A method frame's payload. */
function method(classId: number, methodId: number, ...args: number[]): Buffer {
  return Buffer.from([classId >> 8, classId, methodId >> 8, methodId, ...args]);
}

const QUEUE_A = [0, 0, 1, 97, 16];

describe('arguments that cannot be decoded are refused', () => {
  const undecodable: readonly (readonly [what: string, name: MethodName, payload: Buffer, octets: string])[] = [
    ['too few', 'queue.declare', method(50, 10, 0, 0, 5, 97), '0,0,5,97'],
    ['none', 'basic.ack', method(60, 80), ''],
    ['too few for a number', 'basic.ack', method(60, 80, 0, 0), '0,0'],
    ['too few for a close', 'channel.close', method(20, 40, 0), '0'],
    ['a table longer than the frame', 'queue.declare', method(50, 10, ...QUEUE_A, 0, 0, 0, 9), '0,0,1,97,16,0,0,0,9'],
    ['octets left over', 'queue.declare', method(50, 10, ...QUEUE_A, 0, 0, 0, 0, 1, 2, 3), '0,0,1,97,16,0,0,0,0,1,2,3'],
  ];
  for (const [what, name, payload, octets] of undecodable) {
    for (const channel of [1, 2]) {
      test(
        `${name} with ${what}, on channel ${channel}`,
        scenario(async (s) => {
          const client = await s.client();
          await client.channel(1);
          client.sendFrame(FRAME_METHOD, channel, payload);
          await client.expectConnectionClose(501, `FRAME_ERROR - cannot decode <<${octets}>>`, name);
        }),
      );
    }
  }

  test(
    'a field table with a field of unknown type',
    scenario(async (s) => {
      const client = await s.client();
      await client.channel();
      client.sendFrame(FRAME_METHOD, 1, method(50, 10, ...QUEUE_A, 0, 0, 0, 3, 1, 97, 90));
      // RabbitMQ 3.10 fails over this and drops the connection.
      await client.expectConnectionCloseOrSilence(501, /^FRAME_ERROR - cannot decode /, 'queue.declare');
    }),
  );

  const malformed: readonly (readonly [what: string, payload: Buffer])[] = [
    ["a queue's name", method(50, 10, 0, 0, 2, 0xff, 0xfe, 16, 0, 0, 0, 0)],
    ["an exchange's name", method(40, 10, 0, 0, 2, 0xff, 0xfe, 6, ...Buffer.from('direct'), 0, 0, 0, 0, 0)],
    ['a consumer tag', method(60, 20, 0, 0, 0, 2, 0xc3, 0x28, 0, 0, 0, 0, 0)],
  ];
  for (const [what, payload] of malformed) {
    test(
      `${what} that is not UTF-8`,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel();
        client.sendFrame(FRAME_METHOD, 1, payload);
        await client.expectConnectionClose(501, 'FRAME_ERROR - Malformed UTF-8 in shortstr');
      }),
    );
  }
});

describe('a method that does not exist ends the connection', () => {
  const unknown: readonly (readonly [what: string, channel: number, payload: Buffer])[] = [
    ['an unknown class', 1, method(99, 10)],
    ['an unknown method', 1, method(50, 99)],
    ['an unknown class on channel 0', 0, method(99, 10)],
    ['an unknown method on channel 0', 0, method(10, 99)],
    ['an unknown class on a channel that is not open', 2, method(99, 10)],
  ];
  for (const [what, channel, payload] of unknown) {
    test(
      what,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel(1);
        client.sendFrame(FRAME_METHOD, channel, payload);
        // RabbitMQ 3.10 fails over this and drops the connection.
        const ids = [payload.readUInt16BE(0), payload.readUInt16BE(2)] as const;
        await client.expectConnectionCloseOrSilence(503, /^COMMAND_INVALID - /, ids);
      }),
    );
  }
});

describe('a method out of place', () => {
  for (const name of ['queue.declare', 'channel.open', 'channel.close', 'basic.publish', 'basic.ack'] as const) {
    test(
      `${name} on channel 0`,
      scenario(async (s) => {
        const client = await s.client();
        client.control.send(name, {});
        const text = 'CHANNEL_ERROR - unexpected method in connection state running';
        await client.expectConnectionClose(504, text, name);
      }),
    );
  }

  const ofConnection: readonly MethodName[] = [
    'connection.start',
    'connection.start-ok',
    'connection.secure-ok',
    'connection.tune-ok',
    'connection.open',
    'connection.open-ok',
    'connection.close-ok',
    'connection.blocked',
  ];
  for (const name of ofConnection) {
    test(
      `${name} once the connection is open`,
      scenario(async (s) => {
        const client = await s.client();
        client.control.send(name, {});
        const text = 'CHANNEL_ERROR - unexpected method in connection state running';
        await client.expectConnectionClose(504, text, name);
      }),
    );
  }

  for (const name of ['connection.open', 'connection.close', 'connection.close-ok'] as const) {
    test(
      `${name} on a channel`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.send(name, {});
        await client.expectConnectionClose(503, 'COMMAND_INVALID - unimplemented method', name);
      }),
    );
  }

  const ofTheServer: readonly MethodName[] = [
    'channel.open-ok',
    'channel.close-ok',
    'channel.flow-ok',
    'access.request-ok',
    'exchange.declare-ok',
    'exchange.bind-ok',
    'queue.declare-ok',
    'queue.delete-ok',
    'basic.qos-ok',
    'basic.consume-ok',
    'basic.cancel-ok',
    'basic.get-empty',
    'basic.recover-ok',
    'confirm.select-ok',
    'tx.select-ok',
  ];
  for (const name of ofTheServer) {
    test(
      `${name}, which answers nothing`,
      scenario(async (s) => {
        const client = await s.client();
        const channel = await client.channel();
        channel.send(name, {});
        await client.expectConnectionClose(503, 'COMMAND_INVALID - unimplemented method', name);
      }),
    );
  }

  const onClosedChannel: readonly MethodName[] = [
    'queue.declare',
    'exchange.declare',
    'basic.ack',
    'basic.qos',
    'channel.close',
    'channel.close-ok',
    'channel.flow',
    'channel.flow-ok',
    'connection.close',
    'tx.select',
    'confirm.select',
  ];
  for (const name of onClosedChannel) {
    test(
      `${name} on a channel that is not open`,
      scenario(async (s) => {
        const client = await s.client();
        await client.channel(1);
        client.rawChannel(2).send(name, {});
        await client.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", name);
      }),
    );
  }

  test(
    'basic.publish with its content on a channel that is not open',
    scenario(async (s) => {
      const client = await s.client();
      client.rawChannel(2).publish('', 'nowhere', 'x');
      await client.expectConnectionClose(504, "CHANNEL_ERROR - expected 'channel.open'", 'basic.publish');
    }),
  );
});
