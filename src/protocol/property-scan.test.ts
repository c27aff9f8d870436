import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { extent } from '../extent.test.helper.ts';
import { AmqpError } from './amqp-error.ts';
import * as arbitrary from './arbitraries.test.helper.ts';
import { EMPTY_TABLE, fieldTable, type PlainValue } from './field-table.ts';
import { Message } from './message.ts';
import {
  decodeProperties,
  encodeContentHeader,
  FLAG_EXPIRATION,
  FLAG_REPLY_TO,
  PROPERTY_FLAGS_OFFSET,
  type Properties,
} from './properties.ts';
import {
  deliveryModeIn,
  expirationIn,
  hasDelay,
  priorityIn,
  propertyStart,
  scanProperties,
  selectsRoutes,
  TRANSIENT,
} from './property-scan.ts';

/** A content header's payload: class, weight and body size, then these octets. */
function octetsOf(properties: string): Buffer {
  return Buffer.from(`003c 0000 0000000000000000 ${properties}`.replaceAll(' ', ''), 'hex');
}

test('all properties pass, wherever they stand in their buffer, and tell delivery mode and priority', () => {
  fc.assert(
    fc.property(arbitrary.properties, fc.nat(20), (properties, before) => {
      const header = encodeContentHeader(1, properties);
      const octets = Buffer.concat([Buffer.alloc(before, 0xff), header, Buffer.alloc(3, 0xff)]);
      const scanned = scanProperties(octets, before, before + header.length);
      assert.equal(deliveryModeIn(scanned), properties.deliveryMode ?? TRANSIENT);
      assert.equal(selectsRoutes(scanned), namesRoutes(properties));
      assert.equal(priorityIn(octets, before), properties.priority ?? 0);
    }),
  );
});

test('a property begins where those before it end', () => {
  fc.assert(
    fc.property(arbitrary.properties, fc.nat(20), (properties, before) => {
      const header = encodeContentHeader(1, { ...properties, replyTo: 'r', expiration: '10' });
      const octets = Buffer.concat([Buffer.alloc(before, 0xff), header]);
      const found = [FLAG_REPLY_TO, FLAG_EXPIRATION].map((flag) => propertyStart(octets, before, flag));
      assert.deepEqual(
        found.map((at) => octets.toString('latin1', at, at + 2)),
        ['\x01r', '\x021'],
      );
      assert.equal(found[1]! - found[0]!, 2);
    }),
  );
});

function namesRoutes({ headers = EMPTY_TABLE }: Properties): boolean {
  return headers.has('CC') || headers.has('BCC');
}

describe('headers that name routing keys are noticed', () => {
  const noticed: readonly (readonly [headers: Record<string, PlainValue>, expected: boolean])[] = [
    [{ CC: ['a'] }, true],
    [{ BCC: 1 }, true],
    [{ a: 1, b: { c: [1] }, BCC: [] }, true],
    [{ CC: 'x', z: null }, true],
    [{}, false],
    [{ cc: 1, Bcc: 1, C: 1, CCC: 1, BCCC: 1, BC: 1, '': 1 }, false],
    [{ a: { CC: ['a'], BCC: ['b'] }, b: [{ CC: [] }] }, false],
  ];
  for (const [values, expected] of noticed) {
    test(JSON.stringify(values), () => {
      const properties = { headers: fieldTable(values), deliveryMode: 2 };
      const octets = encodeContentHeader(1, properties);
      const scanned = scanProperties(octets, 0, octets.length);
      assert.deepEqual([deliveryModeIn(scanned), selectsRoutes(scanned)], [2, expected]);
      assert.equal(namesRoutes(properties), expected);
    });
  }
});

describe('a header x-delay is noticed', () => {
  const noticed: readonly (readonly [headers: Record<string, PlainValue>, expected: boolean])[] = [
    [{ 'x-delay': 1 }, true],
    [{ CC: ['a'], 'x-delay': null, BCC: [] }, true],
    [{ 'x-dela': 1, 'x-delayz': 1, 'y-delay': 1, 'X-delay': 1, 'x-delaz': 1 }, false],
    [{ a: { 'x-delay': 1 } }, false],
  ];
  for (const [values, expected] of noticed) {
    test(JSON.stringify(values), () => {
      const octets = encodeContentHeader(1, { headers: fieldTable(values) });
      const scanned = scanProperties(octets, 0, octets.length);
      assert.deepEqual([hasDelay(scanned), selectsRoutes(scanned)], [expected, 'CC' in values]);
    });
  }
});

