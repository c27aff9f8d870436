import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formsFor, hexDump, shownAs } from './payload-forms.ts';

function payload(text: string, encoding: 'string' | 'base64' = 'string') {
  return { payload: text, payload_encoding: encoding, payload_bytes: text.length };
}

test('JSON is shown as such first, text as text, octets as octets', () => {
  assert.deepEqual(formsFor(payload('{"a":1}')), ['json', 'text', 'hex']);
  assert.deepEqual(formsFor(payload('{"a":')), ['text', 'hex']);
  assert.deepEqual(formsFor(payload('12')), ['text', 'hex']);
  assert.deepEqual(formsFor(payload('/w==', 'base64')), ['hex']);
  assert.equal(shownAs(payload('{"a":1}'), 'json'), '{\n  "a": 1\n}');
});

test('octets have their places, and their characters if they have some', () => {
  assert.equal(shownAs(payload('/2E=', 'base64'), 'hex'), `00000000  ff 61${' '.repeat(44)}.a`);
  const rows = hexDump(new Uint8Array(40)).split('\n');
  assert.deepEqual([rows.length, rows[2]!.slice(0, 13)], [3, '00000020  00 ']);
  assert.match(hexDump(new Uint8Array(5000)), /\n…$/);
});
