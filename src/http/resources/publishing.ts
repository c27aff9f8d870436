import { argumentsFromPlain } from '../../broker/plain-arguments.ts';
import { senderSelectedKeys, withoutBlindCopy } from '../../broker/routing/sender-selected-keys.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import type { Properties } from '../../protocol/properties.ts';
import { requirePermission, requirePublishableTopics } from '../../server/channel/access.ts';
import { validateDeliveryMode, validateExpiration, validateUserId } from '../../server/channel/message-validation.ts';
import { isWithin } from '../../server/definitions/json-size.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { ApiCall } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { ANYTHING, bodyOf, TABLE, type Table, TEXT, tableOf } from '../body-schema.ts';
import { badRequest, HttpError } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { messageOf } from '../message.ts';
import { RequestChannel } from '../request-channel.ts';
import { propertyNamed } from '../views/field-json.ts';

/** Texts that a short string can't hold. */
const SHORT_STRING_OCTETS = 255;

const PUBLISH = bodyOf({ properties: TABLE, routing_key: TEXT, payload: ANYTHING, payload_encoding: TEXT }, [
  'properties',
  'routing_key',
  'payload',
  'payload_encoding',
]);

/** They are sent in one frame. */
const PROPERTIES_LIMIT_OCTETS = 131_072;

interface PublishBody {
  readonly properties: Table;
  readonly routing_key: string;
  readonly payload: Json;
  readonly payload_encoding: string;
}

/** Publishing for trying things out: a request for each message. */
export function addPublishing(routes: ApiRoutes): void {
  const about = { summary: 'Publish a message', access: 'vhost', body: PUBLISH, takesLargeBody: true } as const;
  routes.post<PublishBody>('/exchanges/:vhost/:name/publish', about, publish);
}

/** The answer says whether the message went to a queue. It is on disk by then, if it is persistent and a queue durable. */
async function publish(call: ApiCall<PublishBody>): Promise<JsonObject> {
  const { vhostToChange: vhost, user, body } = call;
  const name = call.exchangeName('name');
  requireShort(body.routing_key);
  if (!isWithin(PROPERTIES_LIMIT_OCTETS, tableOf(body.properties))) throw badRequest('properties are too large');
  const payload = payloadOf(body);
  const properties = propertiesOf(tableOf(body.properties));
  requirePermission({ user, vhost }, 'write', 'exchange', name);
  const { alarms } = call.context.broker;
  if (alarms.isRaised) throw new HttpError(503, 'service_unavailable', alarms.reason);
  const exchange = vhost.exchanges.get(name);
  if (exchange === undefined) throw badRequest(`404 NOT_FOUND - no exchange '${name}' in vhost '${vhost.name}'`);
  if (exchange.properties.internal) {
    throw new AmqpError('ACCESS_REFUSED', `cannot publish to internal ${exchange}`);
  }
  const limit = call.context.broker.config.maxMessageSizeOctets;
  if (payload.length > limit)
    throw badRequest(`message size ${payload.length} is larger than configured max size ${limit}`);
  inWordsOfChannels(() => validate(properties, call));
  const { headers = EMPTY_TABLE } = properties;
  const routingKeys = [body.routing_key, ...inWordsOfChannels(() => senderSelectedKeys(headers))];
  requirePublishableTopics({ user, vhost }, exchange, routingKeys);
  const visible = withoutBlindCopy(headers);
  const passedOn = visible === headers ? properties : { ...properties, headers: visible };
  const message = messageOf(name, body.routing_key, passedOn, payload);
  const { isRouted, isRefused } = new RequestChannel(vhost, user).publish(exchange, message, routingKeys);
  await call.committed();
  if (isRefused) throw badRequest('rejected Unable to publish message. Check queue limits.');
  return { routed: isRouted };
}

/** @throws HttpError 400 */
export function requireShort(routingKey: string): void {
  if (Buffer.byteLength(routingKey) > SHORT_STRING_OCTETS) throw badRequest('routing_key_too_long');
}

function payloadOf({ payload, payload_encoding: encoding }: PublishBody): Buffer {
  if (typeof payload !== 'string') throw badRequest('payload_not_string');
  if (encoding === 'string') return Buffer.from(payload);
  if (encoding !== 'base64') throw badRequest(['unsupported_encoding', encoding]);
  if (!/^[A-Za-z0-9+/\s]*=*\s*$/.test(payload)) throw badRequest(['not_base64', payload]);
  return Buffer.from(payload, 'base64');
}

/** A message's properties as the API has them. @throws HttpError 400 */
export function propertiesOf(table: Readonly<Record<string, Json>>): Properties {
  const plain = Object.entries(table).flatMap(([name, value]) => {
    const property = propertyNamed(name);
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
export function inWordsOfChannels<Result>(action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw error instanceof AmqpError ? badRequest(`${error.replyCode} ${error.replyText}`) : error;
  }
}
