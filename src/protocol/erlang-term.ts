import type { FieldTable, FieldValue } from './field-table.ts';

/** Octets as Erlang prints them, since RabbitMQ's reply texts quote frames that way: `<<"text">>` or `<<1,2,3>>`. */
export function erlangBinary(octets: Uint8Array): string {
  const printable = octets.length > 0 && octets.every((octet) => octet >= 0x20 && octet < 0x7f);
  return printable ? `<<"${Buffer.from(octets).toString('latin1')}">>` : `<<${octets.join(',')}>>`;
}

const SNIPPET_OCTETS = 16;

/** The beginning of a frame's payload, as RabbitMQ's frame errors show it. */
export function payloadSnippet(payload: Uint8Array): string {
  if (payload.length <= SNIPPET_OCTETS) return `all octets = ${erlangBinary(payload)}`;
  return `first ${SNIPPET_OCTETS} octets = ${erlangBinary(payload.subarray(0, SNIPPET_OCTETS))}`;
}

/** A JSON value as RabbitMQ prints it in what it says about parameters: texts as binaries, objects as maps. */
export function erlangJson(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '<<>>' : erlangBinary(Buffer.from(value));
  if (Array.isArray(value)) return `[${value.map(erlangJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `#{${Object.entries(value).map(([name, each]) => `${erlangJson(name)} => ${erlangJson(each)}`)}}`;
}

/** An object as a list of pairs, which RabbitMQ takes most objects for. */
export function erlangPairs(entries: readonly (readonly [name: string, value: unknown])[]): string {
  return `[${entries.map(([name, value]) => `{${erlangJson(name)},${erlangJson(value)}}`).join(',')}]`;
}

/** A field's value as Erlang prints what RabbitMQ reads it as. */
export function erlangValue(field: FieldValue): string {
  switch (field.type) {
    case 'longstr':
    case 'binary':
      return erlangBinary(Buffer.from(field.value));
    case 'void':
      return 'undefined';
    case 'array':
      return `[${field.value.map((element) => `{${element.type},${erlangValue(element)}}`).join(',')}]`;
    case 'table':
      return `[${erlangFields(field.value).join(',')}]`;
    case 'decimal':
      return `{${field.value.scale},${field.value.digits}}`;
    case 'float':
    case 'double':
      return Number.isInteger(field.value) ? field.value.toFixed(1) : String(field.value);
    default:
      return String(field.value);
  }
}

/** The fields of a table as Erlang prints them: `{<<"x-max-length">>,signedint,10}`. */
export function erlangFields(table: FieldTable): string[] {
  return [...table].map(([name, field]) => `{${erlangBinary(Buffer.from(name))},${field.type},${erlangValue(field)}}`);
}
