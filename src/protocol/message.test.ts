import assert from 'node:assert/strict';
import { test } from 'node:test';
import { incomingMessage } from './message.test.helper.ts';
import { NOT_STORED } from './message.ts';
import { FLAG_DELIVERY_MODE, FLAG_EXPIRATION } from './properties.ts';

test('a message tells its route and properties', () => {
  const properties = { deliveryMode: 1, expiration: '5' };
  const message = incomingMessage({ exchange: 'amq.topic', routingKey: 'é', properties });
  assert.equal(message.exchange, 'amq.topic');
  assert.equal(message.routingKey, 'é');
  assert.deepEqual(message.properties(), properties);
  assert.equal(message.propertyFlags, FLAG_DELIVERY_MODE | FLAG_EXPIRATION);
});

test('a message that is cleared refers to nothing', () => {
  const message = incomingMessage({ exchange: 'x', body: 'y' });
  message.clear();
  assert.deepEqual([message.route.length, message.header.length, message.body.length], [0, 0, 0]);
  assert.deepEqual([message.bodySize, message.slot, message.isFramed], [0, NOT_STORED, false]);
});
