import type { BrowsedMessage } from '../../broker/operations/browse-messages.ts';
import type { MessageFilter } from '../../broker/operations/message-filter.ts';
import type { MoveOptions } from '../../broker/operations/move-messages.ts';
import type { RelocationResult } from '../../broker/operations/relocation.ts';
import type { ReplayOptions } from '../../broker/operations/replay-dead-letters.ts';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { permissionRefusal, publishRefusal, requirePermission } from '../../server/channel/access.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, INTEGER, type JsonSchema, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import type { JsonObject } from '../listing/columns.ts';
import { propertiesJson } from '../views/field-json.ts';
import { payloadView } from '../views/payload-view.ts';
import { requireQueue } from './queues.ts';

const access = 'vhost';
const FILTER = bodyOf({ routing_key: TEXT, headers: TABLE, min_payload_bytes: INTEGER, max_payload_bytes: INTEGER });
/** Tickets of messages, as browsing tells them: no more than it shows at a time. */
const SELECTION: JsonSchema = { type: 'array', items: TEXT, maxItems: 1000, description: 'tickets of messages' };
const WHICH = { limit: INTEGER, filter: FILTER, selection: SELECTION };
const MOVE = bodyOf({ destination: TEXT, ...WHICH }, ['destination']);
const REPLAY = bodyOf({ to: { enum: ['queue', 'exchange'] }, ...WHICH });
const BROWSE = bodyOf(
  { count: INTEGER, truncate: INTEGER, after: { ...INTEGER, description: 'a position: only those behind it' } },
  ['count'],
);

interface RelocationBody {
  readonly limit?: number;
  readonly selection?: readonly string[];
  readonly filter?: {
    readonly routing_key?: string;
    readonly headers?: Table;
    readonly min_payload_bytes?: number;
    readonly max_payload_bytes?: number;
  };
}

interface BrowseBody {
  readonly count: number;
  readonly truncate?: number;
  readonly after?: number;
}

/** What RabbitMQ's API has not: a queue that is held up, and messages that are looked at and moved where they lie. */
export function addOperations(routes: ApiRoutes): void {
  const path = '/queues/:vhost/:name';
  const pausing = { summary: 'Pause a queue: consumers stay, and get nothing', access } as const;
  routes.put(`${path}/pause`, pausing, async (call) => {
    const { vhost, name } = permitted(call, 'configure');
    await call.context.administration.pauseQueue(vhost, name);
    return CHANGED;
  });
  routes.put(`${path}/resume`, { summary: 'Let a paused queue go on', access }, async (call) => {
    const { vhost, name } = permitted(call, 'configure');
    await call.context.administration.resumeQueue(vhost, name);
    return CHANGED;
  });
  const moving = { summary: 'Move ready messages to the end of another queue', access, body: MOVE } as const;
  routes.post<RelocationBody & { destination: string }>(`${path}/move`, moving, move);
  const replaying = {
    summary: 'Bring dead letters back to the queue or the exchange that they came from',
    access,
    body: REPLAY,
  } as const;
  routes.post<RelocationBody & { to?: 'queue' | 'exchange' }>(`${path}/replay`, replaying, replay);
  const browsing = {
    summary: 'Look at ready messages, which stay as they are: the first ones, or those behind a position',
    access,
    body: BROWSE,
  } as const;
  routes.post<BrowseBody>(`${path}/browse`, browsing, browse);
}

/**
 * The queue in the path.
 * @throws HttpError 404; AmqpError ACCESS_REFUSED without the permission, RESOURCE_LOCKED if it is exclusive to a connection
 */
function permitted(call: ApiCall, permission: 'configure' | 'read'): { vhost: string; name: string } {
  const { name } = requireQueue(call);
  requirePermission(call, permission, 'queue', name);
  call.vhost.queue(name, call);
  return { vhost: call.vhost.name, name };
}

async function move(call: ApiCall<RelocationBody & { destination: string }>): Promise<JsonObject> {
  const { vhost, name } = permitted(call, 'read');
  const { destination } = call.body;
  requirePermission(call, 'write', 'queue', destination);
  return report(await call.context.administration.moveMessages(vhost, name, destination, optionsOf(call.body)));
}

/** Where messages go, each of them says itself: every target is asked for, besides what it takes to take them out. */
async function replay(call: ApiCall<RelocationBody & { to?: 'queue' | 'exchange' }>): Promise<JsonObject> {
  const { vhost, name } = permitted(call, 'read');
  requirePermission(call, 'configure', 'queue', name);
  const options = { ...optionsOf(call.body), to: call.body.to ?? 'queue', refusal: refusalFor(call) };
  const result = await call.context.administration.replayDeadLetters(vhost, name, options);
  if (result.moved === 0 && isRefusal(result.error)) throw result.error;
  return report(result);
}

/** As for a move into the queue, or a publish to the exchange. */
function refusalFor({ user, vhost }: ApiCall<unknown>): NonNullable<ReplayOptions['refusal']> {
  return (target, routingKeys) =>
    target.kind === 'queue'
      ? permissionRefusal({ user, vhost }, 'write', 'queue', target.name)
      : publishRefusal({ user, vhost }, target, routingKeys);
}

function isRefusal(error: Error | undefined): error is AmqpError {
  return error instanceof AmqpError && error.reply === 'ACCESS_REFUSED';
}

function optionsOf({ limit, filter, selection }: RelocationBody): MoveOptions {
  return {
    ...(limit !== undefined && { limit }),
    ...(filter !== undefined && { filter: filterOf(filter) }),
    ...(selection !== undefined && { selection: new Set(selection) }),
  };
}

function filterOf(filter: NonNullable<RelocationBody['filter']>): MessageFilter {
  const { routing_key: routingKey, headers, min_payload_bytes: least, max_payload_bytes: most } = filter;
  return {
    ...(routingKey !== undefined && { routingKey }),
    ...(headers !== undefined && { headers: argumentsFromPlain(tableOf(headers)) }),
    ...(least !== undefined && { minBodySizeOctets: least }),
    ...(most !== undefined && { maxBodySizeOctets: most }),
  };
}

function report({ moved, stayed, error }: RelocationResult): JsonObject {
  return { moved, stayed, error: error?.message ?? null };
}

async function browse(call: ApiCall<BrowseBody>): Promise<readonly JsonObject[]> {
  const { vhost, name } = permitted(call, 'read');
  const { count, truncate, after } = call.body;
  const options = {
    count: Math.max(0, count),
    ...(truncate !== undefined && { bodyLimitOctets: Math.max(0, truncate) }),
    ...(after !== undefined && { after: Math.max(-1, after) }),
  };
  const messages = await call.context.administration.browseMessages(vhost, name, options);
  return messages.map(browsedView);
}

function browsedView({ bodySizeOctets, body, ...message }: BrowsedMessage): JsonObject {
  return {
    position: message.position,
    ticket: message.ticket,
    redelivered: message.redelivered,
    exchange: message.exchange,
    routing_key: message.routingKey,
    received_at: message.timestampMs,
    properties: propertiesJson(message.properties),
    ...payloadView(body, bodySizeOctets),
  };
}
