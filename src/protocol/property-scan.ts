import { AmqpError } from './amqp-error.ts';
import { MAX_TABLE_DEPTH } from './field-table.ts';
import type { Message } from './message.ts';
import {
  FLAG_DELIVERY_MODE,
  FLAG_EXPIRATION,
  FLAG_HEADERS,
  FLAG_PRIORITY,
  FLAG_REPLY_TO,
  FLAG_USER_ID,
  PROPERTY_FLAGS_OFFSET,
} from './properties.ts';

/** The delivery mode of messages that need not survive a restart. */
export const TRANSIENT = 1;
const PERSISTENT = 2;

/** Set in a scan's result by the keys CC and BCC. A delivery mode is an octet, and stays below it. */
const SELECTS_ROUTES = 1 << 8;
/** Set by the key x-delay. */
const HAS_DELAY = 1 << 9;
/** Set by properties that are not only for the receiver. */
const CONCERNS_BROKER = 1 << 10;
const CONCERNING_FLAGS = FLAG_REPLY_TO | FLAG_EXPIRATION | FLAG_USER_ID;

/** Whether nothing but a valid delivery mode is to be looked at: all properties are for the receiver alone, as they mostly are. */
export function isPlain(scanned: number): boolean {
  return scanned === TRANSIENT || scanned === PERSISTENT;
}

/** Whether there is a reply-to, expiration or user-id. */
export function concernsBroker(scanned: number): boolean {
  return (scanned & CONCERNS_BROKER) !== 0;
}

/** What the scan has found as delivery mode; without one a message is transient. */
export function deliveryModeIn(scanned: number): number {
  return scanned & 0xff;
}

/** Whether the headers have a key CC or BCC: the sender names further routing keys, which is rare. */
export function selectsRoutes(scanned: number): boolean {
  return (scanned & SELECTS_ROUTES) !== 0;
}

/** Whether the headers have a key x-delay (see delay-header.ts). */
export function hasDelay(scanned: number): boolean {
  return (scanned & HAS_DELAY) !== 0;
}

/** Flag bit 1 stands for nothing, and bit 0 for further flags, which class basic does not have. */
const UNKNOWN_FLAGS = 3;
/** What the flags from bit 15 down stand for: 0 a short string, else so many octets; headers are walked on their own. */
const FIXED_OCTETS: readonly number[] = [0, 0, 0, 1, 1, 0, 0, 0, 0, 8, 0, 0, 0, 0];
/** A table begins with the number of its octets. */
const TABLE_LENGTH_OCTETS = 4;

/**
 * Walks the properties in a content header's payload without decoding any, so that nothing reaches a consumer that it
 * could not decode. Free for messages without properties.
 *
 * @returns what was found, for `isPlain` and the questions beside it: a number, since it is asked for at every message
 * @throws AmqpError SYNTAX_ERROR if the octets are not properties
 */
export function scanProperties(octets: Buffer, headerStart: number, headerEnd: number): number {
  let at = headerStart + PROPERTY_FLAGS_OFFSET + 2;
  if (at > headerEnd) malformed();
  const flags = (octets[at - 2]! << 8) | octets[at - 1]!;
  if (flags === 0 && at === headerEnd) return TRANSIENT;
  if ((flags & UNKNOWN_FLAGS) !== 0) malformed();
  let deliveryMode = TRANSIENT;
  let noticed = (flags & CONCERNING_FLAGS) === 0 ? 0 : CONCERNS_BROKER;
  for (let i = 0, flag = 0x8000; i < FIXED_OCTETS.length; i++, flag >>= 1) {
    if ((flags & flag) === 0) continue;
    if (at >= headerEnd) malformed();
    if (flag === FLAG_DELIVERY_MODE) deliveryMode = octets[at]!;
    if (flag === FLAG_HEADERS) {
      noticed |= scanHeaders(octets, at, headerEnd);
      at += TABLE_LENGTH_OCTETS + octets.readUInt32BE(at);
    } else at += FIXED_OCTETS[i]! || 1 + octets[at]!;
  }
  if (at !== headerEnd) malformed();
  return deliveryMode | noticed;
}

/**
 * Where the octets of a property begin that the flags say is there. The properties must be well-formed, as `scanProperties`
 * has found them.
 */
export function propertyStart(octets: Buffer, headerStart: number, wanted: number): number {
  let at = headerStart + PROPERTY_FLAGS_OFFSET + 2;
  const flags = (octets[at - 2]! << 8) | octets[at - 1]!;
  for (let i = 0, flag = 0x8000; flag > wanted; i++, flag >>= 1) {
    if ((flags & flag) === 0) continue;
    if (flag === FLAG_HEADERS) at += TABLE_LENGTH_OCTETS + octets.readUInt32BE(at);
    else at += FIXED_OCTETS[i]! || 1 + octets[at]!;
  }
  return at;
}

