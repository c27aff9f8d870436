import type { FieldTable, FieldValue } from '#src/protocol/field-table.js';
import type { Properties } from '#src/protocol/properties.js';
import type { WireEvent } from '../wire-events.ts';

/** As text, with all types; without the time of a death, and what RabbitMQ has since 4.0 only. */
function propertiesText({ headers, ...others }: Properties): string {
  const headersText = headers === undefined ? '' : ` headers ${tableText(headers)}`;
  return `${JSON.stringify(others)}${headersText}`;
}

function tableText(table: FieldTable): string {
  const fields = [...table].filter(([name, { type }]) => type !== 'timestamp' && !name.startsWith('x-last-death-'));
  return `{${fields.map(([name, value]) => `${name}: ${valueText(value)}`).join(', ')}}`;
}

function valueText(value: FieldValue): string {
  if (value.type === 'table') return tableText(value.value);
  if (value.type === 'array') return `[${value.value.map(valueText).join(', ')}]`;
  return `${value.type} ${value.value}`;
}

/** What a client sees of an event, but for delivery tags, which depend on the order of what different queues do. */
export function eventText({ name, args }: WireEvent): string {
  const fields = Object.entries(args)
    .filter(([field]) => !HIDDEN.has(field))
    .map(([field, value]) => `${field}=${value}`);
  if ('properties' in args) fields.push(`properties=${propertiesText(args.properties)}`);
  return `${name} ${fields.join(' ')}`;
}

const HIDDEN = new Set(['deliveryTag', 'header', 'frameSizes', 'properties', 'multiple']);

/** The first line that differs, with what came before it. */
export function difference(expected: readonly string[], found: readonly string[]): string {
  const at = found.findIndex((line, i) => line !== expected[i]);
  const before = expected.slice(Math.max(0, at - 40), at).join('\n');
  return `${before}\nexpected: ${expected.slice(at, at + 3).join('\n          ')}\nfound:    ${found.slice(at, at + 3).join('\n          ')}`;
}
