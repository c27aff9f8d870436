/**
 * Routing, a subscriber: gets the log lines of the severities that it asks for.
 *
 *     npm run example -- 4-routing/receive-logs SEVERITY...
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs-by-severity';

const severities = process.argv.slice(2);
if (severities.length === 0) severities.push('info', 'warning', 'error');

const connection = await connect(AMQP_URL);
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();

await channel.assertExchange(EXCHANGE, 'direct', { durable: false });
const { queue } = await channel.assertQueue('', { exclusive: true });
// A queue may be bound as often as one likes.
for (const severity of severities) await channel.bindQueue(queue, EXCHANGE, severity);
await channel.consume(
  queue,
  (message) => {
    if (message !== null) console.log(`Received ${message.fields.routingKey}: ${message.content}`);
  },
  { noAck: true },
);
console.log(`Waiting for logs: ${severities.join(', ')}. Stop with Ctrl-C.`);
