/**
 * Publish and subscribe, a subscriber: every one that runs gets every log line.
 *
 *     npm run example -- 3-publish-subscribe/receive-logs
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs';

const connection = await connect(AMQP_URL);
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();

await channel.assertExchange(EXCHANGE, 'fanout', { durable: false });
// No name: the broker makes one up. Exclusive: the queue is ours alone, and goes when our connection does.
const { queue } = await channel.assertQueue('', { exclusive: true });
await channel.bindQueue(queue, EXCHANGE, '');
await channel.consume(
  queue,
  (message) => {
    if (message !== null) console.log(`Received: ${message.content}`);
  },
  { noAck: true },
);
console.log('Waiting for logs. Stop with Ctrl-C.');
