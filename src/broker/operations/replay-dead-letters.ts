import { EMPTY_TABLE, type FieldTable } from '../../protocol/field-table.ts';
import { Message } from '../../protocol/message.ts';
import { copyBody, rewriteProperties, rewriteRoute } from '../../protocol/rewritten-message.ts';
import type { Exchange } from '../exchange/exchange.ts';
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
  /**
   * Why whoever asks may not send a message there with these routing keys; undefined: they may. What may not go stays. It is
   * asked for each message, since the history that leads there is a header, which any publisher can write.
   */
  readonly refusal?: (target: Queue | Exchange, routingKeys: readonly string[]) => Error | undefined;
}

/**
 * Brings dead letters back to where they came from, as the newest entry of their header `x-death` tells: with the exchange and
 * the routing keys that they had. Their history stays in the headers, so that the next death counts on; a time to live that
 * they had asked for themselves does not come back. Those without a history stay, and so do those whose queue or exchange
 * is gone, or that would go nowhere, or may not go there: the result has the first such refusal. See `relocate` for what a
 * crash can do.
 *
 * @throws AmqpError for a filter that can't be
 */
export async function replayDeadLetters(
  parts: RelocationParts,
  vhost: VirtualHost,
  source: Queue,
  { to = 'queue', limit = Number.POSITIVE_INFINITY, filter = {}, selection, refusal }: ReplayOptions = {},
): Promise<RelocationResult> {
  const passes = predicateOf(filter);
  let refused: Error | undefined;
  const plan = (message: Message): Send | undefined => {
    const headers = message.properties().headers ?? EMPTY_TABLE;
    const place = passes(message) ? lastDeathPlace(headers) : undefined;
    const target = place === undefined ? undefined : targetAt(vhost, place, to);
    if (place === undefined || target === undefined) return undefined;
    const reason = refusal?.(target, place.routingKeys);
    if (reason !== undefined) {
      refused ??= reason;
      return undefined;
    }
    const letter = asPublished(message, headers, place);
    const destinations = destinationsOf(vhost, target, letter, place);
    if (destinations.queues.length === 0 || destinations.queues.includes(source)) return undefined;
    return (_message, onSafe) => sendTo(vhost, destinations, letter, onSafe);
  };
  const result = await relocate(parts, { source, limit, selection, plan });
  return { ...result, error: result.error ?? refused };
}

function targetAt(vhost: VirtualHost, place: DeathPlace, to: 'queue' | 'exchange'): Queue | Exchange | undefined {
  return to === 'queue' ? vhost.queues.get(place.queue) : vhost.exchanges.get(place.exchange);
}

function destinationsOf(
  vhost: VirtualHost,
  target: Queue | Exchange,
  letter: Message,
  { routingKeys }: DeathPlace,
): Destinations {
  if (target.kind === 'exchange') return vhost.destinationsOf(target, letter, routingKeys);
  return { queues: [target], durableIds: durableIdsOf([target]) };
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
