import { AmqpError } from './amqp-error.ts';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEADER_SIZE_OCTETS,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  FRAME_OVERHEAD_OCTETS,
} from './constants.ts';
import { payloadSnippet } from './erlang-term.ts';

/** A method frame has at least class and method id, a header frame class, weight and body size. */
const MIN_METHOD_OCTETS = 4;
const MIN_HEADER_OCTETS = 12;

/**
 * What a stream of frames consists of. Octets are given as a range of a buffer that is never written to again, so a
 * handler may keep the range instead of a copy.
 */
export interface FrameHandler {
  onMethodFrame(channel: number, octets: Buffer, start: number, end: number): void;
  onHeaderFrame(channel: number, octets: Buffer, start: number, end: number): void;
  /** A body frame's payload, or a part of it: a body frame that arrives in pieces is passed on in pieces. */
  onBodyOctets(channel: number, octets: Buffer, start: number, end: number): void;
  onHeartbeatFrame(): void;
}

/**
 * Cuts a stream of octets into frames (AMQP 0-9-1, section 4.2.3), however the transport has cut it into chunks.
 *
 *     chunk n                      chunk n+1
 *     ┌───────┬───────┬──────────┐ ┌────┬────────┬───
 *     │ frame │ frame │ a frame's│ │rest│ frame  │ …
 *     └───────┴───────┴──────────┘ └────┴────────┴───
 *        parsed where      └── joined ─┘
 *        they lie              (bodies are never joined, but passed on in parts)
 *
 * Errors are thrown as AmqpError; after one the stream can't be read any further.
 */
export class FrameReader {
  private readonly handler: FrameHandler;
  private maxPayloadOctets: number;
  private stopped = false;

  /** The first octets of a frame header that the chunk's end has cut. */
  private readonly header = Buffer.allocUnsafe(FRAME_HEADER_SIZE_OCTETS);
  private headerFilled = 0;
  /** A frame that the chunk's end has cut, header and all; filled up to `frameFilled`. */
  private frame: Buffer | undefined;
  private frameFilled = 0;
  /** Octets that are still to come of the body frame being passed on, its end octet included; 0: there is none. */
  private bodyLeft = 0;
  private bodyChannel = 0;

  constructor(handler: FrameHandler, frameMaxOctets: number) {
    this.handler = handler;
    this.maxPayloadOctets = frameMaxOctets;
  }

  /** RabbitMQ tolerates frames up to 8 octets over the negotiated size, since clients disagree on what it counts. */
  set frameMaxOctets(octets: number) {
    this.maxPayloadOctets = octets;
  }

  /** Makes the reader ignore all further octets, also those of the chunk being read. */
  stop(): void {
    this.stopped = true;
  }

  /** Reads all frames of the chunk. @throws AmqpError FRAME_ERROR or UNEXPECTED_FRAME */
  read(chunk: Buffer): void {
    let at = this.resume(chunk);
    const { length } = chunk;
    while (length - at >= FRAME_HEADER_SIZE_OCTETS && !this.stopped) {
      const size = (chunk[at + 3]! * 0x1000000 + (chunk[at + 4]! << 16)) | (chunk[at + 5]! << 8) | chunk[at + 6]!;
      const start = at + FRAME_HEADER_SIZE_OCTETS;
      const type = chunk[at]!;
      const channel = (chunk[at + 1]! << 8) | chunk[at + 2]!;
      if (size < 0 || size > this.maxPayloadOctets) this.refuseTooLarge(type, size >>> 0);
      if (length - start > size) {
        this.frameComplete(type, channel, chunk, start, start + size);
        at = start + size + 1;
      } else if (type === FRAME_BODY) {
        this.beginBody(channel, size);
        at = start + this.passOnBody(chunk, start);
      } else {
        this.beginFrame(size);
        at += this.fillFrame(chunk, at);
      }
    }
    if (at < length && !this.stopped) this.keepHeader(chunk, at);
  }

