import { EMPTY_TABLE, type FieldTable } from '../../protocol/field-table.ts';
import { Message } from '../../protocol/message.ts';
import { copyBody, rewriteProperties, rewriteRoute } from '../../protocol/rewritten-message.ts';
import type { Queue } from '../queue/queue.ts';
import { type DeathPlace, lastDeathPlace } from '../queue/x-death.ts';
import { type Destinations, durableIdsOf } from '../routing/router.ts';
import type { VirtualHost } from '../vhost.ts';
import { predicateOf } from './message-filter.ts';
import type { MoveOptions } from './move-messages.ts';
import { type RelocationParts, type RelocationResult, relocate, type Send, sendTo } from './relocation.ts';

export interface ReplayOptions extends MoveOptions {
  /**
   * `queue`: straight to the queue that the message died in, and to no other one that it had reached. `exchange`: to the
   * exchange that it had been published to, with the same routing keys: to whatever these lead to by now. Default: `queue`.
   */
  readonly to?: 'queue' | 'exchange';
}

/**
 * Brings dead letters back to where they came from, as the newest entry of their header `x-death` tells: with the exchange and
 * the routing keys that they had. Their history stays in the headers, so that the next death counts on; a time to live that
 * they had asked for themselves does not come back. Those without a history stay, and so do those whose queue or exchange
 * is gone, or that would go nowhere. See `relocate` for what a crash can do.
 *
 * @throws AmqpError for a filter that can't be
 */
export async function replayDeadLetters(
  parts: RelocationParts,
  vhost: VirtualHost,
  source: Queue,
  { to = 'queue', limit = Number.POSITIVE_INFINITY, filter = {}, selection }: ReplayOptions = {},
): Promise<RelocationResult> {
  const passes = predicateOf(filter);
  const destinationsOf = to === 'queue' ? queueOf : routeOf;
  const plan = (message: Message): Send | undefined => {
    const headers = message.properties().headers ?? EMPTY_TABLE;
    const place = passes(message) ? lastDeathPlace(headers) : undefined;
    if (place === undefined) return undefined;
    const letter = asPublished(message, headers, place);
    const destinations = destinationsOf(vhost, letter, place);
    if (destinations.queues.length === 0 || destinations.queues.includes(source)) return undefined;
    return (_message, onSafe) => sendTo(vhost, destinations, letter, onSafe);
  };
  return relocate(parts, { source, limit, selection, plan });
}

function queueOf({ queues }: VirtualHost, _letter: Message, { queue: name }: DeathPlace): Destinations {
  const queue = queues.get(name);
  const found = queue === undefined ? [] : [queue];
  return { queues: found, durableIds: durableIdsOf(found) };
}

function routeOf(vhost: VirtualHost, letter: Message, { exchange: name, routingKeys }: DeathPlace): Destinations {
  const exchange = vhost.exchanges.get(name);
  if (exchange === undefined) return { queues: [], durableIds: durableIdsOf([]) };
  return vhost.destinationsOf(exchange, letter, routingKeys);
}

/** The message with the exchange and the routing keys that it had. */
function asPublished(message: Message, headers: FieldTable, { exchange, routingKeys }: DeathPlace): Message {
  const [routingKey, ...copies] = routingKeys as [string, ...string[]];
  const letter = new Message();
  rewriteProperties(message, { ...message.properties(), headers: withCopies(headers, copies) }, letter);
  rewriteRoute(letter, exchange, routingKey);
  copyBody(letter);
  return letter;
}

/** A dead-letter routing key has taken the place of those in CC. */
function withCopies(headers: FieldTable, copies: readonly string[]): FieldTable {
  if (copies.length === 0) return headers;
  return new Map(headers).set('CC', { type: 'array', value: copies.map((value) => ({ type: 'longstr', value })) });
}
