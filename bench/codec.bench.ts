import { Bench } from 'tinybench';
import { fieldTable } from '#src/protocol/field-table.js';
import { FrameReader } from '#src/protocol/frame-reader.js';
import { decodeArguments, encodeMethodFrame } from '#src/protocol/method-codec.js';
import { decodeProperties, encodeContentHeader } from '#src/protocol/properties.js';
import { scanProperties } from '#src/protocol/property-scan.js';
import { frame } from './frames.ts';
import { report } from './report.ts';

// The wire format: frames cut from a chunk, and methods and properties decoded where that is needed at all.

const publish = encodeMethodFrame(1, 'basic.publish', {
  exchange: 'orders',
  routingKey: 'eu.new',
  mandatory: false,
  immediate: false,
});
const header = encodeContentHeader(128, {
  contentType: 'application/json',
  deliveryMode: 2,
  headers: fieldTable({ tenant: 'north', attempt: 1 }),
  messageId: '6e1f2b1c',
});
const message = Buffer.concat([publish, frame(2, header), frame(3, Buffer.alloc(128, 'x'))]);
const MESSAGES_A_CHUNK = 200;
const chunk = Buffer.concat(Array.from({ length: MESSAGES_A_CHUNK }, () => message));
const reader = new FrameReader(
  { onMethodFrame() {}, onHeaderFrame() {}, onBodyOctets() {}, onHeartbeatFrame() {} },
  131072,
);
const declare = encodeMethodFrame(1, 'queue.declare', {
  queue: 'orders',
  passive: false,
  durable: true,
  exclusive: false,
  autoDelete: false,
  noWait: false,
  arguments: fieldTable({ 'x-queue-type': 'classic' }),
});

const bench = new Bench({ name: 'codec', time: 500 });
bench.add(`frame reader, a chunk of ${MESSAGES_A_CHUNK} messages`, () => reader.read(chunk, 0, chunk.length));
bench.add('scan the properties of a message', () => {
  scanProperties(header, 0, header.length);
});
bench.add('decode the properties of a message', () => {
  decodeProperties(header, 0, header.length);
});
bench.add('decode queue.declare', () => {
  decodeArguments('queue.declare', declare, 11, declare.length - 1);
});
bench.add('encode queue.declare-ok', () => {
  encodeMethodFrame(1, 'queue.declare-ok', { queue: 'orders', messageCount: 1, consumerCount: 2 });
});
await bench.run();
report(bench);
