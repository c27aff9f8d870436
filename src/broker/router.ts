import type { Message } from '../protocol/message.ts';
import type { Destination } from './binding.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';

export interface RoutingResult {
  /** Each queue once, however many bindings lead to it. */
  readonly queues: readonly Queue[];
  /** The numbers of those that are durable. */
  readonly durableIds: Int32Array;
  /** True: the same exchange and routing key lead to the same queues until the topology changes. */
  readonly isKeyed: boolean;
}

/** Follows a message from its exchange through bindings to queues, across exchanges bound to exchanges. */
export class Router {
  private pass = 0;

  route(exchange: Exchange, routingKey: string, message: Message): RoutingResult {
    const pass = ++this.pass;
    const queues: Queue[] = [];
    const exchanges = [exchange];
    const matched: Destination[] = [];
    let isKeyed = true;
    exchange.routedIn = pass;
    for (let next = exchanges.pop(); next !== undefined; next = exchanges.pop()) {
      isKeyed &&= next.index.isKeyed;
      matched.length = 0;
      next.index.match(routingKey, message, matched);
      for (const destination of matched) {
        if (destination.routedIn === pass) continue; // a second binding, or a cycle
        destination.routedIn = pass;
        if (isQueue(destination)) queues.push(destination);
        else exchanges.push(destination as Exchange);
      }
    }
    return { queues, durableIds: durableIdsOf(queues), isKeyed };
  }
}

const NO_IDS = new Int32Array(0);

/** The numbers of the durable ones among the queues. */
export function durableIdsOf(queues: readonly Queue[]): Int32Array {
  const durable = queues.filter(({ durableId }) => durableId !== 0);
  return durable.length === 0 ? NO_IDS : Int32Array.from(durable, ({ durableId }) => durableId);
}

function isQueue(destination: Destination): destination is Queue {
  return destination.kind === 'queue';
}
