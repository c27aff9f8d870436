/**
 * Hello world, the sender: puts a message into a queue, where it waits for a receiver.
 *
 *     npm run example -- 1-hello-world/send [TEXT]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'hello';

const [text = 'Hello, world!'] = process.argv.slice(2);

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// Sender and receiver both declare the queue, so that it does not matter which of them comes first.
await channel.assertQueue(QUEUE);
channel.sendToQueue(QUEUE, Buffer.from(text));
console.log(`Sent: ${text}`);

// The channel first: when the broker has answered that, it has got all that was sent before.
await channel.close();
await connection.close();
