import { isUtf8 } from 'node:buffer';
import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import type { Queue, TakenMessage } from '../../broker/queue/queue.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { Message } from '../../protocol/message.ts';
import type { Properties } from '../../protocol/properties.ts';
import { requirePermission, requireTopicPermission } from '../../server/access.ts';
import { validateDeliveryMode, validateExpiration, validateUserId } from '../../server/message-validation.ts';
import type { Json } from '../../storage/definition-line.ts';
import { TimeSlices } from '../../time/time-slices.ts';
import { type ApiCall, CHANGED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { ANYTHING, bodyOf, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { badRequest, HttpError } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { messageOf } from '../message.ts';
import { PROPERTY_NAMES, propertiesJson } from '../views/field-json.ts';
import { requireQueue } from './queues.ts';

const ACCESS = 'vhost';
/** An answer ends with the message that makes it so long, since it is made in memory. */
const ANSWER_LIMIT_OCTETS = 16 * 1024 * 1024;
/** Texts that a short string can't hold. */
const SHORT_STRING_OCTETS = 255;

const PUBLISH = bodyOf({ properties: TABLE, routing_key: TEXT, payload: ANYTHING, payload_encoding: TEXT }, [
  'properties',
  'routing_key',
  'payload',
  'payload_encoding',
]);
const ACK_MODES = ['ack_requeue_true', 'ack_requeue_false', 'reject_requeue_true', 'reject_requeue_false'] as const;
const GET = bodyOf(
  {
    count: { type: ['integer', 'string'] },
    ackmode: { enum: ACK_MODES },
    encoding: TEXT,
    truncate: { type: ['integer', 'string'] },
  },
  ['count', 'ackmode', 'encoding'],
);

interface PublishBody {
  readonly properties: Table;
  readonly routing_key: string;
  readonly payload: Json;
  readonly payload_encoding: string;
}

interface GetBody {
  readonly count: number | string;
  readonly ackmode: (typeof ACK_MODES)[number];
  readonly encoding: string;
  readonly truncate?: number | string;
}

/** Messages in and out, for trying things out: each is a request of its own. */
export function addMessages(routes: ApiRoutes): void {
  const publishing = { summary: 'Publish a message', access: ACCESS, body: PUBLISH } as const;
  routes.post<PublishBody>('/exchanges/:vhost/:name/publish', publishing, publish);
  const getting = {
    summary: 'Get messages; ackmode says whether they stay, encoding how they are shown (auto, base64)',
    access: ACCESS,
    body: GET,
  } as const;
  routes.post<GetBody>('/queues/:vhost/:name/get', getting, get);
  routes.delete('/queues/:vhost/:name/contents', { summary: 'Purge a queue', access: ACCESS }, purge);
}

/** The answer says whether the message went to a queue. It is on disk by then, if it is persistent and a queue durable. */
async function publish(call: ApiCall<PublishBody>): Promise<JsonObject> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.exchangeName('name');
  if (Buffer.byteLength(body.routing_key) > SHORT_STRING_OCTETS) throw badRequest('routing_key_too_long');
  const payload = payloadOf(body);
  const properties = propertiesOf(tableOf(body.properties));
  requirePermission({ user, vhost }, 'write', 'exchange', name);
  const exchange = vhost.exchanges.get(name);
  if (exchange === undefined) throw badRequest(`404 NOT_FOUND - no exchange '${name}' in vhost '${vhost.name}'`);
  if (exchange.properties.internal) {
    throw new AmqpError('ACCESS_REFUSED', `cannot publish to internal ${exchange}`);
  }
  requireTopicPermission({ user, vhost }, 'write', exchange, body.routing_key);
  const limit = call.context.broker.config.maxMessageSizeOctets;
  if (payload.length > limit)
    throw badRequest(`message size ${payload.length} is larger than configured max size ${limit}`);
  inWordsOfChannels(() => validate(properties, call));
  const message = messageOf(name, body.routing_key, properties, payload);
  return new Promise((resolve) => {
    let isSafe = false;
    const answer = () => {
      if (isSafe && isRouted !== undefined) resolve({ routed: isRouted });
    };
    let isRouted: boolean | undefined;
    const receivers = vhost.publisher.publish(message, () => {
      isSafe = true;
      answer();
    });
    isRouted = receivers.length > 0;
    answer();
  });
}

function payloadOf({ payload, payload_encoding: encoding }: PublishBody): Buffer {
  if (typeof payload !== 'string') throw badRequest('payload_not_string');
  if (encoding === 'string') return Buffer.from(payload);
  if (encoding !== 'base64') throw badRequest(['unsupported_encoding', encoding]);
  if (!/^[A-Za-z0-9+/\s]*=*\s*$/.test(payload)) throw badRequest(['not_base64', payload]);
  return Buffer.from(payload, 'base64');
}

function propertiesOf(table: Readonly<Record<string, Json>>): Properties {
  const plain = Object.entries(table).flatMap(([name, value]) => {
    const property = PROPERTY_NAMES.get(name);
    return property === undefined ? [] : [[property, propertyOf(name, value)]];
  });
  const { headers } = table;
  return {
    ...(Object.fromEntries(plain) as Properties),
    ...(headers !== undefined && { headers: argumentsFromPlain(tableOf(headers as Table)) }),
  };
}

const LARGEST_NUMBERS: Readonly<Record<string, number>> = {
  delivery_mode: 255,
  priority: 255,
  timestamp: Number.MAX_SAFE_INTEGER,
};

function propertyOf(name: string, value: Json): Json {
  const largest = LARGEST_NUMBERS[name];
  if (largest === undefined) {
    if (typeof value !== 'string') throw badRequest(['not_string', name]);
    if (Buffer.byteLength(value) > SHORT_STRING_OCTETS) throw badRequest(['too_long', name]);
    return value;
  }
  if (!Number.isSafeInteger(value) || (value as number) < 0 || (value as number) > largest) {
    throw badRequest(['not_int', name]);
  }
  return value;
}

function validate({ userId, expiration, deliveryMode }: Properties, { user }: ApiCall<PublishBody>): void {
  if (userId !== undefined) validateUserId(userId, user);
  if (expiration !== undefined) validateExpiration(expiration);
  if (deliveryMode !== undefined) validateDeliveryMode(deliveryMode);
}

/** RabbitMQ's API passes on what its channel was closed with. */
function inWordsOfChannels(action: () => void): void {
  try {
    action();
  } catch (error) {
    throw error instanceof AmqpError ? badRequest(`${error.replyCode} ${error.replyText}`) : error;
  }
}

/** All are taken before any is put back, or the first one would come again and again. */
async function get(call: ApiCall<GetBody>): Promise<readonly JsonObject[]> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.part('name');
  const count = wholeNumber(body.count);
  const truncate = body.truncate === undefined ? Number.POSITIVE_INFINITY : wholeNumber(body.truncate);
  if (body.encoding !== 'auto' && body.encoding !== 'base64') {
    throw badRequest('Unsupported encoding. Please use auto or base64.');
  }
  if (!vhost.queues.has(name)) {
    throw new HttpError(404, 'not_found', `NOT_FOUND - no queue '${name}' in vhost '${vhost.name}'`);
  }
  requirePermission({ user, vhost }, 'read', 'queue', name);
  const queue = vhost.queue(name, call);
  const slices = new TimeSlices();
  const taken: TakenMessage[] = [];
  const shown: JsonObject[] = [];
  try {
    for (let octets = 0; taken.length < count && octets < ANSWER_LIMIT_OCTETS; ) {
      const next = queue.get();
      if (next === undefined) break;
      taken.push(next);
      const message = queue.view(next.slot);
      octets += message.bodySize;
      shown.push(shownMessage(message, next, queue, body.encoding, truncate));
      if (slices.isOver) await slices.next();
    }
  } finally {
    settle(queue, taken, body.ackmode);
  }
  await call.committed();
  return shown;
}

