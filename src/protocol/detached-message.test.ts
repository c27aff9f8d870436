import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detached } from './detached-message.ts';
import { bodyOf, incomingMessage } from './message.test.helper.ts';

for (const layout of ['framed', 'apart', 3] as const) {
  test(`a copy stays what it is when the octets it was copied from change: ${layout}`, () => {
    const properties = { messageId: 'm' };
    const message = incomingMessage({ exchange: 'x', routingKey: 'k', properties, body: 'some body', layout });
    message.slot = 7;
    const copy = detached(message);
    for (const octets of [message.route, message.header, message.body, ...(message.pieces ?? [])]) octets.fill(0);
    assert.deepEqual([copy.exchange, copy.routingKey, copy.slot], ['x', 'k', 7]);
    assert.deepEqual(copy.properties(), properties);
    assert.equal(bodyOf(copy).toString(), 'some body');
  });
}
