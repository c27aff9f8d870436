import { AmqpError } from './amqp-error.ts';
import { BASIC_CLASS_ID } from './constants.ts';
import { FieldReader, type FieldTable, writeTable } from './field-table.ts';
import { OctetWriter } from './octet-writer.ts';

/** The properties of class basic, in the order of their flags from bit 15 down (AMQP 0-9-1, section 4.2.6.1). */
export interface Properties {
  contentType?: string;
  contentEncoding?: string;
  headers?: FieldTable;
  deliveryMode?: number;
  priority?: number;
  correlationId?: string;
  replyTo?: string;
  expiration?: string;
  messageId?: string;
  /** Seconds since 1970. */
  timestamp?: number | bigint;
  type?: string;
  userId?: string;
  appId?: string;
  clusterId?: string;
}

export const FLAG_HEADERS = 1 << 13;
export const FLAG_DELIVERY_MODE = 1 << 12;
export const FLAG_PRIORITY = 1 << 11;
export const FLAG_REPLY_TO = 1 << 9;
export const FLAG_EXPIRATION = 1 << 8;
export const FLAG_USER_ID = 1 << 4;

type PropertyDomain = 'shortstr' | 'octet' | 'timestamp' | 'table';

const PROPERTIES: readonly (readonly [name: keyof Properties, flag: number, domain: PropertyDomain])[] = [
  ['contentType', 1 << 15, 'shortstr'],
  ['contentEncoding', 1 << 14, 'shortstr'],
  ['headers', FLAG_HEADERS, 'table'],
  ['deliveryMode', FLAG_DELIVERY_MODE, 'octet'],
  ['priority', FLAG_PRIORITY, 'octet'],
  ['correlationId', 1 << 10, 'shortstr'],
  ['replyTo', FLAG_REPLY_TO, 'shortstr'],
  ['expiration', FLAG_EXPIRATION, 'shortstr'],
  ['messageId', 1 << 7, 'shortstr'],
  ['timestamp', 1 << 6, 'timestamp'],
  ['type', 1 << 5, 'shortstr'],
  ['userId', FLAG_USER_ID, 'shortstr'],
  ['appId', 1 << 3, 'shortstr'],
  ['clusterId', 1 << 2, 'shortstr'],
];

/** Where the flags stand in a content header's payload: after class id, weight and body size. */
export const PROPERTY_FLAGS_OFFSET = 12;

/**
 * The properties in a content header's payload.
 * @throws AmqpError SYNTAX_ERROR if the octets are not properties
 */
export function decodeProperties(octets: Buffer, headerStart: number, headerEnd: number): Properties {
  const reader = new FieldReader(octets, headerStart + PROPERTY_FLAGS_OFFSET, headerEnd);
  const flags = reader.short();
  if ((flags & 3) !== 0) throw new AmqpError('SYNTAX_ERROR', 'illegal octets: unknown property flags');
  const properties: Record<string, string | number | bigint | FieldTable> = {};
  for (const [name, flag, domain] of PROPERTIES) {
    if ((flags & flag) !== 0) properties[name] = readProperty(reader, domain);
  }
  return properties;
}

function readProperty(reader: FieldReader, domain: PropertyDomain): string | number | bigint | FieldTable {
  switch (domain) {
    case 'octet':
      return reader.octet();
    case 'timestamp':
      return reader.longLong();
    case 'table':
      return reader.table();
    default:
      return reader.shortString();
  }
}

/** The payload of a content header frame of class basic. */
export function encodeContentHeader(bodySize: number, properties: Properties): Buffer {
  let flags = 0;
  for (const [name, flag] of PROPERTIES) if (properties[name] !== undefined) flags |= flag;
  const writer = new OctetWriter().short(BASIC_CLASS_ID).short(0).longLong(bodySize).short(flags);
  for (const [name, , domain] of PROPERTIES) {
    const value = properties[name];
    if (value !== undefined) writeProperty(writer, domain, value);
  }
  return writer.finish();
}

function writeProperty(
  writer: OctetWriter,
  domain: PropertyDomain,
  value: string | number | bigint | FieldTable,
): void {
  switch (domain) {
    case 'octet':
      writer.octet(value as number);
      return;
    case 'timestamp':
      writer.longLong(value as number | bigint);
      return;
    case 'table':
      writeTable(writer, value as FieldTable);
      return;
    default:
      writer.shortString(value as string);
  }
}