/** The priority in a content header's payload of well-formed properties; without a priority it is 0. */
export function priorityIn(octets: Buffer, headerStart: number): number {
  const at = headerStart + PROPERTY_FLAGS_OFFSET;
  const flags = (octets[at]! << 8) | octets[at + 1]!;
  return (flags & FLAG_PRIORITY) === 0 ? 0 : octets[propertyStart(octets, headerStart, FLAG_PRIORITY)]!;
}

const DIGIT_0 = 0x30;
const PLUS = 0x2b;
const MINUS = 0x2d;

/**
 * The expiration of a message with well-formed properties, in milliseconds; undefined: it has none that is a number. Read
 * digit by digit: a string would cost more than everything else about the message.
 */
export function expirationIn({ header, headerStart, propertyFlags }: Message): number | undefined {
  if ((propertyFlags & FLAG_EXPIRATION) === 0) return undefined;
  const start = propertyStart(header, headerStart, FLAG_EXPIRATION);
  const end = start + 1 + header[start]!;
  let at = start + 1;
  if (header[at] === PLUS || header[at] === MINUS) at++; // what is published with a minus is -0
  let ms = 0;
  for (; at < end; at++) {
    const digit = header[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return undefined;
    ms = 10 * ms + digit;
  }
  return ms;
}

/** Walks the headers as `skipTable` does. Returns what their keys ask for: SELECTS_ROUTES, HAS_DELAY. */
function scanHeaders(octets: Buffer, start: number, end: number): number {
  const { at: first, end: tableEnd } = nested(octets, start, end, 0);
  let noticed = 0;
  let at = first;
  while (at < tableEnd) {
    if (namesRoutes(octets, at)) noticed |= SELECTS_ROUTES;
    else if (namesDelay(octets, at)) noticed |= HAS_DELAY;
    at = skipValue(octets, at + 1 + octets[at]!, tableEnd, 0);
  }
  if (at !== tableEnd) malformed();
  return noticed;
}

const LETTER_B = 0x42;
const LETTER_C = 0x43;

/** Whether the key at `at`, a short string, is CC or BCC. */
function namesRoutes(octets: Buffer, at: number): boolean {
  const length = octets[at];
  if (length === 2) return octets[at + 1] === LETTER_C && octets[at + 2] === LETTER_C;
  return length === 3 && octets[at + 1] === LETTER_B && octets[at + 2] === LETTER_C && octets[at + 3] === LETTER_C;
}

const DELAY_KEY = Buffer.from('x-delay');
const LETTER_X = 0x78;

/** Whether the key at `at` is x-delay. */
function namesDelay(octets: Buffer, at: number): boolean {
  if (octets[at] !== DELAY_KEY.length || octets[at + 1] !== LETTER_X) return false;
  return DELAY_KEY.compare(octets, at + 1, Math.min(at + 1 + DELAY_KEY.length, octets.length)) === 0;
}

function skipTable(octets: Buffer, start: number, end: number, depth: number): number {
  const { at: first, end: tableEnd } = nested(octets, start, end, depth);
  let at = first;
  while (at < tableEnd) at = skipValue(octets, at + 1 + octets[at]!, tableEnd, depth);
  if (at !== tableEnd) malformed();
  return at;
}

function skipArray(octets: Buffer, start: number, end: number, depth: number): number {
  const { at: first, end: arrayEnd } = nested(octets, start, end, depth);
  let at = first;
  while (at < arrayEnd) at = skipValue(octets, at, arrayEnd, depth);
  if (at !== arrayEnd) malformed();
  return at;
}

function nested(octets: Buffer, start: number, end: number, depth: number): { at: number; end: number } {
  if (depth > MAX_TABLE_DEPTH || start + TABLE_LENGTH_OCTETS > end) malformed();
  const at = start + TABLE_LENGTH_OCTETS;
  const length = octets.readUInt32BE(start);
  if (length > end - at) malformed();
  return { at, end: at + length };
}

/** Steps over a value's type and octets; may pass `end`, which the caller notices. */
function skipValue(octets: Buffer, at: number, end: number, depth: number): number {
  if (at >= end) malformed();
  const value = at + 1;
  switch (String.fromCharCode(octets[at]!)) {
    case 'V':
      return value;
    case 't':
    case 'b':
    case 'B':
      return value + 1;
    case 's':
    case 'u':
      return value + 2;
    case 'I':
    case 'i':
    case 'f':
      return value + 4;
    case 'D':
      return value + 5;
    case 'l':
    case 'L':
    case 'T':
    case 'd':
      return value + 8;
    case 'S':
    case 'x':
      if (value + 4 > end) malformed();
      return value + 4 + octets.readUInt32BE(value);
    case 'F':
      return skipTable(octets, value, end, depth + 1);
    case 'A':
      return skipArray(octets, value, end, depth + 1);
    default:
      return malformed();
  }
}

function malformed(): never {
  throw new AmqpError('SYNTAX_ERROR', 'malformed properties in content header', { blamesMethod: false });
}
