/**
 * RPC, the server: answers each request, a whole number, with its prime factors. Start several, and they share the work.
 *
 *     npm run example -- 6-rpc/server
 */
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;
const QUEUE = 'factorize';

function primeFactors(number: number): number[] {
  const factors: number[] = [];
  let rest = number;
  for (let divisor = 2; divisor * divisor <= rest; divisor++) {
    for (; rest % divisor === 0; rest /= divisor) factors.push(divisor);
  }
  return rest > 1 ? [...factors, rest] : factors;
}

const connection = await connect(AMQP_URL);
process.once('SIGINT', () => connection.close());
const channel = await connection.createChannel();

await channel.assertQueue(QUEUE);
await channel.prefetch(1);
await channel.consume(QUEUE, (message) => {
  if (message === null) return;
  const number = Number(message.content);
  const answer = primeFactors(number).join(' ');
  // The request says where the answer goes, and by which id the client knows what it is the answer to.
  const { replyTo, correlationId } = message.properties;
  channel.sendToQueue(replyTo, Buffer.from(answer), { correlationId });
  // After the answer: if we end in between, another server answers once more, which does no harm.
  channel.ack(message);
  console.log(`Answered: ${number} = ${answer}`);
});
console.log('Waiting for requests. Stop with Ctrl-C.');
