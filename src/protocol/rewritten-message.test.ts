import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as arbitrary from './arbitraries.test.helper.ts';
import { contentFramesLength, putContentFrames } from './content-frames.ts';
import { fieldTable } from './field-table.ts';
import { bodyOf, incomingMessage } from './message.test.helper.ts';
import { Message, NOT_STORED } from './message.ts';
import { FLAG_REPLY_TO } from './properties.ts';
import { rewriteProperties, rewriteShortString } from './rewritten-message.ts';

const PARTS = { exchange: 'x', routingKey: 'k', properties: { messageId: 'm', deliveryMode: 2 }, body: 'some body' };
const OTHER = { messageId: 'another', headers: fieldTable({ a: 1 }) };

for (const layout of ['framed', 'apart', 3] as const) {
  test(`route and body stay, the properties are others: ${layout}`, () => {
    const message = incomingMessage({ ...PARTS, layout });
    const rewritten = new Message();
    rewriteProperties(message, OTHER, rewritten);
    assert.deepEqual([rewritten.exchange, rewritten.routingKey], ['x', 'k']);
    assert.deepEqual(rewritten.properties(), OTHER);
    assert.equal(bodyOf(rewritten).toString(), 'some body');
    assert.deepEqual(message.properties(), PARTS.properties, 'the message itself is as it was');
  });
}

test('it can be written as frames, like any other', () => {
  const rewritten = new Message();
  rewriteProperties(incomingMessage(PARTS), OTHER, rewritten);
  const expected = incomingMessage({ ...PARTS, properties: OTHER, layout: 'apart' });
  assert.deepEqual(framesOf(rewritten), framesOf(expected));
});

test('one short string is another, and all other properties are the octets that they were', () => {
  const name = 'a name that is longer';
  fc.assert(
    fc.property(arbitrary.properties, fc.constantFrom('framed', 'apart'), (others, layout) => {
      const message = incomingMessage({ ...PARTS, properties: { ...others, replyTo: 'here' }, layout });
      const rewritten = new Message();
      rewriteShortString(message, FLAG_REPLY_TO, name, rewritten);
      const expected = incomingMessage({ ...PARTS, properties: { ...others, replyTo: name }, layout: 'apart' });
      assert.deepEqual(framesOf(rewritten), framesOf(expected));
    }),
  );
});

test('nothing is left of what the view was before', () => {
  const rewritten = incomingMessage({ ...PARTS, body: 'an earlier body', layout: 2 });
  rewriteProperties(incomingMessage({ ...PARTS, body: '' }), {}, rewritten);
  assert.equal(rewritten.slot, NOT_STORED);
  assert.equal(bodyOf(rewritten).length, 0);
  assert.deepEqual(rewritten.properties(), {});
});

function framesOf(message: Message): Buffer {
  const octets = Buffer.alloc(contentFramesLength(message));
  assert.equal(putContentFrames(message, octets, 0), octets.length);
  return octets;
}
