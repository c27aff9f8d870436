/**
 * Publisher confirms, one by one: each message is published only when the one before is confirmed. The simplest way to
 * know that nothing was lost, and the slowest: it spends its time waiting.
 *
 *     npm run example -- 7-publisher-confirms/individually [COUNT]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;

const count = Number(process.argv[2] ?? 1000);

const connection = await connect(AMQP_URL);
// On such a channel the broker answers every message, once it has taken responsibility for it.
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });

const beganMs = performance.now();
for (let number = 1; number <= count; number++) {
  channel.sendToQueue(queue, Buffer.from(`message ${number}`));
  await channel.waitForConfirms(); // throws if the broker could not take it
}
const tookMs = Math.round(performance.now() - beganMs);

console.log(`Published ${count} messages, each confirmed before the next, in ${tookMs} ms`);
await connection.close();
