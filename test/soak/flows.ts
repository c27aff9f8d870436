import { fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import type { Random } from '../support/random.ts';
import type { WireChannel } from '../support/wire-channel.ts';

/** A way that messages take. */
export interface Flow {
  readonly name: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** For each copy, the queues of which it ends in one. */
  readonly copies: readonly (readonly string[])[];
  readonly weight: number;
  readonly properties?: (random: Random) => Properties;
  readonly sizeOctets?: (random: Random) => number;
  /** It is published again now and then, and dropped then. */
  readonly isRepeated?: boolean;
}

export const DEAD = 'dead';
/** Emptied only now and then: its messages are what compaction has to move. */
export const SLOW = 'slow';
export const TX_IN = 'tx-in';
export const TX_OUT = 'tx-out';
export const RETRY = 'retry';
/** Its length is limited by a policy that comes and goes. */
export const SHORT = 'short';
/** Paused now and then. */
export const PAUSED = 'work-1';
const FAN = 'soak.fan';
const ONCE = 'soak.once';
const FANNED = ['fan-a', 'fan-b', 'fan-c'];
const TO_DEAD = { 'x-dead-letter-exchange': '', 'x-dead-letter-routing-key': DEAD };
const PERSISTENT = 2;
/** The longest that a message stays away from consumers. */
export const LONGEST_DELAY_MS = 800;

const QUEUES: readonly {
  readonly queue: string;
  readonly isTransient?: boolean;
  readonly arguments?: Record<string, PlainValue>;
}[] = [
  { queue: 'work-0' },
  { queue: PAUSED },
  { queue: 'large' },
  { queue: 'transient', isTransient: true },
  { queue: 'priority', arguments: { 'x-max-priority': 5 } },
  { queue: RETRY, arguments: TO_DEAD },
  { queue: 'ttl', arguments: { 'x-message-ttl': 200, ...TO_DEAD } },
  { queue: SHORT, arguments: TO_DEAD },
  { queue: 'full', arguments: { 'x-max-length': 100, 'x-overflow': 'reject-publish' } },
  { queue: 'later' },
  { queue: 'once' },
  { queue: TX_IN },
  { queue: TX_OUT },
  ...FANNED.map((queue) => ({ queue, isTransient: queue === 'fan-c' })),
  { queue: DEAD },
  { queue: SLOW },
];

export const ALL_QUEUES: readonly string[] = QUEUES.map(({ queue }) => queue);
/** Those that consumers take from; what is in tx-in goes to tx-out by transactions. */
export const CONSUMED: readonly string[] = ALL_QUEUES.filter(
  (queue) => queue !== SLOW && queue !== TX_IN && queue !== 'ttl',
);

/** By way of the default exchange, to end there or in one of the others. */
function to(queue: string, weight: number, ...ends: readonly string[]): Flow {
  return { name: queue, exchange: '', routingKey: queue, copies: [[queue, ...ends]], weight };
}

const transient = () => ({ deliveryMode: 1 });

export const FLOWS: readonly Flow[] = [
  to('work-0', 10),
  to(PAUSED, 6),
  { ...to('large', 1), sizeOctets: (random) => 20_000 + random.below(300_000) },
  { ...to('transient', 6), properties: transient },
  { ...to('priority', 3), properties: (random) => ({ deliveryMode: PERSISTENT, priority: random.below(6) }) },
  to(RETRY, 4, DEAD),
  { ...to('ttl', 3), copies: [[DEAD]] },
  to(SHORT, 4, DEAD),
  to('full', 3),
  {
    ...to('later', 3),
    properties: (random) => ({
      deliveryMode: PERSISTENT,
      headers: fieldTable({ 'x-delay': 1 + random.below(LONGEST_DELAY_MS) }),
    }),
  },
  { name: 'once', exchange: ONCE, routingKey: '', copies: [['once']], weight: 3, isRepeated: true },
  { ...to(TX_IN, 3), copies: [[TX_OUT, TX_IN]] },
  { name: 'fan', exchange: FAN, routingKey: '', copies: FANNED.map((queue) => [queue]), weight: 3 },
  to(SLOW, 1),
];

/** The copies of a message, which are told apart by their queues where there are several. */
export function keyIn(queue: string, id: string): string {
  return FANNED.includes(queue) ? `${id}@${queue}` : id;
}

/** Declares all of it. */
export async function declareFlows(channel: WireChannel): Promise<void> {
  for (const { queue, isTransient = false, arguments: args = {} } of QUEUES) {
    await channel.call('queue.declare', { queue, durable: !isTransient, arguments: fieldTable(args) });
  }
  await channel.call('exchange.declare', { exchange: FAN, type: 'fanout', durable: true });
  const cache = fieldTable({ 'x-cache-size': 10_000 });
  await channel.call('exchange.declare', {
    exchange: ONCE,
    type: 'x-message-deduplication',
    durable: true,
    arguments: cache,
  });
  for (const queue of FANNED) await channel.call('queue.bind', { queue, exchange: FAN });
  await channel.call('queue.bind', { queue: 'once', exchange: ONCE });
}