  private frameComplete(type: number, channel: number, octets: Buffer, start: number, end: number): void {
    if (octets[end] !== FRAME_END) {
      const snippet = payloadSnippet(octets.subarray(start, end));
      throw new AmqpError('FRAME_ERROR', `type ${type}, ${snippet}: {invalid_frame_end_marker,${octets[end]}}`);
    }
    if (type === FRAME_BODY) this.handler.onBodyOctets(channel, octets, start, end);
    else if (type === FRAME_METHOD && end - start >= MIN_METHOD_OCTETS) {
      this.handler.onMethodFrame(channel, octets, start, end);
    } else if (type === FRAME_HEADER && end - start >= MIN_HEADER_OCTETS) {
      this.handler.onHeaderFrame(channel, octets, start, end);
    } else if (type === FRAME_HEARTBEAT && start === end) {
      this.heartbeat(channel);
    } else {
      throw new AmqpError('FRAME_ERROR', `type ${type}, ${payloadSnippet(octets.subarray(start, end))}: unknown_frame`);
    }
  }

  private heartbeat(channel: number): void {
    if (channel !== 0) throw new AmqpError('UNEXPECTED_FRAME', `type ${FRAME_HEARTBEAT}, all octets = <<>>`);
    this.handler.onHeartbeatFrame();
  }

  /** Completes what the last chunk left unfinished; returns where the next frame begins. */
  private resume(chunk: Buffer): number {
    if (this.stopped) return chunk.length;
    if (this.bodyLeft > 0) return this.passOnBody(chunk, 0);
    if (this.frame !== undefined) return this.fillFrame(chunk, 0);
    if (this.headerFilled === 0) return 0;
    const wanted = FRAME_HEADER_SIZE_OCTETS - this.headerFilled;
    const taken = chunk.copy(this.header, this.headerFilled, 0, wanted);
    this.headerFilled += taken;
    if (taken < wanted) return taken;
    return taken + this.resumeAfterHeader(chunk, taken);
  }

  private resumeAfterHeader(chunk: Buffer, at: number): number {
    const { header } = this;
    this.headerFilled = 0;
    const type = header[0]!;
    const size = header.readUInt32BE(3);
    if (size > this.maxPayloadOctets) this.refuseTooLarge(type, size);
    if (type === FRAME_BODY) {
      this.beginBody(header.readUInt16BE(1), size);
      return this.passOnBody(chunk, at);
    }
    this.beginFrame(size);
    this.frameFilled = header.copy(this.frame!, 0);
    return this.fillFrame(chunk, at);
  }

  private beginBody(channel: number, size: number): void {
    this.bodyChannel = channel;
    this.bodyLeft = size + 1;
  }

  /** Passes on what `chunk` holds of the current body frame from `at`; returns how many octets that were. */
  private passOnBody(chunk: Buffer, at: number): number {
    const taken = Math.min(chunk.length - at, this.bodyLeft);
    this.bodyLeft -= taken;
    const payloadEnd = at + (this.bodyLeft === 0 ? taken - 1 : taken);
    if (this.bodyLeft === 0 && chunk[payloadEnd] !== FRAME_END) {
      throw new AmqpError('FRAME_ERROR', `type 3, all octets = <<>>: {invalid_frame_end_marker,${chunk[payloadEnd]}}`);
    }
    if (payloadEnd > at) this.handler.onBodyOctets(this.bodyChannel, chunk, at, payloadEnd);
    return taken;
  }

  private beginFrame(size: number): void {
    this.frame = Buffer.allocUnsafeSlow(size + FRAME_OVERHEAD_OCTETS);
    this.frameFilled = 0;
  }

  /** Adds to the cut frame what `chunk` holds of it from `at`, and handles it if that completes it; returns the octets taken. */
  private fillFrame(chunk: Buffer, at: number): number {
    const frame = this.frame!;
    const taken = chunk.copy(frame, this.frameFilled, at);
    this.frameFilled += taken;
    if (this.frameFilled === frame.length) {
      this.frame = undefined;
      this.frameComplete(frame[0]!, frame.readUInt16BE(1), frame, FRAME_HEADER_SIZE_OCTETS, frame.length - 1);
    }
    return taken;
  }

  private keepHeader(chunk: Buffer, at: number): void {
    this.headerFilled = chunk.copy(this.header, 0, at);
  }

  private refuseTooLarge(type: number, size: number): never {
    const limit = this.maxPayloadOctets - FRAME_OVERHEAD_OCTETS;
    throw new AmqpError('FRAME_ERROR', `type ${type}, all octets = <<>>: {frame_too_large,${size},${limit}}`);
  }
}
