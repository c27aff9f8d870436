import { Bench } from 'tinybench';
import { DelayedMessages } from '#src/broker/queue/delayed-messages.js';
import { VirtualHost } from '#src/broker/vhost.js';
import { messageOf } from '#src/http/message.js';
import { EMPTY_TABLE, fieldTable } from '#src/protocol/field-table.js';
import { MemoryStore } from '#src/storage/memory/memory-store.js';
import { Arena } from '#src/storage/message/arena.js';
import { report } from './report.ts';

// A message that is to wait: into the heap and out of it, and into an exchange that keeps it.

const WAITING = 1_000_000;
let nowMs = 0;
let ring = () => {};
const clock = {
  get nowMs() {
    return nowMs;
  },
  after(_delayMs: number, callback: () => void) {
    ring = callback;
    return { cancel: () => undefined };
  },
  soon: (callback: () => void) => callback(),
  microtask: (callback: () => void) => callback(),
};
const delayed = new DelayedMessages(clock, { due: () => undefined, dueDone: () => undefined });
let sequence = 0;
for (; sequence < WAITING; sequence++) delayed.push(sequence, sequence, 1, 1 + ((sequence * 7919) % WAITING));

const vhost = new VirtualHost('/', new MemoryStore(new Arena()));
const properties = { durable: false, autoDelete: false, internal: false, arguments: EMPTY_TABLE };
vhost.declareExchange('later', {
  ...properties,
  type: 'x-delayed-message',
  arguments: fieldTable({ 'x-delayed-type': 'direct' }),
});
const headers = fieldTable({ 'x-delay': 2 ** 31 });
const message = messageOf('later', 'k', { headers }, Buffer.alloc(0));

const bench = new Bench({ name: `delayed messages, ${WAITING} of them waiting`, time: 500 });
bench.add('in and out of the heap', () => {
  delayed.push(sequence, sequence++, 1, nowMs + WAITING);
  nowMs++;
  ring();
});
bench.add('published to a delayed exchange', () => {
  vhost.publisher.publish(message, () => undefined);
});
await bench.run();
report(bench);
process.exit(0); // the exchange has much to wait for
