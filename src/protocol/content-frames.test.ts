import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { contentFramesLength, putContentFrames } from './content-frames.ts';
import { incomingMessage, type MessageParts } from './message.test.helper.ts';
import { encodeContentHeader, type Properties } from './properties.ts';

/** The frames with their channel numbers, which are left open, as zero. */
function frames(properties: Properties, body: string): Buffer {
  const header = encodeContentHeader(body.length, properties);
  const size = (length: number) => Buffer.from([0, 0, 0, length]);
  const parts = [Buffer.from([2, 0, 0]), size(header.length), header, Buffer.from([0xce])];
  if (body !== '') parts.push(Buffer.from([3, 0, 0]), size(body.length), Buffer.from(body), Buffer.from([0xce]));
  return Buffer.concat(parts);
}

describe('content becomes the same frames however it lies in memory', () => {
  const properties: Properties = { contentType: 'text/plain', deliveryMode: 2 };
  for (const layout of ['framed', 'apart', 1, 2, 3] as const) {
    for (const body of ['', 'x', 'a longer body']) {
      test(`${layout}: '${body}'`, () => {
        const parts: MessageParts = { properties, body, layout };
        const message = incomingMessage(parts);
        const target = Buffer.alloc(200, 0x11);
        const end = putContentFrames(message, target, 5);
        assert.equal(end - 5, contentFramesLength(message));
        const written = target.subarray(5, end);
        for (const frameStart of [0, 7 + encodeContentHeader(0, properties).length + 1]) {
          if (frameStart < written.length) written.fill(0, frameStart + 1, frameStart + 3);
        }
        assert.deepEqual(written, frames(properties, body));
        assert.ok(target.subarray(0, 5).every((octet) => octet === 0x11));
        assert.ok(target.subarray(end).every((octet) => octet === 0x11));
      });
    }
  }
});
