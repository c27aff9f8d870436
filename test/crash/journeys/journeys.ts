import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Random } from '../../support/random.ts';
import type { WireChannel } from '../../support/wire-channel.ts';

/** What a queue's messages may die of. */
export type Cause = 'expired' | 'rejected' | 'maxlen' | 'delivery_limit';

/** One of the queues that a message comes to, and what brings it to the next. */
export interface Station {
  readonly queue: string;
  readonly cause: Cause;
  /** How long a message stays at least before it expires, unless it asks for less itself. */
  readonly ttlMs?: number;
  /** How often it is delivered at most, if every delivery comes back; once more for each crash that one was lost in. */
  readonly mostDeliveries?: number;
}

/** A way that the broker takes messages. */
export interface Journey {
  readonly exchange: string;
  readonly routingKey: string;
  readonly stations: readonly Station[];
  /** Where it ends, in all of these queues. */
  readonly ends: readonly string[];
  readonly delayMs?: (random: Random) => number;
  readonly expirationMs?: (random: Random) => number;
  /** Each message gets there once, for good, however often it is published. */
  readonly isOnce?: boolean;
}

interface QueueDeclaration {
  readonly queue: string;
  readonly arguments?: Readonly<Record<string, PlainValue>>;
}

const DELAYED = 'journeys.delayed';
const FAN = 'journeys.fan';
const ONCE = 'journeys.once';
const MAX_LENGTH = 10;
const DELIVERY_LIMIT = 2;

/** Dead letters go to the queue by its name. */
function deadLetterTo(queue: string): Record<string, PlainValue> {
  return { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': queue };
}

const QUEUES: readonly QueueDeclaration[] = [
  { queue: 'ttl', arguments: { 'x-message-ttl': 100, ...deadLetterTo('ttl.dead') } },
  { queue: 'expiring', arguments: deadLetterTo('expiring.dead') },
  { queue: 'rejecting', arguments: deadLetterTo('rejecting.dead') },
  { queue: 'chain-1', arguments: { 'x-message-ttl': 40, ...deadLetterTo('chain-2') } },
  { queue: 'chain-2', arguments: deadLetterTo('chain-3') },
  { queue: 'chain-3', arguments: { 'x-message-ttl': 0, ...deadLetterTo('chain.dead') } },
  { queue: 'short', arguments: { 'x-max-length': MAX_LENGTH, ...deadLetterTo('short.dead') } },
  {
    queue: 'full',
    arguments: { 'x-max-length': MAX_LENGTH, 'x-overflow': 'reject-publish-dlx', ...deadLetterTo('full.dead') },
  },
  { queue: 'limited', arguments: { 'x-delivery-limit': DELIVERY_LIMIT, ...deadLetterTo('limited.dead') } },
  { queue: 'fanning', arguments: { 'x-message-ttl': 50, 'x-dead-letter-exchange': FAN } },
  {
    queue: 'detained',
    arguments: { 'x-message-ttl': 50, 'x-dead-letter-exchange': DELAYED, 'x-dead-letter-routing-key': 'detained.dead' },
  },
  { queue: 'distinct', arguments: { 'x-message-deduplication': true } },
];

const ENDS: readonly string[] = [
  'ttl.dead',
  'expiring.dead',
  'rejecting.dead',
  'chain.dead',
  'short.dead',
  'full.dead',
  'limited.dead',
  'fan-left',
  'fan-right',
  'detained.dead',
  'delayed',
  'later',
  'once',
];

/** Queues in which somebody rejects messages, or has them come back. */
export const REJECTED_FROM: readonly string[] = ['rejecting', 'chain-2'];
export const RETURNED_TO = 'limited';
/** Queues from which consumers take some messages for good. */
export const CONSUMED: readonly string[] = ['ttl.dead', 'chain.dead', 'delayed', 'fan-left'];
/** Queues that every message leaves in time, whatever clients do. */
export const PASSED_THROUGH: readonly string[] = ['ttl', 'expiring', 'chain-1', 'chain-3', 'fanning', 'detained'];
/** All that messages can be in, in the order in which they travel. */
export const ALL_QUEUES: readonly string[] = [...QUEUES.map(({ queue }) => queue), ...ENDS];

const anyDelay = (random: Random) => 1 + random.below(900);

/** Published to the first queue by way of the default exchange. */
function through(stations: readonly Station[], ...ends: readonly string[]): Journey {
  return { exchange: '', routingKey: stations[0]?.queue ?? ends[0]!, stations, ends };
}

const detained: Station = { queue: 'detained', cause: 'expired', ttlMs: 50 };
const inTtl: Station = { queue: 'ttl', cause: 'expired', ttlMs: 100 };

export const JOURNEYS: readonly Journey[] = [
  through([inTtl], 'ttl.dead'),
  { ...through([inTtl], 'ttl.dead'), expirationMs: (random) => random.below(150) },
  {
    ...through([{ queue: 'expiring', cause: 'expired' }], 'expiring.dead'),
    expirationMs: (random) => random.below(300),
  },
  through([{ queue: 'rejecting', cause: 'rejected' }], 'rejecting.dead'),
  through(
    [
      { queue: 'chain-1', cause: 'expired', ttlMs: 40 },
      { queue: 'chain-2', cause: 'rejected' },
      { queue: 'chain-3', cause: 'expired' },
    ],
    'chain.dead',
  ),
  through([{ queue: 'short', cause: 'maxlen' }], 'short.dead'),
  through([{ queue: 'full', cause: 'maxlen' }], 'full.dead'),
  through([{ queue: 'limited', cause: 'delivery_limit', mostDeliveries: DELIVERY_LIMIT + 1 }], 'limited.dead'),
  through([{ queue: 'fanning', cause: 'expired', ttlMs: 50 }], 'fan-left', 'fan-right'),
  { exchange: DELAYED, routingKey: 'delayed', stations: [], ends: ['delayed'], delayMs: anyDelay },
  { ...through([], 'later'), delayMs: anyDelay },
  through([detained], 'detained.dead'),
  { ...through([detained], 'detained.dead'), delayMs: anyDelay },
];

/** Of messages that are published again and again: one of each is in the queue at a time, or none ever comes again. */
export const REPEATED_JOURNEYS: readonly Journey[] = [
  through([], 'distinct'),
  { exchange: ONCE, routingKey: '', stations: [], ends: ['once'], isOnce: true },
];

/** Declares all of it, durable. */
export async function declareJourneys(channel: WireChannel): Promise<void> {
  const plain: QueueDeclaration[] = ENDS.map((queue) => ({ queue }));
  for (const { queue, arguments: args = {} } of [...QUEUES, ...plain]) {
    await channel.call('queue.declare', { queue, durable: true, arguments: fieldTable(args) });
  }
  await channel.call('exchange.declare', {
    exchange: DELAYED,
    type: 'x-delayed-message',
    durable: true,
    arguments: fieldTable({ 'x-delayed-type': 'direct' }),
  });
  await channel.call('exchange.declare', {
    exchange: ONCE,
    type: 'x-message-deduplication',
    durable: true,
    arguments: fieldTable({ 'x-cache-size': 1_000_000 }),
  });
  await channel.call('exchange.declare', { exchange: FAN, type: 'fanout', durable: true });
  for (const [queue, exchange] of [
    ['delayed', DELAYED],
    ['detained.dead', DELAYED],
    ['fan-left', FAN],
    ['fan-right', FAN],
    ['once', ONCE],
  ] as const) {
    await channel.call('queue.bind', { queue, exchange, routingKey: queue });
  }
}
