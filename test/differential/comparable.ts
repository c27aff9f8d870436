import type { FieldTable, FieldValue } from '#src/protocol/field-table.js';
import { eventText } from '../support/mix/transcript.ts';
import type { WireEvent } from '../support/wire-events.ts';
import { DEATH_FIELDS_NOT_COMPARED } from './known-differences.ts';

/** An event as text, without what is known to differ in it. */
export function comparableText(event: WireEvent): string {
  if (!('properties' in event.args)) return eventText(event);
  const { headers, ...others } = event.args.properties;
  if (headers === undefined) return eventText(event);
  // A table has no order; RabbitMQ sorts those that it changes.
  const compared = new Map([...headers].sort(([a], [b]) => (a < b ? -1 : 1)));
  const deaths = compared.get('x-death');
  if (deaths?.type === 'array') compared.set('x-death', { type: 'array', value: inAnyOrder(deaths.value) });
  return eventText({
    name: event.name,
    args: { ...event.args, properties: { ...others, headers: compared } },
  } as WireEvent);
}

/** The newest death stays the first. */
function inAnyOrder(deaths: readonly FieldValue[]): FieldValue[] {
  const [newest, ...others] = deaths.map((death) => (death.type === 'table' ? comparableDeath(death.value) : death));
  const sorted = others
    .map((death) => [JSON.stringify(fieldsOf(death)), death] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return newest === undefined ? [] : [newest, ...sorted.map(([, death]) => death)];
}

/** RabbitMQ sorts the fields of all entries but new ones. */
function comparableDeath(death: FieldTable): FieldValue {
  const fields = [...death].filter(([name]) => !DEATH_FIELDS_NOT_COMPARED.has(name));
  return { type: 'table', value: new Map(fields.sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Which queue it was, and why. */
function fieldsOf(death: FieldValue): unknown {
  return death.type === 'table' ? [death.value.get('queue')?.value, death.value.get('reason')?.value] : [];
}
