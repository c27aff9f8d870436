import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { FrameReader } from '../../protocol/frame-reader.ts';
import { incomingMessage, type MessageParts } from '../../protocol/message.test.helper.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import { type MethodArguments, methodName } from '../../protocol/methods.ts';
import { decodeProperties } from '../../protocol/properties.ts';
import { Arena } from '../../storage/message/arena.ts';
import { BufferPool } from './buffer-pool.ts';
import { deliveryPrefix, writeConfirm, writeContent, writeDelivery } from './content-writer.ts';
import { FakeSocket } from './fake-socket.test.helper.ts';
import { Output } from './output.ts';

const pool = new BufferPool(new Arena());
const NO_LISTENER = {
  outputBegun: () => undefined,
  outputSending: () => undefined,
  outputDrained: () => undefined,
  repliesUnread: () => undefined,
};

/** The octets that go out when `write` is called. */
function written(write: (output: Output) => void): Buffer {
  const socket = new FakeSocket();
  const output = new Output(socket.asSocket, pool, NO_LISTENER);
  write(output);
  output.flush();
  return socket.take();
}

interface Content {
  readonly method: Buffer | undefined;
  readonly properties: object;
  readonly bodySize: bigint;
  readonly frameSizes: readonly number[];
  readonly body: Buffer;
}

/** The one content in the octets, all of whose frames must be of the channel. */
function contentIn(octets: Buffer, channel: number): Content {
  let method: Buffer | undefined;
  let header = Buffer.alloc(0);
  const bodies: Buffer[] = [];
  const copy = (number: number, source: Buffer, start: number, end: number) => {
    assert.equal(number, channel);
    return Buffer.from(source.subarray(start, end));
  };
  const reader = new FrameReader(
    {
      onMethodFrame: (...frame) => {
        method = copy(...frame);
      },
      onHeaderFrame: (...frame) => {
        header = copy(...frame);
      },
      onBodyOctets: (number, source, start, end) => void bodies.push(copy(number, source, start, end)),
      onHeartbeatFrame: () => assert.fail(),
    },
    200_000,
  );
  reader.read(octets, 0, octets.length);
  return {
    method,
    properties: decodeProperties(header, 0, header.length),
    bodySize: header.readBigUInt64BE(4),
    frameSizes: bodies.map(({ length }) => length),
    body: Buffer.concat(bodies),
  };
}

function deliverArguments(method: Buffer | undefined): MethodArguments<'basic.deliver'> {
  assert.ok(method !== undefined && methodName(method.readInt32BE(0)) === 'basic.deliver');
  return decodeArguments('basic.deliver', method, 4, method.length);
}

const size = fc.oneof(fc.nat(50), fc.nat(20_000), fc.constantFrom(4088, 4089, 16_384, 16_385, 65_536, 300_000));
const parts: fc.Arbitrary<MessageParts> = fc.record({
  exchange: fc.constantFrom('', 'x'.repeat(255)),
  routingKey: fc.string({ maxLength: 50 }),
  properties: fc.constantFrom({}, { contentType: 'a', deliveryMode: 2 }),
  body: size.map((length) => Buffer.from(Uint8Array.from({ length }, (_, i) => i * 7))),
  layout: fc.constantFrom<NonNullable<MessageParts['layout']>[]>('framed', 'apart', 1, 2, 40),
});

test('any message is delivered with its route, properties and body, in frames no larger than agreed', () => {
  const maxPayload = fc.constantFrom(4088, 16_384, 131_064);
  const tag = fc.oneof(fc.integer({ min: 1, max: 10 }), fc.constantFrom(2 ** 32 - 1, 2 ** 32, 2 ** 40 + 1));
  fc.assert(
    fc.property(
      parts,
      fc.nat(65_535),
      tag,
      fc.boolean(),
      maxPayload,
      (all, channel, deliveryTag, redelivered, most) => {
        const prefix = deliveryPrefix(channel, 'a consumer');
        const message = incomingMessage(all);
        const octets = written((output) =>
          writeDelivery(output, channel, prefix, deliveryTag, redelivered, message, most),
        );
        const { method, properties, bodySize, frameSizes, body } = contentIn(octets, channel);
        const { exchange, routingKey } = message;
        const expected = { consumerTag: 'a consumer', deliveryTag, redelivered, exchange, routingKey };
        assert.deepEqual(deliverArguments(method), expected);
        assert.deepEqual(properties, all.properties);
        assert.equal(bodySize, BigInt(message.bodySize));
        assert.ok(body.equals(all.body as Buffer));
        const full = Math.ceil(message.bodySize / most);
        assert.deepEqual(
          frameSizes,
          Array.from({ length: full }, (_, i) => Math.min(most, message.bodySize - i * most)),
        );
        assert.deepEqual(
          written((output) => writeContent(output, channel, message, most)),
          octets.subarray(octets.readUInt32BE(3) + 8),
        );
      },
    ),
    { numRuns: extent({ usual: 100, soak: 3000 }) },
  );
});

describe('a confirm, octet by octet', () => {
  for (const [tag, multiple, hex] of [
    [1, false, '01 0007 0000000d 003c0050 0000000000000001 00 ce'],
    [2 ** 32 + 5, true, '01 0007 0000000d 003c0050 0000000100000005 01 ce'],
  ] as const) {
    test(`of ${tag}`, () => {
      const octets = written((output) => writeConfirm(output, 7, tag, multiple));
      assert.equal(octets.toString('hex'), hex.replaceAll(' ', ''));
    });
  }
});
