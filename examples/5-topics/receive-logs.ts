/**
 * Topics, a subscriber: gets the log lines whose topics match a pattern. In a pattern, * stands for one word and # for
 * any number of words.
 *
 *     npm run example -- 5-topics/receive-logs PATTERN...
 *     npm run example -- 5-topics/receive-logs 'billing.#' '*.*.error'
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs-by-topic';

const patterns = process.argv.slice(2);
if (patterns.length === 0) patterns.push('#');

const connection = await connect(AMQP_URL);
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();

await channel.assertExchange(EXCHANGE, 'topic', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
// A message that several of the patterns match comes once all the same.
for (const pattern of patterns) await channel.bindQueue(queue, EXCHANGE, pattern);
await channel.consume(
  queue,
  (message) => {
    if (message !== null) console.log(`Received ${message.fields.routingKey}: ${message.content}`);
  },
  { noAck: true },
);
console.log(`Waiting for logs: ${patterns.join(', ')}. Stop with Ctrl-C.`);
