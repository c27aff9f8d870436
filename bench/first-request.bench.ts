import { MeteredBroker } from '../test/support/turns/metered-broker.ts';
import { TurnsTable } from './turns-table.ts';

// How long the event loop is busy without a break when the management API is loaded, which it is when somebody asks for the first
// time: by brokers that were just started, with nothing else to do, and with messages. The wall time is that to the answer.

const BROKERS = 5;
const MESSAGES_EACH_10_MS = 100;
const BODY = Buffer.from('x');

await (await fetch('data:,')).text(); // so that fetch itself is loaded
for (let i = 0; i < BROKERS; i++) {
  await measure('With nothing else to do', 0);
  await measure('With 10,000 messages/s', MESSAGES_EACH_10_MS);
}
process.exit(0); // the brokers' clients don't wonder where they are

async function measure(title: string, messagesEach10Ms: number): Promise<void> {
  const broker = await MeteredBroker.start();
  try {
    const traffic = await publishTo(broker, messagesEach10Ms);
    const table = new TurnsTable(broker, title);
    await table.step('the first request', () => broker.request('/overview'));
    await table.step('the second', () => broker.request('/overview'));
    clearInterval(traffic);
  } finally {
    await broker.stop();
  }
}

async function publishTo(broker: MeteredBroker, messagesEach10Ms: number): Promise<NodeJS.Timeout> {
  const channel = await broker.channel();
  const { queue } = await channel.assertQueue('');
  await channel.consume(queue, () => undefined, { noAck: true });
  return setInterval(() => {
    for (let i = 0; i < messagesEach10Ms; i++) channel.sendToQueue(queue, BODY);
  }, 10);
}
