import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import * as arbitrary from './arbitraries.test.helper.ts';
import { decodeProperties, encodeContentHeader, type Properties } from './properties.ts';

const VECTORS: readonly (readonly [properties: Properties, octets: string])[] = [
  [{}, '0000'],
  [{ contentType: 'a' }, '8000 0161'],
  [{ contentEncoding: '' }, '4000 00'],
  [{ headers: new Map([['k', { type: 'void', value: null }]]) }, '2000 00000003 016b 56'],
  [{ deliveryMode: 2 }, '1000 02'],
  [{ priority: 9 }, '0800 09'],
  [{ correlationId: 'c', replyTo: 'r' }, '0600 0163 0172'],
  [{ expiration: '10' }, '0100 023130'],
  [{ messageId: 'm', timestamp: 1 }, '00c0 016d 0000000000000001'],
  [{ type: 't', userId: 'u', appId: 'a', clusterId: 'c' }, '003c 0174 0175 0161 0163'],
];

/** Class, weight and body size. */
const FIXED = '003c 0000 0000000500000003';

function octetsOf(properties: string): Buffer {
  return Buffer.from(`${FIXED}${properties}`.replaceAll(' ', ''), 'hex');
}

describe('every property, octet by octet', () => {
  for (const [properties, octets] of VECTORS) {
    test(Object.keys(properties).join(', ') || 'none', () => {
      assert.deepEqual(encodeContentHeader(0x500000003, properties), octetsOf(octets));
      assert.deepEqual(decodeProperties(octetsOf(octets), 0, octetsOf(octets).length), properties);
    });
  }
});

test('what is encoded is decoded again, wherever it stands in its buffer', () => {
  fc.assert(
    fc.property(arbitrary.properties, fc.nat(20), (properties, before) => {
      const header = encodeContentHeader(1, properties);
      const octets = Buffer.concat([Buffer.alloc(before, 0xff), header, Buffer.alloc(3, 0xff)]);
      assert.deepEqual(decodeProperties(octets, before, before + header.length), properties);
    }),
  );
});
