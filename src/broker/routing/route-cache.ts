import type { Message } from '../../protocol/message.ts';
import { sameOctets } from '../../protocol/octets.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { RoutingResult } from './router.ts';

/** Where the octets of an exchange and a routing key led to; unless that is keyed, it is to be found for each message. */
export interface Route extends RoutingResult {
  readonly octets: Buffer;
  readonly exchange: Exchange;
  /** The topology that the route holds for. */
  readonly epoch: number;
}

const ENTRIES = 4096;

/**
 * Routes by the octets of exchange and routing key as they stand in basic.publish, so that a publish to a known route
 * decodes nothing. Direct-mapped and of fixed size: a route takes the place of another one with the same hash.
 */
export class RouteCache {
  private readonly entries: (Route | undefined)[] = new Array(ENTRIES).fill(undefined);

  /** The route of the message's octets, if it is known and of the epoch. */
  find(message: Message, epoch: number): Route | undefined {
    const { route, routeStart, routeEnd } = message;
    const entry = this.entries[hash(route, routeStart, routeEnd)];
    if (entry === undefined || entry.epoch !== epoch || !sameOctets(route, routeStart, routeEnd, entry.octets)) {
      return undefined;
    }
    return entry;
  }

  put(route: Route): void {
    this.entries[hash(route.octets, 0, route.octets.length)] = route;
  }
}

/** FNV-1a, folded to an index: a multiplication an octet. */
function hash(octets: Buffer, start: number, end: number): number {
  let value = 0x811c9dc5;
  for (let i = start; i < end; i++) value = Math.imul(value ^ octets[i]!, 0x01000193);
  return (value ^ (value >>> 16)) & (ENTRIES - 1);
}
