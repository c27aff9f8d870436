/**
 * Routing, the publisher: sends a log line to those who listen for its severity.
 *
 *     npm run example -- 4-routing/emit-log SEVERITY [TEXT]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const EXCHANGE = 'logs-by-severity';

const [severity = 'info', text = 'something happened'] = process.argv.slice(2);

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// A direct exchange takes a message to the queues that are bound to it with the message's routing key.
await channel.assertExchange(EXCHANGE, 'direct', { durable: false });
channel.publish(EXCHANGE, severity, Buffer.from(text));
console.log(`Emitted ${severity}: ${text}`);

await channel.close();
await connection.close();
