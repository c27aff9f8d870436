/**
 * Publisher confirms, as they come: publishing goes on while confirms for earlier messages arrive, and what became of each
 * message is known. The fastest way.
 *
 *     npm run example -- 7-publisher-confirms/asynchronously [COUNT]
 */
import { once } from 'node:events';
import { connect } from 'amqplib';

const { AMQP_URL = 'amqp://127.0.0.1:5672' } = process.env;

const count = Number(process.argv[2] ?? 1000);

const connection = await connect(AMQP_URL);
const channel = await connection.createConfirmChannel();
const { queue } = await channel.assertQueue('', { exclusive: true });

let confirmed = 0;
const refused: string[] = [];

const beganMs = performance.now();
for (let number = 1; number <= count; number++) {
  const text = `message ${number}`;
  const keepsUp = channel.sendToQueue(queue, Buffer.from(text), {}, (error) => {
    if (error) refused.push(text);
    else confirmed++;
  });
  // The channel's buffer is full: go on when it has been written to the socket.
  if (!keepsUp) await once(channel, 'drain');
}
await channel.waitForConfirms().catch(() => undefined); // what was refused is in the list
const tookMs = Math.round(performance.now() - beganMs);

console.log(`Published ${count} messages: ${confirmed} confirmed, ${refused.length} refused, in ${tookMs} ms`);
await connection.close();
