/**
 * Hello world, the receiver: prints what comes into the queue, until it is stopped with Ctrl-C.
 *
 *     npm run example -- 1-hello-world/receive
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'hello';

const connection = await connect(AMQP_URL);
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();

await channel.assertQueue(QUEUE);
await channel.consume(
  QUEUE,
  (message) => {
    if (message === null) return; // the queue was deleted
    console.log(`Received: ${message.content}`);
  },
  { noAck: true }, // a message is done with as soon as it is sent to us
);
console.log('Waiting for messages. Stop with Ctrl-C.');
