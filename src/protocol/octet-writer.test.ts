import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OctetWriter } from './octet-writer.ts';

describe('nothing is lost where the writer grows', () => {
  const writes: readonly (readonly [what: string, write: (writer: OctetWriter) => void, octets: string])[] = [
    ['octet', (writer) => writer.octet(0x12), '12'],
    ['short', (writer) => writer.short(0x1234), '1234'],
    ['long', (writer) => writer.long(0x12345678), '12345678'],
    ['long long', (writer) => writer.longLong(0x123456789abcdef0n), '123456789abcdef0'],
    ['float', (writer) => writer.float(1.5), '3fc00000'],
    ['double', (writer) => writer.double(1.5), '3ff8000000000000'],
    ['short string', (writer) => writer.shortString('abc'), '03616263'],
    ['long string', (writer) => writer.longString('abc'), '00000003616263'],
    ['long string of octets', (writer) => writer.longString(Buffer.from('abc')), '00000003616263'],
    ['octets', (writer) => writer.raw(Buffer.from('abc')), '616263'],
    ['length', (writer) => writer.fillLength(writer.reserveLength()), '00000000'],
  ];
  for (const [what, write, octets] of writes) {
    test(what, () => {
      for (let before = 0; before <= 8; before++) {
        const writer = new OctetWriter(8);
        for (let i = 0; i < before; i++) writer.octet(0xee);
        write(writer);
        assert.equal(writer.finish().toString('hex'), 'ee'.repeat(before) + octets);
      }
    });
  }
});

test('a writer that is reset begins anew, and what was finished stays', () => {
  const writer = new OctetWriter().octet(1);
  const first = writer.finish();
  assert.deepEqual(writer.reset().octet(2).finish(), Buffer.from([2]));
  assert.deepEqual(first, Buffer.from([1]));
});

test('a short string holds 255 octets', () => {
  assert.equal(new OctetWriter().shortString('x'.repeat(255)).length, 256);
  for (const text of ['x'.repeat(256), 'ÿ'.repeat(256), 'ĀĀ'.repeat(64)]) {
    assert.throws(() => new OctetWriter().shortString(text), RangeError);
  }
});

test('a text that was read octet by octet is written as the same octets', () => {
  const octets = Buffer.alloc(200, 0xff);
  const written = new OctetWriter().shortString(octets.toString('latin1')).finish();
  assert.deepEqual(written, Buffer.concat([Buffer.from([200]), octets]));
});
