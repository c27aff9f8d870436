import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEADER_SIZE_OCTETS,
  FRAME_METHOD,
  FRAME_OVERHEAD_OCTETS,
} from '../protocol/constants.ts';
import { copyOctets } from '../protocol/copy-octets.ts';
import type { Message } from '../protocol/message.ts';
import { methodKey } from '../protocol/methods.ts';
import type { Output } from './output.ts';

const DELIVER = methodKey('basic.deliver');
const ACK = methodKey('basic.ack');
const ACK_FRAME_OCTETS = 21;

/** Bodies and pieces of bodies up to this are copied into the output; larger ones are passed on as slices. */
const COPY_LIMIT_OCTETS = 8 * 1024;

/**
 * Encodes basic.deliver with its content straight into the output. This is the broker's hottest function: about a
 * hundred octets a call, copied by loops, with nothing allocated.
 */
export function writeDelivery(
  output: Output,
  channel: number,
  consumerTag: Buffer,
  deliveryTag: number,
  redelivered: boolean,
  message: Message,
  maxPayloadOctets: number,
): void {
  const routeLength = message.routeEnd - message.routeStart;
  const size = 4 + consumerTag.length + 9 + routeLength;
  let at = output.reserve(size + FRAME_OVERHEAD_OCTETS);
  const { buffer } = output;
  at = writeFrameHeader(buffer, at, FRAME_METHOD, channel, size);
  at = writeLong(buffer, at, DELIVER);
  at = copyOctets(consumerTag, 0, consumerTag.length, buffer, at);
  at = writeLongLong(buffer, at, deliveryTag);
  buffer[at++] = redelivered ? 1 : 0;
  at = copyOctets(message.route, message.routeStart, message.routeEnd, buffer, at);
  buffer[at++] = FRAME_END;
  output.at = at;
  writeContent(output, channel, message, maxPayloadOctets);
}

/** Encodes a message's content header and body frames, whatever method they follow (AMQP 0-9-1, section 4.2.6). */
export function writeContent(output: Output, channel: number, message: Message, maxPayloadOctets: number): void {
  const { bodySize } = message;
  const headerLength = message.headerEnd - message.headerStart;
  const isSmall = bodySize <= COPY_LIMIT_OCTETS && bodySize <= maxPayloadOctets && message.pieces === undefined;
  let at = output.reserve(headerLength + FRAME_OVERHEAD_OCTETS + (isSmall ? bodySize + FRAME_OVERHEAD_OCTETS : 0));
  const { buffer } = output;
  at = writeFrameHeader(buffer, at, FRAME_HEADER, channel, headerLength);
  at = copyOctets(message.header, message.headerStart, message.headerEnd, buffer, at);
  buffer[at++] = FRAME_END;
  if (isSmall && bodySize > 0) {
    at = writeFrameHeader(buffer, at, FRAME_BODY, channel, bodySize);
    at = copyOctets(message.body, message.bodyStart, message.bodyEnd, buffer, at);
    buffer[at++] = FRAME_END;
  }
  output.at = at;
  if (!isSmall) writeBody(output, channel, message, maxPayloadOctets);
}

/** A body that is large, in pieces, or takes several frames. */
function writeBody(output: Output, channel: number, message: Message, maxPayloadOctets: number): void {
  const pieces = message.pieces ?? [message.body.subarray(message.bodyStart, message.bodyEnd)];
  let bodyLeft = message.bodySize;
  let frameLeft = 0;
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      if (frameLeft === 0) {
        frameLeft = Math.min(bodyLeft, maxPayloadOctets);
        const at = output.reserve(FRAME_HEADER_SIZE_OCTETS);
        output.at = writeFrameHeader(output.buffer, at, FRAME_BODY, channel, frameLeft);
      }
      const to = Math.min(piece.length, from + frameLeft);
      writeOctets(output, piece, from, to);
      frameLeft -= to - from;
      bodyLeft -= to - from;
      from = to;
      if (frameLeft === 0) writeFrameEnd(output);
    }
  }
}

function writeFrameEnd(output: Output): void {
  const at = output.reserve(1);
  output.buffer[at] = FRAME_END;
  output.at = at + 1;
}

function writeOctets(output: Output, octets: Buffer, from: number, to: number): void {
  if (to - from > COPY_LIMIT_OCTETS) {
    output.slice(from === 0 && to === octets.length ? octets : octets.subarray(from, to));
    return;
  }
  const at = output.reserve(to - from);
  output.at = copyOctets(octets, from, to, output.buffer, at);
}

/** Encodes basic.ack, which a publisher receives as its confirm. */
export function writeConfirm(output: Output, channel: number, deliveryTag: number, multiple: boolean): void {
  let at = output.reserve(ACK_FRAME_OCTETS);
  const { buffer } = output;
  at = writeFrameHeader(buffer, at, FRAME_METHOD, channel, ACK_FRAME_OCTETS - FRAME_OVERHEAD_OCTETS);
  at = writeLong(buffer, at, ACK);
  at = writeLongLong(buffer, at, deliveryTag);
  buffer[at++] = multiple ? 1 : 0;
  buffer[at++] = FRAME_END;
  output.at = at;
  output.countReply(ACK_FRAME_OCTETS);
}

function writeFrameHeader(buffer: Buffer, at: number, type: number, channel: number, size: number): number {
  buffer[at] = type;
  buffer[at + 1] = channel >>> 8;
  buffer[at + 2] = channel;
  return writeLong(buffer, at + 3, size);
}

function writeLong(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24;
  buffer[at + 1] = value >>> 16;
  buffer[at + 2] = value >>> 8;
  buffer[at + 3] = value;
  return at + 4;
}

/** Tags count from 1 and stay far below 2^53. */
function writeLongLong(buffer: Buffer, at: number, value: number): number {
  return writeLong(buffer, writeLong(buffer, at, Math.floor(value / 0x100000000)), value >>> 0);
}
