import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_HEADER_SIZE_OCTETS, FRAME_OVERHEAD_OCTETS } from './constants.ts';
import type { Message } from './message.ts';
import { copyOctets, putLong } from './octets.ts';

/**
 * A message's content as frames: the content header and, unless the body is empty, one body frame. Most messages come in
 * like this, one frame behind the other, are stored like this and go out like this: one copy of octets, with another
 * channel number put in.
 */

/** How many octets the content takes as header frame and a single body frame. */
export function contentFramesLength(message: Message): number {
  const headerFrame = message.headerEnd - message.headerStart + FRAME_OVERHEAD_OCTETS;
  return message.bodySize === 0 ? headerFrame : headerFrame + message.bodySize + FRAME_OVERHEAD_OCTETS;
}

/** Writes the content as header frame and a single body frame; returns where they end. The channel is left open. */
export function putContentFrames(message: Message, target: Buffer, at: number): number {
  const { headerStart, headerEnd, bodySize } = message;
  if (message.isFramed) {
    const start = headerStart - FRAME_HEADER_SIZE_OCTETS;
    return copyOctets(message.header, start, start + contentFramesLength(message), target, at);
  }
  let end = putFrameHeader(target, at, FRAME_HEADER, 0, headerEnd - headerStart);
  end = copyOctets(message.header, headerStart, headerEnd, target, end);
  target[end++] = FRAME_END;
  if (bodySize === 0) return end;
  end = putFrameHeader(target, end, FRAME_BODY, 0, bodySize);
  if (message.pieces === undefined) end = copyOctets(message.body, message.bodyStart, message.bodyEnd, target, end);
  else for (const piece of message.pieces) end = copyOctets(piece, 0, piece.length, target, end);
  target[end++] = FRAME_END;
  return end;
}

export function putFrameHeader(target: Buffer, at: number, type: number, channel: number, size: number): number {
  target[at] = type;
  target[at + 1] = channel >>> 8;
  target[at + 2] = channel;
  return putLong(target, at + 3, size);
}
