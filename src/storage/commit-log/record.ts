import { FRAME_HEADER_SIZE_OCTETS, FRAME_OVERHEAD_OCTETS } from '../../protocol/constants.ts';
import { contentFramesLength, putContentFrames } from '../../protocol/content-frames.ts';
import { LARGE_BODY_OCTETS, type Message } from '../../protocol/message.ts';
import { copyOctets } from '../../protocol/octets.ts';
import { PROPERTY_FLAGS_OFFSET } from '../../protocol/properties.ts';

/**
 * A record of the commit log: words of 32 bits, little-endian, aligned to 8 octets (docs/internals/data-files.md).
 *
 *     word 0  length of the record in octets, a multiple of 8
 *          1  number of the segment
 *          2  order, low 32 bits: the message's position among all messages, for good
 *          3  order, high 16 bits · timestamp, high 16 bits
 *          4  timestamp, low 32 bits: milliseconds since 1970
 *          5  kind · flags · length of the route, 16 bits
 *          6  length of the content header's payload
 *          7  number of queues
 *          8… the queues' numbers; the route; the content; padding
 *       last  checksum of everything before it
 *
 * The content is header frame and body frame, as it goes out. A body of more than LARGE_BODY_OCTETS stands without a frame of
 * its own, since it goes out in frames of another size, or in a file beside the log.
 */
export const RECORD_HEADER_OCTETS = 32;
export const CHECKSUM_OCTETS = 4;
export const SMALLEST_RECORD_OCTETS = 40;

export const LENGTH_WORD = 0;
export const SEGMENT_WORD = 1;
export const KIND_WORD = 5;
/** Of the end of a transaction: how many messages it has published. */
export const MESSAGE_COUNT_WORD = 6;
export const TARGET_COUNT_WORD = 7;
export const FIRST_TARGET_WORD = 8;

export const KIND_MESSAGE = 1;
/** The end of a transaction: what it published is in the records before this one, what it acknowledged in this one. */
export const KIND_TRANSACTION = 2;
/** The transaction whose order it names is on disk. */
export const KIND_TRANSACTION_SYNCED = 3;
/** What was the end of a transaction that has not happened, or a message of it: it does not count. */
export const KIND_UNDONE = 4;

/** The body is in a file of its own. */
export const FLAG_BODY_BESIDE = 1;
/** Part of a transaction: valid if that has happened. */
export const FLAG_IN_TRANSACTION = 2;

const TWO_TO_32 = 0x100000000;

/** What stands in a record's header beside lengths. */
export interface RecordFacts {
  readonly kind: number;
  readonly flags: number;
  readonly segmentNumber: number;
  readonly order: number;
  readonly timestampMs: number;
}

/** Writes a record that is no message from word `at` on, except for its checksum. */
export type RecordWriter = (words: Int32Array, at: number, segmentNumber: number, timestampMs: number) => void;

/** How many octets the message takes as a record for so many queues. */
export function recordLength(message: Message, targetCount: number, isBeside: boolean): number {
  const routeLength = message.routeEnd - message.routeStart;
  const content = isBeside ? headerFrameLength(message) : contentLength(message);
  return aligned(RECORD_HEADER_OCTETS + 4 * targetCount + routeLength + content + CHECKSUM_OCTETS);
}

function headerFrameLength({ headerStart, headerEnd }: Message): number {
  return headerEnd - headerStart + FRAME_OVERHEAD_OCTETS;
}

function contentLength(message: Message): number {
  const { bodySize } = message;
  return bodySize > LARGE_BODY_OCTETS ? headerFrameLength(message) + bodySize : contentFramesLength(message);
}

/** The next multiple of 8. */
export function aligned(octets: number): number {
  return (octets + 7) & ~7;
}

