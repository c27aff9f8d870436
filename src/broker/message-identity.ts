import { createHash } from 'node:crypto';
import { type FieldValue, isIntegerType } from '../protocol/field-table.ts';
import type { Message } from '../protocol/message.ts';
import { FLAG_HEADERS } from '../protocol/properties.ts';
import { tableIdentity } from './binding.ts';

/** The header that tells duplicates from each other, unless an argument names another one. */
export const DEDUPLICATION_HEADER = 'x-deduplication-header';

/** Sixteen octets tell any two values apart that anybody will ever see. */
const IDENTITY_OCTETS = 16;

/**
 * What tells a message from others by one of its headers, always as long; undefined: it has no such header, and is like no
 * other. Integers are the same whatever their width, and so are texts and binaries of the same octets.
 */
export function messageIdentity(message: Message, header: string): Buffer | undefined {
  if ((message.propertyFlags & FLAG_HEADERS) === 0) return undefined;
  const field = message.properties().headers?.get(header);
  if (field === undefined) return undefined;
  return createHash('sha256').update(kindOf(field)).update(octetsOf(field)).digest().subarray(0, IDENTITY_OCTETS);
}

/** Values of different kinds are never the same. */
function kindOf({ type }: FieldValue): string {
  if (isIntegerType(type)) return 'i';
  if (type === 'longstr' || type === 'binary') return 's';
  return type;
}

function octetsOf(field: FieldValue): string | Buffer {
  switch (field.type) {
    case 'longstr':
    case 'binary':
      return field.value;
    case 'decimal':
    case 'array':
    case 'table':
      return tableIdentity(new Map([['', field]]));
    default:
      return `${field.value}`;
  }
}
