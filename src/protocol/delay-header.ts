import { type FieldTable, type FieldValue, isIntegerType } from './field-table.ts';
import type { Message } from './message.ts';
import type { Properties } from './properties.ts';

/** How long a message is to wait, in milliseconds: the header of RabbitMQ's plugin for delayed messages. */
const DELAY = 'x-delay';
const MAX_SIGNED_INT = 0x7fffffff;

/** How long the message is to wait; 0: not at all, as without the header, or with one that is no positive number. */
export function delayMsOf(message: Message): number {
  return delayMsIn(message.properties().headers);
}

function delayMsIn(headers: FieldTable | undefined): number {
  const field = headers?.get(DELAY);
  const delayMs = field === undefined ? 0 : Math.trunc(numberIn(field));
  return Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
}

/** Strings and fractions are taken, too, as the plugin takes them. */
function numberIn({ type, value }: FieldValue): number {
  if (isIntegerType(type) || type === 'float' || type === 'double') return Number(value);
  return type === 'longstr' && /^-?\d+$/.test(String(value)) ? Number(value) : 0;
}

/** The properties with the delay negated: it has been waited for, and consumers can see how long. */
export function withDelayServed(properties: Properties): Properties {
  const delayMs = delayMsIn(properties.headers);
  const type = delayMs > MAX_SIGNED_INT ? 'long' : 'signedint';
  return { ...properties, headers: new Map([...(properties.headers ?? []), [DELAY, { type, value: -delayMs }]]) };
}
