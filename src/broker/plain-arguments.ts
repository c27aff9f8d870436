import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { Json } from '../storage/definitions/definition-line.ts';

/** How RabbitMQ writes octets that are no text, in the place of a text. */
const OCTETS_PREFIX = 'Not UTF-8, base64 is: ';

/**
 * Field tables as they stand in definitions files: plain JSON objects. Those have one type of number, so that integers come
 * back as `long`, whatever they were, and so do numbers of type `double` that happen to be whole. Integers beyond 2^53 are
 * bigints (see exact-json.ts).
 */
export function argumentsToPlain(table: FieldTable): { readonly [name: string]: Json } {
  return Object.fromEntries([...table].map(([name, field]) => [name, valueToPlain(field)]));
}

function valueToPlain(field: FieldValue): Json {
  switch (field.type) {
    case 'longstr':
    case 'binary':
      return typeof field.value === 'string' ? field.value : `${OCTETS_PREFIX}${field.value.toString('base64')}`;
    case 'decimal':
      return field.value.digits / 10 ** field.value.scale;
    case 'array':
      return field.value.map(valueToPlain);
    case 'table':
      return argumentsToPlain(field.value);
    case 'bool':
    case 'void':
      return field.value;
    default:
      return field.value;
  }
}

/** The table that the object stands for, its numbers of the types that RabbitMQ gives them. */
export function argumentsFromPlain(object: Readonly<Record<string, Json>>): FieldTable {
  return new Map(Object.entries(object).map(([name, value]) => [name, valueFromPlain(value)]));
}

function valueFromPlain(value: Json): FieldValue {
  if (value === null) return { type: 'void', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'bigint') return integerFrom(value);
  if (typeof value === 'number') return { type: Number.isSafeInteger(value) ? 'long' : 'double', value };
  if (typeof value === 'string') return { type: 'longstr', value: textOrOctets(value) };
  if (isList(value)) return { type: 'array', value: value.map(valueFromPlain) };
  return { type: 'table', value: argumentsFromPlain(value) };
}

/** RabbitMQ has no type for what is beyond 63 bits. */
function integerFrom(value: bigint): FieldValue {
  return BigInt.asIntN(64, value) === value ? { type: 'long', value } : { type: 'double', value: Number(value) };
}

function textOrOctets(text: string): string | Buffer {
  return text.startsWith(OCTETS_PREFIX) ? Buffer.from(text.slice(OCTETS_PREFIX.length), 'base64') : text;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
