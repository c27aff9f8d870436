import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { fieldTable } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import type { Random } from '../support/random.ts';
import type { WireChannel } from '../support/wire-channel.ts';
import { WireClient } from '../support/wire-client.ts';
import { type Delivery, describe } from '../support/wire-events.ts';
import { FLOWS, type Flow, keyIn, RETRY, TX_IN, TX_OUT } from './flows.ts';
import type { SoakLedger } from './soak-ledger.ts';

const WINDOW = 100;
const REPEATED_WITHIN = 20;
const PREFETCH_COUNTS = [5, 50, 200];
/** A consumer asks whether its acknowledgements have arrived after so many. */
const ASKED_EVERY = 20;
const PATIENCE_MS = 60_000;
const BODY = Buffer.alloc(400_000, 'soak');

/** What all clients of a soak have in common. */
export interface World {
  readonly url: string;
  readonly ledger: SoakLedger;
  readonly random: Random;
  /** Never the same number twice. */
  nextNumber(): number;
}

async function open({ url }: World): Promise<WireClient> {
  const client = await WireClient.open(url);
  client.timeoutMs = PATIENCE_MS;
  return client;
}

/** Publishes so many messages with confirms, on connections and channels that come and go. */
export async function publish(world: World, count: number): Promise<void> {
  for (let left = count; left > 0; ) left -= await publishOnOneConnection(world, left);
}

/** @returns how many were published */
async function publishOnOneConnection(world: World, most: number): Promise<number> {
  const { random, ledger } = world;
  const client = await open(world);
  const channel = await client.channel(1 + random.below(50));
  await channel.call('confirm.select');
  const publisher = new Publisher(world, channel);
  const count = Math.min(most, 100 + random.below(2000));
  for (let i = 0; i < count; i++) {
    publisher.publish(flowBy(random));
    if (publisher.unconfirmed.size >= WINDOW) await publisher.untilUnconfirmed(random.below(WINDOW));
  }
  if (random.chance(3)) await client.abort();
  else await publisher.untilUnconfirmed(0);
  for (const id of publisher.unconfirmed.values()) if (id !== REPEAT) ledger.abandoned(id);
  if (!client.isClosed) await client.close();
  return count;
}

const TOTAL_WEIGHT = FLOWS.reduce((sum, { weight }) => sum + weight, 0);

function flowBy(random: Random): Flow {
  let at = random.below(TOTAL_WEIGHT);
  for (const flow of FLOWS) {
    at -= flow.weight;
    if (at < 0) return flow;
  }
  throw new Error('weights do not add up');
}

/** A message that was published before, and whose first publication is what is told of. */
const REPEAT = '';

class Publisher {
  /** Ids by delivery tags. */
  readonly unconfirmed = new Map<number, string>();
  private readonly world: World;
  private readonly channel: WireChannel;
  private readonly recent: string[] = [];
  private lastTag = 0;

  constructor(world: World, channel: WireChannel) {
    this.world = world;
    this.channel = channel;
  }

  publish(flow: Flow): void {
    const { random, ledger } = this.world;
    const { recent } = this;
    const isRepeat = flow.isRepeated === true && recent.length > 0 && random.chance(3);
    const id = isRepeat ? random.pick(recent) : `${flow.name}:${this.world.nextNumber()}`;
    if (!isRepeat)
      ledger.published(
        id,
        flow.copies.map((ends) => ({ key: keyIn(ends[0]!, id), ends })),
      );
    if (flow.isRepeated === true && !isRepeat) this.remember(id);
    this.unconfirmed.set(++this.lastTag, isRepeat ? REPEAT : id);
    const properties: Properties = {
      deliveryMode: random.chance(5) ? 1 : 2,
      ...flow.properties?.(random),
      messageId: id,
    };
    if (flow.isRepeated === true) properties.headers = fieldTable({ 'x-deduplication-header': id });
    const size = flow.sizeOctets?.(random) ?? random.below(random.pick([100, 1000, 4000]));
    this.channel.publish(flow.exchange, flow.routingKey, BODY.subarray(0, size), { properties });
  }

  private remember(id: string): void {
    this.recent.push(id);
    if (this.recent.length > REPEATED_WITHIN) this.recent.shift();
  }

  async untilUnconfirmed(most: number): Promise<void> {
    const { ledger } = this.world;
    while (this.unconfirmed.size > most) {
      const event = await this.channel.next('a confirm');
      if (event.name !== 'basic.ack' && event.name !== 'basic.nack') assert.fail(`not expected: ${describe(event)}`);
      const { deliveryTag, multiple } = event.args;
      for (const [tag, id] of this.unconfirmed) {
        if (tag > Number(deliveryTag)) break;
        if (tag !== Number(deliveryTag) && !multiple) continue;
        this.unconfirmed.delete(tag);
        if (id === REPEAT) continue;
        if (event.name === 'basic.ack') ledger.confirmed(id);
        else ledger.refused(id);
      }
    }
  }
}

/** Something that goes on until it is told to end. */
export interface Activity {
  readonly ended: Promise<void>;
  stop(): void;
}

/** Does it over and over. */
export function repeatedly(once: (isStopped: () => boolean) => Promise<void>): Activity {
  let isStopped = false;
  const run = async () => {
    while (!isStopped) await once(() => isStopped);
  };
  const stop = () => {
    isStopped = true;
  };
  return { ended: run(), stop };
}

