import { argumentsToPlain } from '../../broker/plain-arguments.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Properties } from '../../protocol/properties.ts';
import { PROPERTY_NAMES } from '../../protocol/property-names.ts';
import type { JsonObject } from '../listing/columns.ts';

const NO_ARGUMENTS: JsonObject = {};

export function argumentsJson(table: FieldTable): JsonObject {
  return table.size === 0 ? NO_ARGUMENTS : argumentsToPlain(table);
}

/** Those that are shown as they are, in the order in which RabbitMQ's API has them. */
const SHOWN: readonly Exclude<keyof Properties, 'headers'>[] = [
  'type',
  'userId',
  'appId',
  'clusterId',
  'timestamp',
  'messageId',
  'expiration',
  'replyTo',
  'correlationId',
  'priority',
  'deliveryMode',
  'contentEncoding',
  'contentType',
];

/** The property that the API calls so; undefined: there is none, or it is the headers. */
export function propertyNamed(name: string): Exclude<keyof Properties, 'headers'> | undefined {
  return SHOWN.find((property) => PROPERTY_NAMES[property] === name);
}

export function propertiesJson(properties: Properties): JsonObject {
  const entries = SHOWN.flatMap((property) => {
    const value = properties[property];
    return value === undefined
      ? []
      : [[PROPERTY_NAMES[property], typeof value === 'bigint' ? Number(value) : value] as const];
  });
  const { headers } = properties;
  return { ...Object.fromEntries(entries), ...(headers !== undefined && { headers: argumentsToPlain(headers) }) };
}
