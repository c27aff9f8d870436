import { delayMsOf, withDelayServed } from '../../protocol/delay-header.ts';
import { Message } from '../../protocol/message.ts';
import { hasDelay, scanProperties } from '../../protocol/property-scan.ts';
import { rewriteProperties } from '../../protocol/rewritten-message.ts';
import type { Destination, MatchedBinding } from '../binding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Queue } from '../queue/queue.ts';
import { alternateOf, isQueue } from './router.ts';
import { routingKeysOf, withoutBlindCopy } from './sender-selected-keys.ts';

/** What a queue would do with a message, as things are now. */
export type Outcome = 'taken' | 'refused' | 'dead-lettered' | 'duplicate';

/** A message would come to an exchange. */
export interface TracedExchange {
  readonly exchange: Exchange;
  /** What takes it further. Of an exchange that picks by chance: all that it may pick. */
  readonly bindings: readonly MatchedBinding[];
  /** Where it goes because there are no such bindings. */
  readonly alternate: Exchange | undefined;
  /** It ends here, because the exchange has seen one like it. */
  readonly isDuplicate: boolean;
  /** It stays here for so long, and only then goes to the bindings: the exchange follows again, with them. */
  readonly delayMs: number;
  /** How long after it was published it comes here. */
  readonly afterMs: number;
  /** False: it comes here if chance wants it. */
  readonly isCertain: boolean;
}

/** A message would come to a queue. */
export interface TracedQueue {
  readonly queue: Queue;
  readonly outcome: Outcome;
  readonly afterMs: number;
  readonly isCertain: boolean;
}

/** The way that a message would take. */
export interface RouteTrace {
  readonly routingKeys: readonly string[];
  /** Each once, or twice where it delays the message. */
  readonly exchanges: readonly TracedExchange[];
  /** Each once; twice, if it would get the message at once, and again after a delay. */
  readonly queues: readonly TracedQueue[];
}

/** From where a message goes on. */
interface Departure {
  readonly exchange: Exchange;
  readonly message: Message;
  readonly afterMs: number;
  readonly isCertain: boolean;
  /** The exchange has kept it so far, and does not look at it again. */
  readonly isServed: boolean;
}

/**
 * Follows a message as the Router would, but tells the way, and leaves no trace of its own: nobody counts, keeps or remembers
 * the message. Where chance decides, all ways are followed.
 *
 * @param exchanges those of the virtual host
 * @throws AmqpError PRECONDITION_FAILED for headers that make no sense as routing keys
 */
export function traceRoute(exchanges: ReadonlyMap<string, Exchange>, start: Exchange, published: Message): RouteTrace {
  const message = withoutBlindKeys(published);
  message.isDelayed = hasDelay(scanProperties(message.header, message.headerStart, message.headerEnd));
  const walk = new Walk(exchanges, routingKeysOf(published));
  walk.follow({ exchange: start, message, afterMs: 0, isCertain: true, isServed: false });
  return walk;
}

class Walk implements RouteTrace {
  readonly routingKeys: readonly string[];
  readonly exchanges: TracedExchange[] = [];
  readonly queues: TracedQueue[] = [];
  private readonly known: ReadonlyMap<string, Exchange>;

  constructor(known: ReadonlyMap<string, Exchange>, routingKeys: readonly string[]) {
    this.known = known;
    this.routingKeys = routingKeys;
  }

  /** What is certain comes first, or something could seem to be a matter of chance that is certain on another way. */
  follow(departure: Departure): void {
    const seen = new Set<Destination>();
    const certain: Destination[] = [departure.exchange];
    const possible: Destination[] = [];
    const delayed: Departure[] = [];
    while (certain.length + possible.length > 0) {
      const isCertain = certain.length > 0 && departure.isCertain;
      const next = (certain.pop() ?? possible.pop())!;
      if (seen.has(next)) continue;
      seen.add(next);
      const arrival = { ...departure, isCertain };
      if (isQueue(next)) this.arriveAtQueue(next, arrival);
      else {
        const exchange = next as Exchange;
        const step = this.step(exchange, {
          ...arrival,
          isServed: departure.isServed && exchange === departure.exchange,
        });
        this.exchanges.push(step);
        if (step.delayMs > 0) delayed.push(served(step, departure));
        const destinations = step.bindings.map(({ destination }) => destination);
        const isPicked = exchange.index.picks === 'by chance' && destinations.length > 1;
        (isPicked || !isCertain ? possible : certain).push(
          ...destinations,
          ...(step.alternate ? [step.alternate] : []),
        );
      }
    }
    for (const each of delayed) this.follow(each);
  }

  private step(exchange: Exchange, { message, afterMs, isCertain, isServed }: Departure): TracedExchange {
    const { index, features } = exchange;
    const facts = { exchange, afterMs, isCertain, bindings: [], alternate: undefined, isDuplicate: false, delayMs: 0 };
    if (features !== undefined && !isServed) {
      if (features.deduplication?.isDuplicate(message)) return { ...facts, isDuplicate: true };
      const delayMs = features.delayed !== undefined && message.isDelayed ? delayMsOf(message) : 0;
      if (delayMs > 0) return { ...facts, delayMs };
    }
    const bindings: MatchedBinding[] = [];
    if (index.picks === 'by chance') bindings.push(...exchange.bindings);
    else index.match(this.routingKeys, message, bindings);
    return { ...facts, bindings, alternate: bindings.length === 0 ? alternateOf(exchange, this.known) : undefined };
  }

  private arriveAtQueue(queue: Queue, { message, afterMs, isCertain }: Departure): void {
    this.queues.push({ queue, outcome: outcomeOf(queue, message), afterMs, isCertain });
  }
}

/** The same message when its delay is over. */
function served({ exchange, delayMs, isCertain }: TracedExchange, { message, afterMs }: Departure): Departure {
  const onward = new Message();
  rewriteProperties(message, withDelayServed(message.properties()), onward);
  return { exchange, message: onward, afterMs: afterMs + delayMs, isCertain, isServed: true };
}

function outcomeOf(queue: Queue, message: Message): Outcome {
  if (!queue.mayRefuse) return 'taken';
  const { overflow, deadLetterExchange } = queue.settings;
  if (queue.refuses(message)) {
    return overflow === 'reject-publish' || deadLetterExchange === undefined ? 'refused' : 'dead-lettered';
  }
  return queue.isDuplicate(message) ? 'duplicate' : 'taken';
}

/** As exchanges and queues see it: what is in BCC is not passed on. */
function withoutBlindKeys(published: Message): Message {
  const properties = published.properties();
  const { headers } = properties;
  const visible = headers && withoutBlindCopy(headers);
  if (visible === undefined || visible === headers) return published;
  const message = new Message();
  rewriteProperties(published, { ...properties, headers: visible }, message);
  return message;
}
