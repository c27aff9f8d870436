import type { WireChannel } from '../support/wire-channel.ts';
import { BOUND, type Definitions } from './definitions.ts';

/** Where a message goes that is published so. */
export interface Route {
  readonly exchange: string;
  readonly routingKey: string;
  readonly queues: readonly string[];
}

const FAN: readonly string[] = ['fan-1', 'fan-2', 'fan-3'];
/** What transactions take, those of each channel from a queue of its own, and where they put what they make of it. */
export const TRANSACTION_INPUTS: readonly string[] = ['tx-in-1', 'tx-in-2'];
const TRANSACTION_OUTPUTS: readonly string[] = ['tx-left', 'tx-right'];
/** Only published to by who purges it. */
export const PURGED = 'purged';

/** Queues from which anybody may consume. */
export const CONSUMED: readonly string[] = [
  'direct-a',
  'direct-b',
  ...FAN,
  'topic-a',
  'topic-b',
  ...TRANSACTION_OUTPUTS,
];
/** All that messages are kept in. */
export const QUEUES: readonly string[] = [...CONSUMED, ...TRANSACTION_INPUTS, PURGED];

const EXCHANGES = [
  ['crash.direct', 'direct'],
  ['crash.fanout', 'fanout'],
  ['crash.topic', 'topic'],
  ['crash.transactions', 'fanout'],
] as const;

const BINDINGS: readonly (readonly [queue: string, exchange: string, routingKey: string])[] = [
  ['direct-a', 'crash.direct', 'a'],
  ['direct-b', 'crash.direct', 'b'],
  ['direct-a', 'crash.direct', 'both'],
  ['direct-b', 'crash.direct', 'both'],
  ...TRANSACTION_INPUTS.map((queue) => [queue, 'crash.direct', queue] as const),
  ...FAN.map((queue) => [queue, 'crash.fanout', ''] as const),
  ['topic-a', 'crash.topic', '*.cold.#'],
  ['topic-b', 'crash.topic', '#.stone'],
  ...TRANSACTION_OUTPUTS.map((queue) => [queue, 'crash.transactions', ''] as const),
];

export const ROUTES: readonly Route[] = [
  { exchange: 'crash.direct', routingKey: 'a', queues: ['direct-a'] },
  { exchange: 'crash.direct', routingKey: 'b', queues: ['direct-b'] },
  { exchange: 'crash.direct', routingKey: 'both', queues: ['direct-a', 'direct-b'] },
  ...TRANSACTION_INPUTS.map((queue) => ({ exchange: 'crash.direct', routingKey: queue, queues: [queue] })),
  { exchange: 'crash.direct', routingKey: 'nowhere', queues: [] },
  { exchange: '', routingKey: 'direct-a', queues: ['direct-a'] },
  { exchange: '', routingKey: 'tx-left', queues: ['tx-left'] },
  { exchange: 'crash.fanout', routingKey: 'ignored', queues: FAN },
  { exchange: 'crash.topic', routingKey: 'a.cold.day.out', queues: ['topic-a'] },
  { exchange: 'crash.topic', routingKey: 'stone', queues: ['topic-b'] },
  { exchange: 'crash.topic', routingKey: 'stone.cold.stone', queues: ['topic-a', 'topic-b'] },
];

export const TRANSACTION_ROUTES: readonly Route[] = [
  { exchange: 'crash.transactions', routingKey: '', queues: TRANSACTION_OUTPUTS },
  ...TRANSACTION_OUTPUTS.map((queue) => routeTo(queue)),
];

/** By way of the default exchange. */
export function routeTo(queue: string): Route {
  return { exchange: '', routingKey: queue, queues: [queue] };
}

/** Declares all of it, durable. */
export async function declareTopology(channel: WireChannel, definitions: Definitions): Promise<void> {
  for (const queue of [...QUEUES, BOUND]) await channel.call('queue.declare', { queue, durable: true });
  for (const [exchange, type] of EXCHANGES) await channel.call('exchange.declare', { exchange, type, durable: true });
  for (const [queue, exchange, routingKey] of BINDINGS) {
    await channel.call('queue.bind', { queue, exchange, routingKey });
  }
  for (const queue of [...QUEUES, BOUND]) definitions.add('queue', queue).state = 'there';
  for (const [exchange] of EXCHANGES) definitions.add('exchange', exchange).state = 'there';
}
