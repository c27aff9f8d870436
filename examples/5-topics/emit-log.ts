/**
 * Topics, the publisher: sends a log line under a topic, which is words with dots between them.
 *
 *     npm run example -- 5-topics/emit-log TOPIC [TEXT]
 *     npm run example -- 5-topics/emit-log billing.invoice.error 'no paper'
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs-by-topic';

const [topic = 'billing.invoice.info', text = 'something happened'] = process.argv.slice(2);

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// The routing key is the topic; the keys that queues are bound to a topic exchange with are patterns.
await channel.assertExchange(EXCHANGE, 'topic', { durable: false });
channel.publish(EXCHANGE, topic, Buffer.from(text));
console.log(`Emitted ${topic}: ${text}`);

await channel.close();
await connection.close();
