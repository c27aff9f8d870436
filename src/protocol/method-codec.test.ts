import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AmqpError } from './amqp-error.ts';
import * as arbitrary from './arbitraries.test.helper.ts';
import { FRAME_OVERHEAD_OCTETS } from './constants.ts';
import { EMPTY_TABLE } from './field-table.ts';
import { decodeArguments, encodeMethodFrame } from './method-codec.ts';
import { type MethodArguments, type MethodName, methodKey, methodName } from './methods.ts';

/** Where the arguments begin in a method frame. */
const ARGUMENTS_AT = 11;

type Vector = { [Name in MethodName]: readonly [Name, MethodArguments<Name>, string] }[MethodName];

const VECTORS: readonly Vector[] = [
  ['connection.tune', { channelMax: 2047, frameMax: 131072, heartbeat: 60 }, '000a001e 07ff 00020000 003c'],
  ['connection.open', { virtualHost: '/' }, '000a0028 012f 00 00'],
  ['connection.close-ok', {}, '000a0033'],
  ['connection.start', startArguments(), '000a000a 00 09 00000000 00000005 504c41494e 00000005 656e5f5553'],
  ['channel.open-ok', {}, '0014000b 00000000'],
  ['channel.flow', { active: true }, '00140014 01'],
  ['channel.close', { replyCode: 404, replyText: 'NO', classId: 60, methodId: 40 }, '00140028 0194 024e4f 003c 0028'],
  [
    'queue.declare',
    {
      queue: 'q',
      passive: false,
      durable: true,
      exclusive: false,
      autoDelete: true,
      noWait: true,
      arguments: new Map([['x', { type: 'signedint', value: 1 }]]),
    },
    '0032000a 0000 0171 1a 00000007 0178 49 00000001',
  ],
  [
    'basic.deliver',
    { consumerTag: 't', deliveryTag: 5, redelivered: true, exchange: '', routingKey: 'k' },
    '003c003c 0174 0000000000000005 01 00 016b',
  ],
  ['basic.ack', { deliveryTag: 2 ** 53, multiple: false }, '003c0050 0020000000000000 00'],
  ['basic.nack', { deliveryTag: 0, multiple: true, requeue: true }, '003c0078 0000000000000000 03'],
  ['confirm.select', { noWait: false }, '0055000a 00'],
];

function startArguments(): MethodArguments<'connection.start'> {
  const [mechanisms, locales] = [Buffer.from('PLAIN'), Buffer.from('en_US')];
  return { versionMajor: 0, versionMinor: 9, serverProperties: EMPTY_TABLE, mechanisms, locales };
}

describe('methods, octet by octet', () => {
  for (const [name, args, hex] of VECTORS) {
    test(name, () => {
      const payload = hex.replaceAll(' ', '');
      const size = (payload.length / 2).toString(16).padStart(8, '0');
      assert.equal(encodeMethodFrame(7, name, args).toString('hex'), `010007${size}${payload}ce`);
    });
  }
});

function decodeFrame<Name extends MethodName>(name: Name, frame: Buffer): MethodArguments<Name> {
  assert.equal(frame.readUInt32BE(3), frame.length - FRAME_OVERHEAD_OCTETS);
  assert.equal(methodName(frame.readInt32BE(7)), name);
  return decodeArguments(name, frame, ARGUMENTS_AT, frame.length - 1);
}

/** As it is read: integers beyond 2^53 are bigints and all others numbers. */
function asRead(value: unknown): unknown {
  return typeof value === 'number' && !Number.isSafeInteger(value) ? BigInt(value) : value;
}

describe('what is encoded is decoded again', () => {
  for (const name of arbitrary.methodNames) {
    test(name, () => {
      const roundTrip = fc.property(fc.nat(65535), arbitrary.methodArguments(name), (channel, args) => {
        assert.deepEqual(decodeFrame(name, encodeMethodFrame(channel, name, args)), args);
      });
      fc.assert(roundTrip, { numRuns: 30 });
    });
  }

  test('the vectors above', () => {
    for (const [name, args] of VECTORS) {
      const expected = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, asRead(value)]));
      assert.deepEqual(decodeFrame(name, encodeMethodFrame(1, name, args)), expected);
    }
  });
});

test('the key of a method is its class and method id in 32 bits', () => {
  assert.equal(methodKey('basic.publish'), 0x003c0028);
  assert.equal(methodName(0x003c0029), undefined);
  assert.equal(new Set(arbitrary.methodNames.map(methodKey)).size, arbitrary.methodNames.length);
});

function assertFrameErrorOrArguments(name: MethodName, octets: Buffer): void {
  try {
    decodeArguments(name, octets, 0, octets.length);
  } catch (error) {
    if (!(error instanceof AmqpError && error.reply === 'FRAME_ERROR')) throw error;
  }
}

describe('arguments that are not those of the method are a frame error', () => {
  for (const name of arbitrary.methodNames) {
    test(name, () => {
      const args = arbitrary.methodArguments(name);
      const encoded = args.map((value) => encodeMethodFrame(1, name, value).subarray(ARGUMENTS_AT, -1));
      const wrong = fc.oneof(arbitrary.mutated(encoded), arbitrary.octets);
      fc.assert(
        fc.property(wrong, (octets) => assertFrameErrorOrArguments(name, octets)),
        { numRuns: 60 },
      );
    });
  }

  test('one octet too many or too few', () => {
    const octets = Buffer.from('000001710000', 'hex'); // queue.delete of q, and an octet more
    decodeArguments('queue.delete', octets.subarray(0, 5), 0, 5);
    for (const length of [0, 1, 2, 3, 4, 6]) {
      assert.throws(() => decodeArguments('queue.delete', octets, 0, length), /^AmqpError: cannot decode <<.*>>$/);
    }
  });

  test('a name that is not UTF-8', () => {
    const octets = Buffer.from('0000 02 ff00 00'.replaceAll(' ', ''), 'hex');
    assert.throws(() => decodeArguments('queue.delete', octets, 0, octets.length), /Malformed UTF-8 in shortstr/);
  });
});
