import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from 'amqplib';
import { BrokerProcess, SKIP } from '../support/broker-process.ts';

/** The least heap that is for more than a try. */
const NODE_OPTIONS = ['--max-old-space-size=72'];
/** About 100 kB of heap for each queue with these. */
const MANY_ARGUMENTS = Object.fromEntries(Array.from({ length: 550 }, (_, i) => [`x-${i}`, `${i}`.padEnd(100)]));
/** Much more than there is heap for. */
const QUEUE_COUNT = 1000;

test('definitions without end block publishers, then are refused, and the process goes on', {
  skip: SKIP,
  timeout: 120_000,
}, async () => {
  await using broker = await BrokerProcess.start([], 0, NODE_OPTIONS);
  const publishing = await connect(broker.url);
  const blocked = new Promise<string>((resolve) => publishing.once('blocked', resolve));
  const unblocked = new Promise((resolve) => publishing.once('unblocked', resolve));
  const publisher = await publishing.createChannel();
  const declaring = await connect(broker.url);
  const refused = new Promise<Error>((resolve) => declaring.on('error', resolve));
  const channel = await declaring.createChannel();
  channel.on('error', () => undefined);
  for (let i = 0; i < QUEUE_COUNT; i++) {
    const name = `${i}`;
    const isThere = channel.assertQueue(name, { durable: false, exclusive: true, arguments: MANY_ARGUMENTS });
    if (
      !(await isThere.then(
        () => true,
        () => false,
      ))
    )
      break;
    publisher.publish('', 'none', Buffer.from('x'));
  }
  assert.match((await refused).message, /506.*RESOURCE_ERROR - low on heap memory/);
  assert.equal(await blocked, 'low on memory');
  await unblocked; // the queues went with their owner
  await publishing.close();
  assert.ok(broker.isRunning);
});
