import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEADER_SIZE_OCTETS,
  FRAME_METHOD,
  FRAME_OVERHEAD_OCTETS,
} from '../../protocol/constants.ts';
import { contentFramesLength, putContentFrames, putFrameHeader } from '../../protocol/content-frames.ts';
import { LARGE_BODY_OCTETS, type Message } from '../../protocol/message.ts';
import { methodKey } from '../../protocol/methods.ts';
import { copyOctets, putLong } from '../../protocol/octets.ts';
import type { Output } from './output.ts';

const DELIVER = methodKey('basic.deliver');
const ACK = methodKey('basic.ack');
const NACK = methodKey('basic.nack');
const ACK_FRAME_OCTETS = 21;
const MULTIPLE = 1;
/** Without a meaning for a publisher; set, because the protocol says so. */
const REQUEUE = 2;
/** Pieces of large bodies below this are copied between the slices: a piece more in `writev` costs more. */
const SLICE_MIN_OCTETS = 4 * 1024;
const CHANNEL_AT = 1;
const SIZE_AT = 3;

/** What all deliveries to a consumer begin with: the head of the method frame, its size still open, and the consumer tag. */
export function deliveryPrefix(channel: number, consumerTag: string): Buffer {
  const tag = Buffer.from(consumerTag);
  const prefix = Buffer.alloc(FRAME_HEADER_SIZE_OCTETS + 5 + tag.length);
  let at = putFrameHeader(prefix, 0, FRAME_METHOD, channel, 0);
  at = putLong(prefix, at, DELIVER);
  prefix[at] = tag.length;
  tag.copy(prefix, at + 1);
  return prefix;
}

/**
 * Encodes basic.deliver with its content straight into the output. This is the broker's hottest function: three copies
 * and a few octets by hand, with nothing allocated.
 */
export function writeDelivery(
  output: Output,
  channel: number,
  prefix: Buffer,
  deliveryTag: number,
  redelivered: boolean,
  message: Message,
  maxPayloadOctets: number,
): void {
  message.requireValid();
  const methodLength = prefix.length + 9 + message.routeEnd - message.routeStart + 1;
  const isWhole = fitsOneFrame(message, maxPayloadOctets);
  const start = output.reserve(methodLength + (isWhole ? contentFramesLength(message) : 0));
  const { buffer } = output;
  buffer.set(prefix, start);
  putLong(buffer, start + SIZE_AT, methodLength - FRAME_OVERHEAD_OCTETS);
  let at = putLongLong(buffer, start + prefix.length, deliveryTag);
  buffer[at++] = redelivered ? 1 : 0;
  at = copyOctets(message.route, message.routeStart, message.routeEnd, buffer, at);
  buffer[at++] = FRAME_END;
  output.at = isWhole ? putContent(message, channel, buffer, at) : at;
  if (!isWhole) writeLargeContent(output, channel, message, maxPayloadOctets);
}

/** Encodes a message's content header and body frames, whatever method they follow (AMQP 0-9-1, section 4.2.6). */
export function writeContent(output: Output, channel: number, message: Message, maxPayloadOctets: number): void {
  message.requireValid();
  if (!fitsOneFrame(message, maxPayloadOctets)) {
    writeLargeContent(output, channel, message, maxPayloadOctets);
    return;
  }
  const at = output.reserve(contentFramesLength(message));
  output.at = putContent(message, channel, output.buffer, at);
}

function fitsOneFrame({ bodySize }: Message, maxPayloadOctets: number): boolean {
  return bodySize <= LARGE_BODY_OCTETS && bodySize <= maxPayloadOctets;
}

function putContent(message: Message, channel: number, buffer: Buffer, at: number): number {
  const end = putContentFrames(message, buffer, at);
  putChannel(buffer, at, channel);
  if (message.bodySize > 0) {
    putChannel(buffer, at + message.headerEnd - message.headerStart + FRAME_OVERHEAD_OCTETS, channel);
  }
  return end;
}

function putChannel(buffer: Buffer, frameStart: number, channel: number): void {
  buffer[frameStart + CHANNEL_AT] = channel >>> 8;
  buffer[frameStart + CHANNEL_AT + 1] = channel;
}

/** A body that is large, or takes several frames of this connection's size. */
function writeLargeContent(output: Output, channel: number, message: Message, maxPayloadOctets: number): void {
  writeHeader(output, channel, message);
  const pieces = message.pieces ?? [message.body.subarray(message.bodyStart, message.bodyEnd)];
  let bodyLeft = message.bodySize;
  let frameLeft = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      if (frameLeft === 0) {
        frameLeft = Math.min(bodyLeft, maxPayloadOctets);
        const at = output.reserve(FRAME_HEADER_SIZE_OCTETS);
        output.at = putFrameHeader(output.buffer, at, FRAME_BODY, channel, frameLeft);
      }
      const to = Math.min(piece.length, from + frameLeft);
      writeOctets(output, piece, from, to, message);
      frameLeft -= to - from;
      bodyLeft -= to - from;
      from = to;
      if (frameLeft === 0) writeFrameEnd(output);
    }
  }
}

function writeHeader(output: Output, channel: number, { header, headerStart, headerEnd }: Message): void {
  let at = output.reserve(headerEnd - headerStart + FRAME_OVERHEAD_OCTETS);
  const { buffer } = output;
  at = putFrameHeader(buffer, at, FRAME_HEADER, channel, headerEnd - headerStart);
  at = copyOctets(header, headerStart, headerEnd, buffer, at);
  buffer[at++] = FRAME_END;
  output.at = at;
}

/** Only large bodies may be passed on as slices: small ones may lie where octets change (see Message). */
function writeOctets(output: Output, octets: Buffer, from: number, to: number, { bodySize, keeper }: Message): void {
  if (bodySize > LARGE_BODY_OCTETS && to - from > SLICE_MIN_OCTETS) {
    output.slice(from === 0 && to === octets.length ? octets : octets.subarray(from, to), keeper);
    return;
  }
  const at = output.reserve(to - from);
  output.at = copyOctets(octets, from, to, output.buffer, at);
}

function writeFrameEnd(output: Output): void {
  const at = output.reserve(1);
  output.buffer[at] = FRAME_END;
  output.at = at + 1;
}

/** Encodes basic.ack, which a publisher receives as its confirm. */
export function writeConfirm(output: Output, channel: number, deliveryTag: number, multiple: boolean): void {
  writeAnswer(output, channel, ACK, deliveryTag, multiple ? MULTIPLE : 0);
}

/** Encodes basic.nack, which a publisher receives for a message that a queue has refused. */
export function writeRefusal(output: Output, channel: number, deliveryTag: number, multiple: boolean): void {
  writeAnswer(output, channel, NACK, deliveryTag, multiple ? MULTIPLE | REQUEUE : REQUEUE);
}

function writeAnswer(output: Output, channel: number, method: number, deliveryTag: number, bits: number): void {
  let at = output.reserve(ACK_FRAME_OCTETS);
  const { buffer } = output;
  at = putFrameHeader(buffer, at, FRAME_METHOD, channel, ACK_FRAME_OCTETS - FRAME_OVERHEAD_OCTETS);
  at = putLong(buffer, at, method);
  at = putLongLong(buffer, at, deliveryTag);
  buffer[at++] = bits;
  buffer[at++] = FRAME_END;
  output.at = at;
  output.countReply(ACK_FRAME_OCTETS);
}

/** Tags count from 1 and stay far below 2^53. */
function putLongLong(buffer: Buffer, at: number, value: number): number {
  return putLong(buffer, putLong(buffer, at, Math.floor(value / 0x100000000)), value >>> 0);
}
