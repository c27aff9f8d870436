import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOrUnlimited, diskFreeLimit, type Kind, octets, oneOf, textOf, wholeNumber } from './kinds.ts';
import { availableMemoryOctets } from './memory.ts';

const read = <T>(kind: Kind<T>, text: string) => kind.accept(kind.fromText(text));
const MOST = Number.MAX_SAFE_INTEGER;

test('a whole number has limits, both allowed', () => {
  const kind = wholeNumber(1, 10);
  assert.deepEqual(
    [0, 1, 10, 11, 1.5, Number.NaN, '5', null].map((value) => kind.accept(value)),
    [undefined, 1, 10, undefined, undefined, undefined, undefined, undefined],
  );
});

test('text that is no whole number is refused', () => {
  assert.equal(read(wholeNumber(0, 10), '7'), 7);
  for (const text of ['', ' ', '-1', '+1', '1.0', '1e3', '0x1', 'one', '1 ']) {
    assert.equal(read(wholeNumber(0, 10), text), undefined, JSON.stringify(text));
  }
});

test('sizes take binary and decimal units', () => {
  const kind = octets(0, MOST, 'absolute');
  assert.equal(read(kind, '1000'), 1000);
  assert.equal(read(kind, '4KiB'), 4096);
  assert.equal(read(kind, '1.5 mib'), 1572864);
  assert.equal(read(kind, '2GiB'), 2147483648);
  assert.equal(read(kind, '64kB'), 64000);
  assert.equal(read(kind, '1GB'), 1e9);
  for (const text of ['', 'MiB', '1TiBs', '-1MiB', '1..5MiB', '40%']) assert.equal(read(kind, text), undefined, text);
});

test('a share of memory is read where one makes sense', () => {
  const kind = octets(0, MOST, 'ofMemory');
  assert.equal(read(kind, '50%'), Math.round(availableMemoryOctets() / 2));
  assert.equal(read(kind, '512MiB'), 536870912);
  assert.equal(read(kind, '101%'), undefined);
});

test('what must stay free of a disk is a size, a share that stays one, or auto', () => {
  const kind = diskFreeLimit();
  assert.deepEqual(
    ['500MB', '0', '2%', '2.5 %', 'auto'].map((text) => read(kind, text)),
    [5e8, 0, '2%', '2.5%', 'auto'],
  );
  assert.deepEqual(
    [1000, '2%', -1, '', '101%', 'some', '2%%', null].map((value) => kind.accept(value)),
    [1000, '2%', undefined, undefined, undefined, undefined, undefined, undefined],
  );
});

test('a count may be unlimited', () => {
  assert.equal(read(countOrUnlimited(1), 'unlimited'), Number.POSITIVE_INFINITY);
  assert.equal(read(countOrUnlimited(1), '12'), 12);
  assert.equal(read(countOrUnlimited(1), '0'), undefined);
});

test('one of several words, exactly', () => {
  assert.equal(read(oneOf(['info', 'warn']), 'warn'), 'warn');
  assert.equal(read(oneOf(['info', 'warn']), 'WARN'), undefined);
});

test('text may not be empty nor hold NUL', () => {
  assert.deepEqual(
    ['a', '', 'a\0b', 1].map((value) => textOf('a name').accept(value)),
    ['a', undefined, undefined, undefined],
  );
});
