import {
  type RouteTrace,
  type TracedExchange,
  type TracedQueue,
  traceRoute,
} from '../../broker/routing/route-trace.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, INTEGER, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { messageOf } from '../message.ts';
import { argumentsJson } from '../views/field-json.ts';
import { inWordsOfChannels, propertiesOf, requireShort } from './publishing.ts';

/** So many bindings of an exchange, and so many queues, are listed: counts tell how many there are. */
const LISTED = 1000;

const ROUTE = bodyOf({ routing_key: TEXT, properties: TABLE, payload_bytes: INTEGER }, ['routing_key']);

interface RouteBody {
  readonly routing_key: string;
  readonly properties?: Table;
  /** The size that the message would have: what is full depends on it. */
  readonly payload_bytes?: number;
}

/** Where a message would go, without one. */
export function addRouteTracing(routes: ApiRoutes): void {
  const about = {
    summary: 'Try a route: the exchanges, bindings and queues that a message would take. Nothing is published',
    access: 'vhost',
    body: ROUTE,
  } as const;
  routes.post<RouteBody>('/exchanges/:vhost/:name/route', about, trace);
}

function trace(call: ApiCall<RouteBody>): JsonObject {
  const { vhost, body } = call;
  const exchange = vhost.exchanges.get(call.exchangeName('name'));
  if (exchange === undefined) throw objectNotFound();
  requireShort(body.routing_key);
  const properties = propertiesOf(tableOf(body.properties));
  const message = messageOf(exchange.name, body.routing_key, properties, Buffer.alloc(0));
  message.bodySize = Math.max(0, body.payload_bytes ?? 0);
  return traceView(inWordsOfChannels(() => traceRoute(vhost.exchanges, exchange, message)));
}

function traceView({ routingKeys, exchanges, queues }: RouteTrace): JsonObject {
  return {
    routing_keys: [...routingKeys],
    exchanges: exchanges.map(exchangeStep),
    queue_count: queues.length,
    queues: queues.slice(0, LISTED).map(queueStep),
  };
}

function exchangeStep(step: TracedExchange): JsonObject {
  const { exchange, bindings, alternate, isDuplicate, delayMs, afterMs, isCertain } = step;
  return {
    exchange: exchange.name,
    type: exchange.properties.type,
    certain: isCertain,
    after_ms: afterMs,
    picks: pick(step),
    duplicate: isDuplicate,
    delay_ms: delayMs,
    alternate_exchange: exchange.settings.alternateExchange ?? null,
    goes_to_alternate: alternate !== undefined,
    binding_count: bindings.length,
    bindings: bindings.slice(0, LISTED).map(({ destination, routingKey, arguments: args }) => ({
      destination: destination.name,
      destination_type: destination.kind,
      routing_key: routingKey,
      arguments: argumentsJson(args),
    })),
  };
}

/** How the exchange has come from several bindings to those; null: it takes all that match. */
function pick({ exchange, bindings }: TracedExchange): string | null {
  if (exchange.index.picks === 'by hash') return 'hash';
  return exchange.index.picks === 'by chance' && bindings.length > 1 ? 'chance' : null;
}

function queueStep({ queue, outcome, afterMs, isCertain }: TracedQueue): JsonObject {
  return { name: queue.name, outcome, certain: isCertain, after_ms: afterMs };
}
