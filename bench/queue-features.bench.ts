import { setImmediate as turnEnd } from 'node:timers/promises';
import type { Consumer, Outlet } from '#src/broker/consumer.js';
import type { Queue } from '#src/broker/queue/queue.js';
import { announceExpiration } from '#src/broker/routing/router.js';
import { VirtualHost } from '#src/broker/vhost.js';
import { messageOf } from '#src/http/message.js';
import { EMPTY_TABLE, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Message } from '#src/protocol/message.js';
import type { Properties } from '#src/protocol/properties.js';
import { MemoryStore } from '#src/storage/memory/memory-store.js';
import { Arena } from '#src/storage/message/arena.js';

// What a queue's features cost a message that is published, routed, delivered and acknowledged, without a socket: with a
// consumer that takes each at once, and with one that lets a turn's messages wait first.

const BODY = Buffer.alloc(128, 'x');
/** About what a turn of the event loop brings. */
const MESSAGES_A_TURN = 500;
const TURNS_A_ROUND = 20;
const ROUNDS = 150;

/** A channel that acknowledges everything in the end. */
class Acknowledger implements Outlet {
  isOpen = true;
  private count = 0;
  private readonly slots = new Uint32Array(MESSAGES_A_TURN);
  private readonly bodySizes = new Uint32Array(MESSAGES_A_TURN);

  canDeliver(): boolean {
    return this.isOpen;
  }

  deliver(consumer: Consumer, { bodySize }: Message, slot: number): void {
    consumer.unackedCount++;
    this.bodySizes[this.count] = bodySize;
    this.slots[this.count++] = slot;
  }

  cancelledByServer(): void {
    throw new Error('nobody deletes the queue');
  }

  acknowledgeAll({ queue }: Consumer): void {
    for (let i = 0; i < this.count; i++) queue.acknowledge(this.slots[i]!, this.bodySizes[i]!);
    this.count = 0;
  }
}

interface Variant {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, PlainValue>>;
  /** Of the message with this number. */
  readonly properties?: (number: number) => Properties;
}

const VARIANTS: readonly Variant[] = [
  { name: 'plain' },
  { name: 'x-message-ttl', arguments: { 'x-message-ttl': 3_600_000 } },
  { name: 'messages with expiration', properties: () => ({ expiration: '3600000' }) },
  { name: 'x-max-priority 10, none given', arguments: { 'x-max-priority': 10 } },
  {
    name: 'x-max-priority 10, priorities 0 to 9',
    arguments: { 'x-max-priority': 10 },
    properties: (number) => ({ priority: number % 10 }),
  },
  { name: 'x-max-length', arguments: { 'x-max-length': 1_000_000 } },
  { name: 'x-max-length-bytes', arguments: { 'x-max-length-bytes': 1_000_000_000 } },
  { name: 'x-dead-letter-exchange, unused', arguments: { 'x-dead-letter-exchange': 'amq.fanout' } },
  { name: 'x-delivery-limit', arguments: { 'x-delivery-limit': 3 } },
  { name: 'x-single-active-consumer', arguments: { 'x-single-active-consumer': true } },
];

/** A queue with a consumer and a publisher, which know nothing of any others. */
class Bed {
  readonly name: string;
  private readonly store = new MemoryStore(new Arena());
  private readonly vhost = new VirtualHost('/', this.store);
  private readonly queue: Queue;
  private readonly outlet = new Acknowledger();
  private readonly consumer: Consumer;
  private readonly messages: readonly Message[];

  constructor({ name, arguments: args = {}, properties = () => ({}) }: Variant) {
    this.name = name;
    const declared = { durable: false, exclusive: false, autoDelete: false, arguments: fieldTable(args) };
    this.queue = this.vhost.declareQueue('q', declared, {});
    this.consumer = this.queue.subscribe(this.outlet, {
      tag: 'c',
      noAck: false,
      exclusive: false,
      priority: 0,
      arguments: EMPTY_TABLE,
      deliveryPrefix: Buffer.alloc(0),
      prefetchCount: 0,
    });
    this.messages = Array.from({ length: MESSAGES_A_TURN }, (_, number) =>
      messageOf('', 'q', properties(number), BODY),
    );
    this.vhost.findRoute(this.messages[0]!);
  }

  /** Returns nanoseconds a message. @param waits whether messages wait until the consumer can take deliveries again */
  async measure(waits: boolean): Promise<number> {
    let ms = 0;
    for (let turn = 0; turn < TURNS_A_ROUND; turn++) {
      const startMs = performance.now();
      this.turn(waits);
      ms += performance.now() - startMs;
      await turnEnd();
    }
    return (ms * 1e6) / (TURNS_A_ROUND * MESSAGES_A_TURN);
  }

  private turn(waits: boolean): void {
    const { store, vhost, outlet, consumer } = this;
    outlet.isOpen = !waits;
    for (const message of this.messages) {
      const { queues } = vhost.knownRoute(message)!;
      announceExpiration(message, queues);
      for (const queue of queues) queue.publish(message);
      store.endPublish(message);
    }
    outlet.isOpen = true;
    consumer.resume();
    outlet.acknowledgeAll(consumer);
  }
}

for (const waits of [false, true]) {
  const beds = VARIANTS.map((variant) => ({ bed: new Bed(variant), nanoseconds: Number.POSITIVE_INFINITY }));
  // In turn, and the quickest round counts: whatever else the machine does can only make one slower.
  for (let round = 0; round < ROUNDS; round++) {
    for (const row of beds) row.nanoseconds = Math.min(row.nanoseconds, await row.bed.measure(waits));
  }
  console.log(`\nqueue features, messages ${waits ? 'wait first' : 'are delivered at once'}`);
  const plain = beds[0]!.nanoseconds;
  for (const { bed, nanoseconds } of beds) {
    const share = `${((100 * plain) / nanoseconds).toFixed(0)} % of the plain rate`;
    console.log(`  ${nanoseconds.toFixed(0).padStart(10)} ns  ${share.padStart(23)}  ${bed.name}`);
  }
}
