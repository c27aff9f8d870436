/**
 * Publish and subscribe, the publisher: sends a log line to whoever listens; if nobody does, it is gone.
 *
 *     npm run example -- 3-publish-subscribe/emit-log [TEXT]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs';

const [text = 'something happened'] = process.argv.slice(2);

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// A publisher knows no queues, only an exchange. One of type fanout copies each message to all queues bound to it.
await channel.assertExchange(EXCHANGE, 'fanout', { durable: false });
channel.publish(EXCHANGE, '', Buffer.from(text));
console.log(`Emitted: ${text}`);

await channel.close();
await connection.close();
