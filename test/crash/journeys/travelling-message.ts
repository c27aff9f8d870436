import { isDeepStrictEqual } from 'node:util';
import { type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import { decodeProperties, encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import type { Random } from '../../support/random.ts';
import { type NumberedMessage, numberedMessage, type ReceivedContent, splitName } from '../numbered-message.ts';
import type { Journey } from './journeys.ts';

/** What a message asks the broker for, in milliseconds from when it is published. */
export interface Wishes {
  readonly delayMs: number;
  readonly expirationMs: number | undefined;
}

export function wishesOf({ delayMs, expirationMs }: Journey, random: Random): Wishes {
  return { delayMs: delayMs?.(random) ?? 0, expirationMs: expirationMs?.(random) };
}

/** The publisher's message of that number, with properties that send it on its journey. */
export function travellingMessage(publisher: string, number: number, wishes: Wishes): NumberedMessage {
  const message = numberedMessage(publisher, number);
  const { delayMs, expirationMs } = wishes;
  const asked: [string, FieldValue][] = [['x-deduplication-header', { type: 'longstr', value: message.name }]];
  if (delayMs > 0) asked.push(['x-delay', { type: 'signedint', value: delayMs }]);
  const properties: Properties = { ...message.properties };
  properties.headers = new Map([...(properties.headers ?? []), ...asked]);
  if (expirationMs !== undefined) properties.expiration = `${expirationMs}`;
  return { ...message, properties };
}

/** What is different about a message that has travelled, but for what travelling changes. */
export function travelDamage(name: string, { properties, body }: ReceivedContent): string | undefined {
  const [publisher, number] = splitName(name);
  const sent = numberedMessage(publisher, number);
  if (!sent.body.equals(body)) return `body: ${body.length} octets of ${sent.body.length}`;
  const { headers: sentHeaders = fieldTable({}), expiration: _sent, ...sentRest } = normal(sent.properties);
  const { headers = fieldTable({}), expiration: _received, ...rest } = properties;
  if (!isDeepStrictEqual(rest, sentRest)) return `properties: ${JSON.stringify(rest)}`;
  for (const [key, value] of sentHeaders) {
    if (!isDeepStrictEqual(headers.get(key), value)) return `header ${key}`;
  }
  return undefined;
}

/** As they are when they are received: for some values there are two spellings. */
function normal(properties: Properties): Properties {
  const header = encodeContentHeader(0, properties);
  return decodeProperties(header, 0, header.length);
}

/** Where a message died last, and of what. */
export interface LastDeath {
  readonly queue: unknown;
  readonly reason: unknown;
}

export function lastDeathOf(headers: FieldTable | undefined): LastDeath | undefined {
  const deaths = headers?.get('x-death');
  const last = deaths?.type === 'array' ? deaths.value[0] : undefined;
  if (last?.type !== 'table') return undefined;
  return { queue: last.value.get('queue')?.value, reason: last.value.get('reason')?.value };
}
