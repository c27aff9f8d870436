/**
 * RPC, the client: calls a function that runs elsewhere, and waits for what it returns. Several calls may be on their way
 * at a time; answers find back to their calls by correlation ids.
 *
 *     npm run example -- 6-rpc/client NUMBER...
 */
import { randomUUID } from 'node:crypto';
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'factorize';

const numbers = process.argv.slice(2);
if (numbers.length === 0) numbers.push('360');

const connection = await connect(AMQP_URL);
const channel = await connection.createChannel();
const { queue: replyTo } = await channel.assertQueue('', { exclusive: true });

/** What to do with the answer, by correlation id. */
const calls = new Map<string, (answer: string) => void>();
await channel.consume(
  replyTo,
  (message) => {
    if (message === null) return;
    const { correlationId } = message.properties;
    const resolve = calls.get(correlationId);
    calls.delete(correlationId);
    resolve?.(message.content.toString()); // nobody waits for an answer that comes a second time
  },
  { noAck: true },
);

function factorize(number: string): Promise<string> {
  return new Promise((resolve) => {
    const correlationId = randomUUID();
    calls.set(correlationId, resolve);
    channel.sendToQueue(QUEUE, Buffer.from(number), { correlationId, replyTo });
  });
}

// A request must not be lost because no server has run yet.
await channel.assertQueue(QUEUE);
await Promise.all(
  numbers.map(async (number) => {
    console.log(`${number} = ${await factorize(number)}`);
  }),
);

await connection.close();
