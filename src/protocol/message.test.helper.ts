import assert from 'node:assert/strict';
import { FRAME_END } from './constants.ts';
import { putFrameHeader } from './content-frames.ts';
import { Message } from './message.ts';
import { OctetWriter } from './octet-writer.ts';
import { encodeContentHeader, type Properties } from './properties.ts';

export interface MessageParts {
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly properties?: Properties;
  readonly body?: string | Buffer;
  /**
   * How the octets lie: as two whole frames in one buffer, in several buffers, or the body in so many pieces.
   * Default: framed.
   */
  readonly layout?: 'framed' | 'apart' | number;
}

/** A message that comes in, with octets around it that are not its own. */
export function incomingMessage(parts: MessageParts = {}): Message {
  const { exchange = '', routingKey = '', properties = {}, layout = 'framed' } = parts;
  const body = Buffer.from(parts.body ?? '');
  const header = encodeContentHeader(body.length, properties);
  const message = new Message();
  message.route = surrounded(new OctetWriter().shortString(exchange).shortString(routingKey).finish());
  message.routeStart = MARGIN_OCTETS;
  message.routeEnd = message.route.length - MARGIN_OCTETS;
  message.bodySize = body.length;
  if (layout === 'framed') putFramed(message, header, body);
  else putApart(message, header, body, layout === 'apart' ? undefined : layout);
  return message;
}

const MARGIN_OCTETS = 9;

function surrounded(octets: Buffer): Buffer {
  const margin = Buffer.alloc(MARGIN_OCTETS, 0xee);
  return Buffer.concat([margin, octets, margin]);
}

function frame(type: number, payload: Buffer): Buffer {
  const octets = Buffer.alloc(payload.length + 8, FRAME_END);
  payload.copy(octets, putFrameHeader(octets, 0, type, 0xabcd, payload.length));
  return octets;
}

function putFramed(message: Message, header: Buffer, body: Buffer): void {
  const frames = body.length === 0 ? [frame(2, header)] : [frame(2, header), frame(3, body)];
  const octets = surrounded(Buffer.concat(frames));
  message.header = message.body = octets;
  message.headerStart = MARGIN_OCTETS + 7;
  message.headerEnd = message.headerStart + header.length;
  message.bodyStart = message.headerEnd + 8;
  message.bodyEnd = message.bodyStart + body.length;
  message.isFramed = true;
}

function putApart(message: Message, header: Buffer, body: Buffer, pieceCount: number | undefined): void {
  message.header = surrounded(header);
  message.headerStart = MARGIN_OCTETS;
  message.headerEnd = MARGIN_OCTETS + header.length;
  if (pieceCount === undefined) {
    message.body = surrounded(body);
    message.bodyStart = MARGIN_OCTETS;
    message.bodyEnd = MARGIN_OCTETS + body.length;
    return;
  }
  const pieces: Buffer[] = [];
  const size = Math.max(1, Math.ceil(body.length / pieceCount));
  for (let at = 0; at < body.length; at += size) pieces.push(Buffer.from(body.subarray(at, at + size)));
  message.pieces = pieces;
}

/** The body, wherever it lies. */
export function bodyOf({ pieces, body, bodyStart, bodyEnd, bodySize }: Message): Buffer {
  const octets = pieces === undefined ? Buffer.from(body.subarray(bodyStart, bodyEnd)) : Buffer.concat(pieces);
  assert.equal(octets.length, bodySize);
  return octets;
}
