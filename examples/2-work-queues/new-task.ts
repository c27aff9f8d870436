/**
 * Work queues, who gives out the work: puts a task into the queue that all workers share.
 *
 *     npm run example -- 2-work-queues/new-task NAME [SECONDS]
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'tasks';

const [name = 'some work', seconds = '1'] = process.argv.slice(2);

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();

// A durable queue and persistent messages are for tasks that must outlive the broker's restart.
await channel.assertQueue(QUEUE, { durable: true });
const task = Buffer.from(JSON.stringify({ name, seconds: Number(seconds) }));
channel.sendToQueue(QUEUE, task, { persistent: true });
console.log(`New task: ${name}, ${seconds} s`);

await channel.close();
await connection.close();
