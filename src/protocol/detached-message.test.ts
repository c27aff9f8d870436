import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detach } from './detached-message.ts';
import { bodyOf, incomingMessage } from './message.test.helper.ts';

for (const layout of ['framed', 'apart', 3] as const) {
  test(`a message stays what it is when the octets that it lay in change: ${layout}`, () => {
    const properties = { messageId: 'm' };
    const message = incomingMessage({ exchange: 'x', routingKey: 'k', properties, body: 'some body', layout });
    const former = [message.route, message.header, message.body, ...(message.pieces ?? [])];
    detach(message);
    for (const octets of former) octets.fill(0);
    assert.deepEqual([message.exchange, message.routingKey], ['x', 'k']);
    assert.deepEqual(message.properties(), properties);
    assert.equal(bodyOf(message).toString(), 'some body');
  });
}
