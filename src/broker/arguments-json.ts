import type { FieldTable, FieldValue } from '../protocol/field-table.ts';
import type { Json } from '../storage/definitions/definition-line.ts';

/**
 * Field tables as JSON, from which they come back exactly: an array of [name, type, value], since JSON has but one type
 * of number, and objects keep no order. Values that JSON lacks are texts: integers beyond 2^53 in decimal, octets in base64.
 *
 *     [["x-max-length","signedint",5],["x-match","longstr","all"]]
 */
export function argumentsToJson(table: FieldTable): Json {
  return [...table].map(([name, field]) => [name, field.type, valueToJson(field)]);
}

/** @param json what `argumentsToJson` gave */
export function argumentsFromJson(json: Json): FieldTable {
  const entries = json as readonly (readonly [name: string, type: FieldValue['type'], value: Json])[];
  return new Map(entries.map(([name, type, value]) => [name, fieldFromJson(type, value)]));
}

function valueToJson(field: FieldValue): Json {
  switch (field.type) {
    case 'longstr':
      return typeof field.value === 'string' ? field.value : { base64: field.value.toString('base64') };
    case 'binary':
      return field.value.toString('base64');
    case 'float':
    case 'double':
      return Number.isFinite(field.value) && !Object.is(field.value, -0) ? field.value : realText(field.value);
    case 'decimal':
      return [field.value.scale, field.value.digits];
    case 'array':
      return field.value.map((element) => [element.type, valueToJson(element)]);
    case 'table':
      return argumentsToJson(field.value);
    case 'bool':
    case 'void':
      return field.value;
    default:
      return typeof field.value === 'bigint' ? String(field.value) : field.value;
  }
}

/** Infinity, -Infinity, NaN, and the zero whose sign JSON.stringify drops. */
function realText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function fieldFromJson(type: FieldValue['type'], json: Json): FieldValue {
  switch (type) {
    case 'longstr':
      return { type, value: typeof json === 'string' ? json : octetsFrom((json as { base64: string }).base64) };
    case 'binary':
      return { type, value: octetsFrom(json as string) };
    case 'float':
    case 'double':
      return { type, value: Number(json) };
    case 'decimal': {
      const [scale, digits] = json as readonly [number, number];
      return { type, value: { scale, digits } };
    }
    case 'array': {
      const elements = json as readonly (readonly [FieldValue['type'], Json])[];
      return { type, value: elements.map(([elementType, value]) => fieldFromJson(elementType, value)) };
    }
    case 'table':
      return { type, value: argumentsFromJson(json) };
    case 'bool':
      return { type, value: json as boolean };
    case 'void':
      return { type, value: null };
    default:
      return { type, value: typeof json === 'string' ? BigInt(json) : (json as number) };
  }
}

function octetsFrom(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