/** The properties, or undefined where the octets are refused as they should be. */
function decoded(octets: Buffer): Properties | undefined {
  try {
    return decodeProperties(octets, 0, octets.length);
  } catch (error) {
    if (error instanceof AmqpError && error.reply === 'SYNTAX_ERROR') return undefined;
    throw error;
  }
}

function isScannable(octets: Buffer): boolean {
  try {
    scanProperties(octets, 0, octets.length);
    return true;
  } catch (error) {
    if (error instanceof AmqpError) return false;
    throw error;
  }
}

describe('the scan lets pass only what can be decoded', () => {
  test('mutated properties', () => {
    const headers = arbitrary.properties.map((properties) => encodeContentHeader(1, properties));
    const mutated = arbitrary.mutated(headers.map((header) => header.subarray(PROPERTY_FLAGS_OFFSET)));
    fc.assert(
      fc.property(fc.oneof(mutated, arbitrary.octets), (properties) => {
        const octets = Buffer.concat([Buffer.alloc(PROPERTY_FLAGS_OFFSET), properties]);
        if (isScannable(octets)) assert.notEqual(decoded(octets), undefined);
      }),
      { numRuns: extent({ usual: 1000, soak: 50_000 }) },
    );
  });

  const refused: readonly (readonly [what: string, octets: string])[] = [
    ['no flags', ''],
    ['half of the flags', '00'],
    ['flags that go on', '0001 0000'],
    ['a flag that stands for nothing', '0002'],
    ['a property that is not there', '8000'],
    ['a string cut short', '8000 0261'],
    ['an octet too many', '8000 016100'],
    ['an octet behind no properties', '0000 00'],
    ['half a timestamp', '0040 00000000'],
    ['headers without a length', '2000 0000'],
    ['headers past the end', '2000 00000001'],
    ['headers of 4 GiB', '2000 ffffffff'],
    ['a header of unknown type', '2000 00000003 0161 00'],
    ['a header of no type', '2000 00000002 0161'],
    ['a header name past the end of the headers', '2000 00000003 056142'],
    ['a long string past the end of the headers', '2000 00000007 0161 53 00000001'],
    ['an array past the end of the headers', '2000 00000007 0161 41 00000001'],
  ];
  for (const [what, octets] of refused) {
    test(`not ${what}`, () => assert.equal(isScannable(octetsOf(octets)), false));
  }

  test('tables nested too deep', () => {
    for (const [levels, passes] of [
      [64, true],
      [65, false],
      [5000, false],
    ] as const) {
      const octets = Buffer.alloc(PROPERTY_FLAGS_OFFSET + 2 + 4 + levels * 6);
      octets.writeUInt16BE(0x2000, PROPERTY_FLAGS_OFFSET);
      for (let at = PROPERTY_FLAGS_OFFSET + 2; at < octets.length; at += 6) {
        octets.writeUInt32BE(octets.length - at - 4, at);
        if (at + 4 < octets.length) octets.write('\0F', at + 4);
      }
      assert.equal(isScannable(octets), passes);
    }
  });
});

describe('the expiration of a message', () => {
  const expirationOf = (properties: Properties) => {
    const message = new Message();
    message.header = encodeContentHeader(0, properties);
    return expirationIn(message);
  };

  test('is read in whatever way the number is spelled', () => {
    const spelled = { '0': 0, '-0': 0, '+7': 7, '007': 7, '60000': 60_000, '315360000000': 315_360_000_000 };
    for (const [expiration, ms] of Object.entries(spelled)) {
      assert.equal(expirationOf({ expiration }), ms);
      assert.equal(expirationOf({ contentType: 'text/plain', headers: fieldTable({ a: 1 }), expiration }), ms);
    }
  });

  test('is undefined where there is none, or none that is a number', () => {
    for (const properties of [{}, { messageId: '7' }, { expiration: 'soon' }, { expiration: '7 s' }]) {
      assert.equal(expirationOf(properties), undefined);
    }
  });
});