function shownMessage(
  message: Message,
  { redelivered }: TakenMessage,
  queue: Queue,
  encoding: string,
  truncate: number,
): JsonObject {
  const { bodySize, exchange, routingKey, pieces, body, bodyStart, bodyEnd } = message;
  const octets = pieces === undefined ? body.subarray(bodyStart, bodyEnd) : Buffer.concat(pieces);
  const payload = octets.subarray(0, Math.max(0, truncate));
  const isText = encoding === 'auto' && isUtf8(payload);
  return {
    payload_bytes: bodySize,
    redelivered,
    exchange,
    routing_key: routingKey,
    message_count: queue.readyCount,
    properties: propertiesJson(message.properties()),
    payload: payload.toString(isText ? 'utf8' : 'base64'),
    payload_encoding: isText ? 'string' : 'base64',
  };
}

function settle(queue: Queue, taken: readonly TakenMessage[], ackMode: GetBody['ackmode']): void {
  for (const { slot, sequence } of taken) {
    if (ackMode === 'ack_requeue_false') queue.settle(slot);
    else if (ackMode === 'reject_requeue_false') queue.reject(slot);
    else queue.requeue(slot, sequence, ackMode === 'reject_requeue_true');
  }
  queue.pump();
}

function wholeNumber(value: number | string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || value === '') throw badRequest(['not_integer', value]);
  return number;
}

async function purge(call: ApiCall): Promise<Done> {
  const { vhost, user } = call;
  const { name } = requireQueue(call);
  requirePermission({ user, vhost }, 'read', 'queue', name);
  vhost.queue(name, call).purge();
  await call.committed();
  return CHANGED;
}
