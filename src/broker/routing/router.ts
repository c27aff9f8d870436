import type { Message } from '../../protocol/message.ts';
import { FLAG_EXPIRATION } from '../../protocol/properties.ts';
import type { Destination, MatchedBinding } from '../binding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Keeper } from '../exchange/keeper.ts';
import type { Queue } from '../queue/queue.ts';

/** What a message can be handed to: a queue, or what an exchange keeps it in. */
export type Receiver = Queue | Keeper;

/** Where a message goes. */
export interface Destinations {
  /** Each queue once, however many bindings lead to it. */
  readonly queues: readonly Receiver[];
  /** The numbers of those that are durable. */
  readonly durableIds: Int32Array;
}

export interface RoutingResult extends Destinations {
  /** True: the same exchange and routing key lead to the same queues until the topology changes. */
  readonly isKeyed: boolean;
}

const NO_IDS = new Int32Array(0);
/** The search for a route by its key, where that does not decide. */
export const NOT_KEYED: RoutingResult = { queues: [], durableIds: NO_IDS, isKeyed: false };

/**
 * Follows a message from its exchange through bindings to queues, across exchanges bound to exchanges. Where an exchange
 * on the way has no destination for it, its alternate exchange is the next.
 */
export class Router {
  private readonly exchanges: ReadonlyMap<string, Exchange>;
  private pass = 0;

  /** @param exchanges those of the virtual host, by name: alternate exchanges are among them, or missing */
  constructor(exchanges: ReadonlyMap<string, Exchange>) {
    this.exchanges = exchanges;
  }

  /** Finds where the message goes, and passes it through the exchanges on the way. */
  route(exchange: Exchange, routingKeys: readonly string[], message: Message): Destinations {
    return this.follow(exchange, routingKeys, message, false);
  }

  /** The same for a message that the exchange has kept so far: it goes straight to the bindings. */
  routeOnward(exchange: Exchange, routingKeys: readonly string[], message: Message): Destinations {
    return this.follow(exchange, routingKeys, message, false, exchange);
  }

  /**
   * Finds where all messages with that routing key go, as long as only the key counts: the first exchange that looks at
   * the message itself ends the search, and has not seen the message.
   */
  routeByKey(exchange: Exchange, routingKey: string, message: Message): RoutingResult {
    return this.follow(exchange, [routingKey], message, true);
  }

  private follow(
    exchange: Exchange,
    routingKeys: readonly string[],
    message: Message,
    byKeyOnly: boolean,
    admitted?: Exchange,
  ): RoutingResult {
    const pass = ++this.pass;
    const queues: Receiver[] = [];
    const witnesses: Keeper[] = [];
    const exchanges = [exchange];
    const matched: MatchedBinding[] = [];
    exchange.routedIn = pass;
    for (let next = exchanges.pop(); next !== undefined; next = exchanges.pop()) {
      if (byKeyOnly && !next.isKeyed) return NOT_KEYED;
      if (next.features !== undefined && next !== admitted && !next.features.admit(message, queues, witnesses))
        continue;
      const { index } = next;
      matched.length = 0;
      index.record?.(message);
      index.match(routingKeys, message, matched);
      for (const { destination } of matched) {
        if (destination.routedIn === pass) continue; // a second binding, or a cycle
        destination.routedIn = pass;
        if (isQueue(destination)) queues.push(destination);
        else exchanges.push(destination as Exchange);
      }
      const alternate = matched.length === 0 ? alternateOf(next, this.exchanges) : undefined;
      if (alternate === undefined || alternate.routedIn === pass) continue;
      alternate.routedIn = pass;
      exchanges.push(alternate);
    }
    if (queues.length > 0) queues.push(...witnesses);
    return { queues, durableIds: durableIdsOf(queues), isKeyed: byKeyOnly };
  }
}

/** Which exchange gets what this one has no destination for, if any. */
export function alternateOf({ settings }: Exchange, exchanges: ReadonlyMap<string, Exchange>): Exchange | undefined {
  const { alternateExchange } = settings;
  return alternateExchange ? exchanges.get(alternateExchange) : undefined; // the default exchange would lead nowhere
}

/** The names of the queues among them. */
export function namesOfQueues(receivers: readonly Receiver[]): string[] {
  return receivers.flatMap((receiver) => (receiver.kind === 'queue' ? [receiver.name] : []));
}

/** The numbers of the durable ones among the queues. */
export function durableIdsOf(queues: readonly Receiver[]): Int32Array {
  const durable = queues.filter(({ durableId }) => durableId !== 0);
  return durable.length === 0 ? NO_IDS : Int32Array.from(durable, ({ durableId }) => durableId);
}

/** Queues that have no message with a time to live of its own yet have to know of the first. */
export function announceExpiration({ propertyFlags }: Message, queues: readonly Receiver[]): void {
  if ((propertyFlags & FLAG_EXPIRATION) === 0) return;
  for (const queue of queues) if (queue.kind === 'queue') queue.expectExpiration();
}

export function isQueue(destination: Destination): destination is Queue {
  return destination.kind === 'queue';
}
