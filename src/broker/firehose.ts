import { EMPTY_TABLE, type FieldTable, type FieldValue } from '../protocol/field-table.ts';
import { Message } from '../protocol/message.ts';
import type { Properties } from '../protocol/properties.ts';
import { PROPERTY_NAMES } from '../protocol/property-names.ts';
import { copyBody, rewriteProperties, rewriteRoute } from '../protocol/rewritten-message.ts';
import type { InternalPublisher } from './internal-publisher.ts';
import { namesOfQueues, type Receiver } from './routing/router.ts';
import { senderSelectedKeys } from './routing/sender-selected-keys.ts';
import type { TraceOrigin, Tracer } from './tracer.ts';

export const TRACE_EXCHANGE = 'amq.rabbitmq.trace';
/** Of a routing key: a longer one is cut. */
const LIMIT_OCTETS = 255;

/** A virtual host whose messages can be traced. */
export interface TracedVhost {
  readonly name: string;
  readonly publisher: Pick<InternalPublisher, 'publish'>;
}

/**
 * Publishes a copy of each message that clients publish and are given in a virtual host, to the exchange `amq.rabbitmq.trace`,
 * in RabbitMQ's shape: routing keys `publish.<exchange>` and `deliver.<queue>`, the message's own properties among the headers.
 * What a traced copy causes is not traced. A virtual host has one only while it is traced.
 */
export class Firehose implements Tracer {
  private readonly vhost: TracedVhost;
  private readonly node: string;
  private waiting: Message[] = [];

  /** @param node the broker's name */
  constructor(vhost: TracedVhost, node: string) {
    this.vhost = vhost;
    this.node = node;
  }

  published(
    message: Message,
    routingKeys: readonly string[],
    receivers: readonly Receiver[],
    origin: TraceOrigin,
  ): void {
    const headers = this.headers(message, routingKeys, {}, origin);
    this.trace(message, `publish.${message.exchange}`, { ...headers, routed_queues: texts(namesOfQueues(receivers)) });
  }

  /** The keys that were in BCC are not known any more. */
  delivered(message: Message, queue: string, redelivered: boolean, origin: TraceOrigin): void {
    if (message.exchange === TRACE_EXCHANGE) return;
    const routingKeys = [message.routingKey, ...senderSelectedKeys(message.properties().headers ?? EMPTY_TABLE)];
    const facts = { redelivered: integer(redelivered ? 1 : 0) };
    this.trace(message, `deliver.${queue}`, this.headers(message, routingKeys, facts, origin));
  }

  private headers(
    message: Message,
    routingKeys: readonly string[],
    facts: Readonly<Record<string, FieldValue>>,
    { connection, channel, user }: TraceOrigin,
  ): Readonly<Record<string, FieldValue>> {
    return {
      exchange_name: text(message.exchange),
      routing_keys: texts(routingKeys),
      properties: { type: 'table', value: propertyTable(message.properties()) },
      node: text(this.node),
      ...facts,
      vhost: text(this.vhost.name),
      connection: text(connection),
      channel: integer(channel),
      user: text(user),
    };
  }

  /** Copies the message, and publishes the copy when what is going on is done: views of stored messages stay valid in it. */
  private trace(message: Message, key: string, headers: Readonly<Record<string, FieldValue>>): void {
    const copy = new Message();
    rewriteProperties(message, { headers: new Map(Object.entries(headers)) }, copy);
    rewriteRoute(copy, TRACE_EXCHANGE, cut(key));
    copyBody(copy);
    if (this.waiting.push(copy) === 1) queueMicrotask(() => this.publishWaiting());
  }

  private publishWaiting(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const message of waiting) this.vhost.publisher.publish(message, () => undefined);
  }
}

/** As much of it as a short string can be, without a part of a character. */
function cut(key: string): string {
  if (Buffer.byteLength(key) <= LIMIT_OCTETS) return key;
  let end = LIMIT_OCTETS;
  const octets = Buffer.from(key);
  while ((octets[end]! & 0xc0) === 0x80) end--;
  return octets.toString('utf8', 0, end);
}

/** In the order in which RabbitMQ's headers have them. */
const SHOWN: readonly (keyof Properties)[] = [
  'clusterId',
  'appId',
  'userId',
  'type',
  'timestamp',
  'messageId',
  'expiration',
  'replyTo',
  'correlationId',
  'priority',
  'deliveryMode',
  'headers',
  'contentEncoding',
  'contentType',
];

function propertyTable(properties: Properties): FieldTable {
  const table = new Map<string, FieldValue>();
  for (const property of SHOWN) {
    const value = properties[property];
    if (value !== undefined) table.set(PROPERTY_NAMES[property], fieldValue(value));
  }
  return table;
}

function fieldValue(value: string | number | bigint | FieldTable): FieldValue {
  if (typeof value === 'string') return text(value);
  if (typeof value === 'object') return { type: 'table', value };
  return integer(value);
}

function integer(value: number | bigint): FieldValue {
  const isShort = typeof value === 'number' && (value | 0) === value;
  return { type: isShort ? 'signedint' : 'long', value };
}

function text(value: string): FieldValue {
  return { type: 'longstr', value };
}

function texts(values: readonly string[]): FieldValue {
  return { type: 'array', value: values.map(text) };
}
