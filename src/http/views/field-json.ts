import { argumentsToPlain } from '../../broker/plain-arguments.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Properties } from '../../protocol/properties.ts';
import type { JsonObject } from '../listing/columns.ts';

const NO_ARGUMENTS: JsonObject = {};

export function argumentsJson(table: FieldTable): JsonObject {
  return table.size === 0 ? NO_ARGUMENTS : argumentsToPlain(table);
}

/** Properties by the names that they have in RabbitMQ's API, in its order. */
const NAMES: readonly (readonly [name: string, property: Exclude<keyof Properties, 'headers'>])[] = [
  ['type', 'type'],
  ['user_id', 'userId'],
  ['app_id', 'appId'],
  ['cluster_id', 'clusterId'],
  ['timestamp', 'timestamp'],
  ['message_id', 'messageId'],
  ['expiration', 'expiration'],
  ['reply_to', 'replyTo'],
  ['correlation_id', 'correlationId'],
  ['priority', 'priority'],
  ['delivery_mode', 'deliveryMode'],
  ['content_encoding', 'contentEncoding'],
  ['content_type', 'contentType'],
];
export const PROPERTY_NAMES: ReadonlyMap<string, Exclude<keyof Properties, 'headers'>> = new Map(NAMES);

export function propertiesJson(properties: Properties): JsonObject {
  const entries = NAMES.flatMap(([name, property]) => {
    const value = properties[property];
    return value === undefined ? [] : [[name, typeof value === 'bigint' ? Number(value) : value] as const];
  });
  const { headers } = properties;
  return { ...Object.fromEntries(entries), ...(headers !== undefined && { headers: argumentsToPlain(headers) }) };
}
