import { AmqpError } from '../../protocol/amqp-error.ts';
import { EMPTY_TABLE, type FieldTable, type FieldValue } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';

/** Everybody who gets the message can see these. */
const COPY = 'CC';
/** Nobody can. */
const BLIND_COPY = 'BCC';

/** The routing keys of a message, its own first. @throws AmqpError as `senderSelectedKeys` does */
export function routingKeysOf(message: Message): string[] {
  return [message.routingKey, ...senderSelectedKeys(message.properties().headers ?? EMPTY_TABLE)];
}

/**
 * The further routing keys in a message's headers (RabbitMQ's sender-selected distribution): what is in the arrays CC and
 * BCC and is a long string.
 * @throws AmqpError PRECONDITION_FAILED if one of them is no array
 */
export function senderSelectedKeys(headers: FieldTable): string[] {
  return [...keysIn(headers, COPY), ...keysIn(headers, BLIND_COPY)];
}

/** The headers as they are to be passed on; the same table, if nothing is to be hidden. */
export function withoutBlindCopy(headers: FieldTable): FieldTable {
  if (!headers.has(BLIND_COPY)) return headers;
  return new Map([...headers].filter(([name]) => name !== BLIND_COPY));
}

function keysIn(headers: FieldTable, name: string): string[] {
  const field = headers.get(name);
  if (field === undefined) return [];
  if (field.type !== 'array') {
    const reason = `{unacceptable_type_in_header,"${name}",${field.type}}`;
    throw new AmqpError('PRECONDITION_FAILED', `invalid message: ${reason}`);
  }
  return field.value.flatMap(keyOf);
}

/** Read as routing keys are: octet by octet where they are not UTF-8. */
function keyOf(field: FieldValue): string[] {
  if (field.type !== 'longstr') return [];
  return [typeof field.value === 'string' ? field.value : field.value.toString('latin1')];
}