/** Consumes from the queue on a new connection, until that is cut or closed. */
export async function consume(world: World, queue: string, isStopped: () => boolean): Promise<void> {
  const { ledger, random } = world;
  const client = await open(world);
  const channel = await client.channel(1 + random.below(20));
  const prefetchCount = random.pick(PREFETCH_COUNTS);
  await channel.call('basic.qos', { prefetchCount });
  channel.send('basic.consume', { queue, consumerTag: 'soak' });
  await channel.expect('basic.consume-ok');
  const consumer = new Consumer(world, channel, queue);
  const most = 100 + random.below(4000);
  const deadlineMs = Date.now() + 500 + random.below(5000);
  while (!isStopped() && consumer.count < most && Date.now() < deadlineMs) await consumer.step();
  ledger.gone(queue, prefetchCount);
  if (random.chance(2)) await client.abort();
  else {
    channel.send('channel.close', { replyCode: 200 });
    await consumer.untilClosed();
    await client.close();
  }
}

class Consumer {
  count = 0;
  private readonly world: World;
  private readonly channel: WireChannel;
  private readonly queue: string;
  private unasked: string[] = [];
  private readonly asked: string[][] = [];

  constructor(world: World, channel: WireChannel, queue: string) {
    this.world = world;
    this.channel = channel;
    this.queue = queue;
  }

  /** Handles what has come, if anything does within a moment. */
  async step(): Promise<void> {
    if (this.channel.pending === 0) {
      await sleep(2);
      return;
    }
    const event = await this.channel.next();
    if (event.name === 'exchange.declare-ok') this.world.ledger.settled(this.asked.shift()!);
    else if (event.name === 'basic.deliver') this.settle(event.args);
    else assert.fail(`not expected: ${describe(event)}`);
  }

  private settle({ deliveryTag, redelivered, properties }: Delivery): void {
    const { ledger, random } = this.world;
    const key = keyIn(this.queue, properties.messageId!);
    this.count++;
    ledger.delivered(this.queue, key, redelivered);
    if (random.chance(30)) this.channel.send('basic.nack', { deliveryTag, requeue: true });
    else if (this.queue === RETRY && random.chance(2))
      this.channel.send('basic.reject', { deliveryTag, requeue: false });
    else {
      ledger.acknowledged(key);
      this.unasked.push(key);
      this.channel.send('basic.ack', { deliveryTag });
      if (this.unasked.length >= ASKED_EVERY) this.ask();
    }
  }

  private ask(): void {
    this.asked.push(this.unasked);
    this.unasked = [];
    this.channel.nudge();
  }

  /** What was delivered meanwhile goes back, and others may have it already. */
  async untilClosed(): Promise<void> {
    for (;;) {
      const event = await this.channel.next('channel.close-ok');
      if (event.name === 'channel.close-ok') break;
    }
    this.world.ledger.settled([...this.asked.flat(), ...this.unasked]);
  }
}

/** Moves messages in transactions, some of which are rolled back, and some cut off in the middle. */
export async function transact(world: World, isStopped: () => boolean): Promise<void> {
  const { random } = world;
  const client = await open(world);
  const channel = await client.channel();
  await channel.call('tx.select');
  for (let count = 1 + random.below(100); count > 0 && !isStopped(); count--) {
    const inputs: [tag: bigint, id: string][] = [];
    for (let gets = 1 + random.below(5); gets > 0; gets--) {
      const input = await channel.get(TX_IN, false);
      if (input === undefined) break;
      const id = input.properties.messageId!;
      world.ledger.delivered(TX_IN, keyIn(TX_IN, id), input.redelivered);
      inputs.push([BigInt(input.deliveryTag), id]);
    }
    if (inputs.length === 0) await sleep(5);
    for (const [tag, id] of inputs) {
      channel.publish('', TX_OUT, 'out', { properties: { deliveryMode: 2, messageId: id } });
      channel.send('basic.ack', { deliveryTag: Number(tag) });
    }
    if (random.chance(6)) {
      await channel.call('tx.rollback');
      channel.send('basic.nack', { deliveryTag: 0, multiple: true, requeue: true });
      await channel.call('tx.commit');
    } else await channel.call('tx.commit');
  }
  if (random.chance(2)) {
    channel.publish('', TX_OUT, 'never committed', { properties: { messageId: 'uncommitted' } });
    await client.abort();
  } else await client.close();
}

/** A client that does a bit of everything that comes and goes. */
export async function churn(world: World): Promise<void> {
  const { random } = world;
  const client = await open(world);
  for (let number = 1 + random.below(10); number > 0; number--) {
    const channel = await client.channel(number);
    const args = random.chance(2) ? { exclusive: true } : { autoDelete: true };
    const { queue } = await channel.call('queue.declare', args);
    const key = `churn.${world.nextNumber()}`;
    await channel.call('queue.bind', { queue, exchange: 'amq.topic', routingKey: `${key}.#` });
    channel.send('basic.consume', { queue, noAck: random.chance(2) });
    await channel.expect('basic.consume-ok');
    channel.publish('amq.topic', `${key}.x`, 'here and gone');
    await channel.expectDelivery('here and gone');
    if (random.chance(2)) await channel.call('channel.close', { replyCode: 200 });
  }
  if (random.chance(2)) await client.abort();
  else await client.close();
  await sleep(random.below(100));
}
