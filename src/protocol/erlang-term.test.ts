import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erlangBinary, payloadSnippet } from './erlang-term.ts';

test('octets are text where all of them can be printed, and numbers otherwise', () => {
  assert.equal(erlangBinary(Buffer.from('AMQP 0-9-1~')), '<<"AMQP 0-9-1~">>');
  assert.equal(erlangBinary(Buffer.from([0, 65, 255])), '<<0,65,255>>');
  assert.equal(erlangBinary(Buffer.from([0x7f])), '<<127>>');
  assert.equal(erlangBinary(Buffer.alloc(0)), '<<>>');
});

test('a payload shows at most its first 16 octets', () => {
  assert.equal(payloadSnippet(Buffer.from('0123456789abcdef')), 'all octets = <<"0123456789abcdef">>');
  assert.equal(payloadSnippet(Buffer.from('0123456789abcdefg')), 'first 16 octets = <<"0123456789abcdef">>');
});
