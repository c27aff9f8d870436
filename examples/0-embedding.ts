/**
 * Embedding: a test suite starts a broker inside its own process, on a free port, and is done with it when the test is.
 * Nothing to install, nothing to clean up, and tests that run side by side do not meet.
 *
 *     npm run example -- 0-embedding
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Channel, connect } from 'amqplib';
import { startBroker } from 'leveret';

/** What is to be tested: it lets the world know about a new user. */
function announce(channel: Channel, user: { id: number; name: string }): void {
  const content = Buffer.from(JSON.stringify(user));
  channel.publish('amq.topic', 'user.created', content, { contentType: 'application/json' });
}

test('a new user is announced', async () => {
  await using broker = await startBroker({ port: 0 });
  const connection = await connect(broker.url);
  const channel = await connection.createChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'amq.topic', 'user.*');

  announce(channel, { id: 7, name: 'Ada' });

  const message = await channel.get(queue, { noAck: true });
  assert.ok(message, 'there is a message');
  assert.equal(message.fields.routingKey, 'user.created');
  assert.equal(message.properties.contentType, 'application/json');
  assert.deepEqual(JSON.parse(message.content.toString()), { id: 7, name: 'Ada' });
  await connection.close();
});

test('brokers share nothing', async () => {
  await using one = await startBroker({ port: 0 });
  await using other = await startBroker({ port: 0 });
  assert.notEqual(one.port, other.port);

  const connection = await connect(one.url);
  const channel = await connection.createChannel();
  await channel.assertQueue('only-here');
  await connection.close();

  const elsewhere = await connect(other.url);
  const otherChannel = await elsewhere.createChannel();
  otherChannel.on('error', () => undefined); // the call below is rejected with it too
  await assert.rejects(otherChannel.checkQueue('only-here'), /NOT_FOUND/);
  await elsewhere.close();
});
