import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeAmqplain, decodePlain } from './sasl.ts';

const plain = (response: string) => decodePlain(Buffer.from(response));

test('PLAIN gives user and password', () => {
  assert.deepEqual(plain('\0guest\0pässword'), { user: 'guest', password: 'pässword' });
});

test('PLAIN refuses an identity to act as', () => {
  assert.equal(plain('root\0guest\0secret'), undefined);
});

test('PLAIN takes empty fields for what they are', () => {
  assert.deepEqual(plain('\0\0'), { user: '', password: '' });
});

test('PLAIN refuses too few and too many fields', () => {
  for (const response of ['', 'guest', '\0', '\0guest', '\0guest\0secret\0', '\0a\0b\0c']) {
    assert.equal(plain(response), undefined, JSON.stringify(response));
  }
});

test('AMQPLAIN takes long strings, decoded or not', () => {
  assert.deepEqual(decodeAmqplain('guest', Buffer.from('pässword')), { user: 'guest', password: 'pässword' });
});

test('AMQPLAIN refuses missing fields and other types', () => {
  assert.equal(decodeAmqplain(undefined, 'secret'), undefined);
  assert.equal(decodeAmqplain('guest', 1), undefined);
});
