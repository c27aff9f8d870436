/**
 * Publisher confirms, in batches: waits after every so many messages. Much faster, and still simple; but when a batch
 * fails, one does not know which of its messages to publish again.
 *
 *     npm run example -- 7-publisher-confirms/in-batches [COUNT]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const BATCH_SIZE = 100;

const count = Number(process.argv[2] ?? 1000);

const connection = await connect(AMQP_URL);
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });

const beganMs = performance.now();
for (let number = 1; number <= count; number++) {
  channel.sendToQueue(queue, Buffer.from(`message ${number}`));
  if (number % BATCH_SIZE === 0) await channel.waitForConfirms();
}
await channel.waitForConfirms();
const tookMs = Math.round(performance.now() - beganMs);

console.log(`Published ${count} messages, confirmed ${BATCH_SIZE} at a time, in ${tookMs} ms`);
await connection.close();
