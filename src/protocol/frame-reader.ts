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
import { getLong } from './octets.ts';

/** A method frame has at least class and method id, a header frame class, weight and body size. */
const MIN_METHOD_OCTETS = 4;
const MIN_HEADER_OCTETS = 12;

/**
 * What a stream of frames consists of. Octets are given as a range of the buffer that is being read, so they are the
 * handler's only during the call.
 */
export interface FrameHandler {
  onMethodFrame(channel: number, octets: Buffer, start: number, end: number): void;
  onHeaderFrame(channel: number, octets: Buffer, start: number, end: number): void;
  /** A body frame's payload, or a part of it: a body frame that arrives in pieces is passed on in pieces. */
  onBodyOctets(channel: number, octets: Buffer, start: number, end: number, isWholeFrame: boolean): void;
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
  private interrupted = false;

  /** The first octets of a frame header that the chunk's end has cut. */
  private readonly header = Buffer.allocUnsafe(FRAME_HEADER_SIZE_OCTETS);
  private headerFilled = 0;
  /** A frame that the chunk's end has cut, header and all; filled up to `frameFilled`. */
  private frame: Buffer | undefined;
  private frameFilled = 0;
  /** Octets that are still to come of the body frame being passed on, its end octet included; 0: there is none. */
  private bodyLeft = 0;
  private bodySize = 0;
  private bodyChannel = 0;
  /** The last octet of a body frame whose end octet is still to come: without that end, the frame does not count. */
  private withheld: Buffer | undefined;

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
    this.interrupted = false;
  }

  /** Has `read` end behind the frame that is being handled: to be called by its handler. */
  interrupt(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.interrupted = true;
  }

  /** The size of the body frame that has begun and is not complete; 0: there is none. */
  get begunBodyOctets(): number {
    return this.bodyLeft > 0 ? this.bodySize : 0;
  }

  /**
   * Reads the frames in `octets[start, end)`; returns where it was interrupted, to go on from there the next time, or `end`.
   * @throws AmqpError FRAME_ERROR or UNEXPECTED_FRAME
   */
  read(octets: Buffer, start: number, end: number): number {
    let at = this.resume(octets, start, end);
    while (end - at >= FRAME_HEADER_SIZE_OCTETS && !this.stopped) {
      const size = getLong(octets, at + 3);
      const payload = at + FRAME_HEADER_SIZE_OCTETS;
      const type = octets[at]!;
      const channel = (octets[at + 1]! << 8) | octets[at + 2]!;
      if (size < 0 || size > this.maxPayloadOctets) this.refuseTooLarge(type, size >>> 0);
      if (end - payload > size) {
        this.frameComplete(type, channel, octets, payload, payload + size);
        at = payload + size + 1;
      } else if (type === FRAME_BODY) {
        this.beginBody(channel, size);
        at = this.passOnBody(octets, payload, end);
      } else {
        this.beginFrame(size);
        at = this.fillFrame(octets, at, end);
      }
    }
    if (this.interrupted) {
      this.stopped = false;
      this.interrupted = false;
      return at;
    }
    if (at < end && !this.stopped) this.headerFilled = octets.copy(this.header, 0, at, end);
    return end;
  }

  private frameComplete(type: number, channel: number, octets: Buffer, start: number, end: number): void {
    if (octets[end] !== FRAME_END) {
      const snippet = payloadSnippet(octets.subarray(start, end));
      throw new AmqpError('FRAME_ERROR', `type ${type}, ${snippet}: {invalid_frame_end_marker,${octets[end]}}`);
    }
    if (type === FRAME_BODY) this.handler.onBodyOctets(channel, octets, start, end, true);
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
  private resume(octets: Buffer, start: number, end: number): number {
    if (this.stopped) return end;
    if (this.bodyLeft > 0) return this.passOnBody(octets, start, end);
    if (this.frame !== undefined) return this.fillFrame(octets, start, end);
    if (this.headerFilled === 0) return start;
    const wanted = FRAME_HEADER_SIZE_OCTETS - this.headerFilled;
    const taken = octets.copy(this.header, this.headerFilled, start, Math.min(start + wanted, end));
    this.headerFilled += taken;
    return taken < wanted ? end : this.resumeAfterHeader(octets, start + taken, end);
  }

  private resumeAfterHeader(octets: Buffer, at: number, end: number): number {
    const { header } = this;
    this.headerFilled = 0;
    const type = header[0]!;
    const size = header.readUInt32BE(3);
    if (size > this.maxPayloadOctets) this.refuseTooLarge(type, size);
    if (type === FRAME_BODY) {
      this.beginBody(header.readUInt16BE(1), size);
      return this.passOnBody(octets, at, end);
    }
    this.beginFrame(size);
    this.frameFilled = header.copy(this.frame!, 0);
    return this.fillFrame(octets, at, end);
  }

  private beginBody(channel: number, size: number): void {
    this.bodyChannel = channel;
    this.bodySize = size;
    this.bodyLeft = size + 1;
  }

  /** Passes on what there is of the current body frame from `at`; returns where that ends. */
  private passOnBody(octets: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + this.bodyLeft);
    this.bodyLeft -= next - at;
    let payloadEnd = next;
    if (this.bodyLeft === 0) {
      payloadEnd--;
      this.checkBodyEnd(octets, at, payloadEnd);
    } else if (this.bodyLeft === 1 && next > at) {
      payloadEnd--;
      this.withheld = Buffer.from(octets.subarray(payloadEnd, next));
    }
    if (payloadEnd > at) this.handler.onBodyOctets(this.bodyChannel, octets, at, payloadEnd, false);
    return next;
  }

  private checkBodyEnd(octets: Buffer, start: number, end: number): void {
    if (octets[end] !== FRAME_END) {
      const snippet = payloadSnippet(octets.subarray(start, end));
      throw new AmqpError('FRAME_ERROR', `type 3, ${snippet}: {invalid_frame_end_marker,${octets[end]}}`);
    }
    const { withheld } = this;
    this.withheld = undefined;
    if (withheld !== undefined) this.handler.onBodyOctets(this.bodyChannel, withheld, 0, 1, false);
  }

  private beginFrame(size: number): void {
    this.frame = Buffer.allocUnsafeSlow(size + FRAME_OVERHEAD_OCTETS);
    this.frameFilled = 0;
  }

  /** Adds to the cut frame what there is of it from `at`, and handles it if that completes it; returns where that ends. */
  private fillFrame(octets: Buffer, at: number, end: number): number {
    const frame = this.frame!;
    const taken = octets.copy(frame, this.frameFilled, at, end);
    this.frameFilled += taken;
    if (this.frameFilled === frame.length) {
      this.frame = undefined;
      this.frameComplete(frame[0]!, frame.readUInt16BE(1), frame, FRAME_HEADER_SIZE_OCTETS, frame.length - 1);
    }
    return at + taken;
  }

  private refuseTooLarge(type: number, size: number): never {
    const limit = this.maxPayloadOctets - FRAME_OVERHEAD_OCTETS;
    throw new AmqpError('FRAME_ERROR', `type ${type}, all octets = <<>>: {frame_too_large,${size},${limit}}`);
  }
}