/** Writes a record's header; `at` is the record's first word. */
export function putRecordHeader(
  words: Int32Array,
  at: number,
  lengthOctets: number,
  facts: RecordFacts,
  routeLength: number,
  headerLength: number,
  targetCount: number,
): void {
  const { order, timestampMs } = facts;
  words[at] = lengthOctets;
  words[at + 1] = facts.segmentNumber;
  words[at + 2] = order;
  words[at + 3] = ((order / TWO_TO_32) & 0xffff) | ((timestampMs / TWO_TO_32) << 16);
  words[at + 4] = timestampMs;
  words[at + 5] = facts.kind | (facts.flags << 8) | (routeLength << 16);
  words[at + 6] = headerLength;
  words[at + 7] = targetCount;
}

/** Writes route and content behind the targets, at octet `at`. */
export function putRecordContent(message: Message, octets: Buffer, at: number, isBeside: boolean): void {
  const { routeStart, routeEnd, header, headerStart, headerEnd } = message;
  let end = copyOctets(message.route, routeStart, routeEnd, octets, at);
  if (message.bodySize <= LARGE_BODY_OCTETS) {
    putContentFrames(message, octets, end);
    return;
  }
  end = copyOctets(header, headerStart, headerEnd, octets, end + FRAME_HEADER_SIZE_OCTETS) + 1;
  if (isBeside) return;
  if (message.pieces === undefined) copyOctets(message.body, message.bodyStart, message.bodyEnd, octets, end);
  else for (const piece of message.pieces) end = copyOctets(piece, 0, piece.length, octets, end);
}

export function orderOf(words: Int32Array, at: number): number {
  return (words[at + 3]! & 0xffff) * TWO_TO_32 + (words[at + 2]! >>> 0);
}

export function timestampMsOf(words: Int32Array, at: number): number {
  return (words[at + 3]! >>> 16) * TWO_TO_32 + (words[at + 4]! >>> 0);
}

export function kindOf(words: Int32Array, at: number): number {
  return words[at + KIND_WORD]! & 0xff;
}

export function flagsOf(words: Int32Array, at: number): number {
  return (words[at + KIND_WORD]! >>> 8) & 0xff;
}

/** Points a view at the message of the record that begins at octet `start`. The body beside it, if any, is left open. */
export function viewRecord(words: Int32Array, octets: Buffer, start: number, into: Message): void {
  const at = start >> 2;
  const kindFlagsRoute = words[at + KIND_WORD]!;
  const routeStart = start + RECORD_HEADER_OCTETS + 4 * words[at + TARGET_COUNT_WORD]!;
  const routeEnd = routeStart + (kindFlagsRoute >>> 16);
  const headerStart = routeEnd + FRAME_HEADER_SIZE_OCTETS;
  const headerEnd = headerStart + words[at + 6]!;
  into.route = into.header = into.body = octets;
  into.routeStart = routeStart;
  into.routeEnd = routeEnd;
  into.headerStart = headerStart;
  into.headerEnd = headerEnd;
  const bodySize = bodySizeAt(octets, headerStart);
  into.bodySize = bodySize;
  into.isFramed = bodySize <= LARGE_BODY_OCTETS;
  into.bodyStart = headerEnd + (into.isFramed ? FRAME_OVERHEAD_OCTETS : 1);
  into.bodyEnd = into.bodyStart + bodySize;
  into.pieces = undefined;
}

/** Which properties a message has, by their flags (see protocol/properties.ts), from its content header's payload. */
export function propertyFlagsAt(octets: Buffer, headerStart: number): number {
  const at = headerStart + PROPERTY_FLAGS_OFFSET;
  return (octets[at]! << 8) | octets[at + 1]!;
}

/** Where the payload of the content header is, of the message of the record that begins at octet `start`. */
export function headerStartOf(words: Int32Array, start: number): number {
  const at = start >> 2;
  const routeStart = start + RECORD_HEADER_OCTETS + 4 * words[at + TARGET_COUNT_WORD]!;
  return routeStart + (words[at + KIND_WORD]! >>> 16) + FRAME_HEADER_SIZE_OCTETS;
}

/** The body size in a content header's payload, in network order. The upper half is zero: sizes are limited to far less. */
export function bodySizeAt(octets: Buffer, headerStart: number): number {
  const at = headerStart + 8;
  return (octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!;
}
