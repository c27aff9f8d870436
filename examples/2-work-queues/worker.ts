/**
 * Work queues, a worker: takes one task at a time and acknowledges it when it is done. Start several, and they share the
 * work; stop one amid a task, and another one does that task.
 *
 *     npm run example -- 2-work-queues/worker
 */
import { setTimeout as work } from 'node:timers/promises';
import { type ConsumeMessage, connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'tasks';

const connection = await connect(AMQP_URL);
process.once('SIGINT', async () => {
  await connection.close();
  process.exit(); // without waiting for the task that we are at
});
const channel = await connection.createChannel();

async function perform(message: ConsumeMessage): Promise<void> {
  const { name, seconds } = JSON.parse(message.content.toString());
  console.log(`Begun: ${name}${message.fields.redelivered ? ' (another worker gave it up)' : ''}`);
  await work(seconds * 1000);
  console.log(`Done: ${name}`);
  // Only now does the broker forget the task.
  channel.ack(message);
}

await channel.assertQueue(QUEUE, { durable: true });
// At most one task that is not acknowledged: a worker that is busy leaves the others to those that are not.
await channel.prefetch(1);
await channel.consume(QUEUE, (message) => {
  if (message !== null) perform(message);
});
console.log('Waiting for tasks. Stop with Ctrl-C.');
