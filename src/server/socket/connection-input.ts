import { PROTOCOL_HEADER } from '../../protocol/constants.ts';
import { type FrameHandler, FrameReader } from '../../protocol/frame-reader.ts';
import { LARGE_BODY_OCTETS } from '../../protocol/message.ts';
import type { Region } from '../../storage/message/arena.ts';

const NOTHING: Buffer = Buffer.alloc(0);

/** What a connection makes of its input, besides frames. */
export interface InputHandler extends FrameHandler {
  /** The protocol header was right, or was not one that we speak. */
  onProtocolHeader(isSpoken: boolean): void;
}

/** A channel with a message on its way in. */
export interface ContentReceiver {
  /** Copies what has come so far, because the octets it lies in are about to change. */
  keepIncoming(): void;
}

/**
 * A connection's octets on their way in: first the protocol header, then frames. A chunk is parsed as a copy in the arena,
 * from where the rest of its way costs less than a copy from the chunk itself would (docs/adr/0002). So octets that
 * frames are made of change with the next chunk, and whoever still needs them is asked to keep them.
 */
export class ConnectionInput {
  private readonly handler: InputHandler;
  /** The arena's region that chunks are copied to; it is at the arena's beginning, so that offsets are the same in both. */
  private readonly region: Region;
  private readonly frameMaxOctets: number;
  private reader: FrameReader;
  /** Undefined once the protocol header is complete. */
  private protocolHeader: Buffer | undefined = NOTHING;
  private chunk = NOTHING;
  /** What is left of a chunk that others could not wait for. */
  private rest = NOTHING;
  /** Channels with a message on its way in. */
  private readonly receiving: ContentReceiver[] = [];

  constructor(handler: InputHandler, region: Region, frameMaxOctets: number) {
    this.handler = handler;
    this.region = region;
    this.frameMaxOctets = frameMaxOctets;
    this.reader = new FrameReader(handler, frameMaxOctets);
  }

  /** Handles a chunk. @throws AmqpError FRAME_ERROR or UNEXPECTED_FRAME where the octets are no frames */
  read(chunk: Buffer): void {
    if (this.isInterrupted) {
      this.rest = Buffer.concat([this.rest, chunk]);
      return;
    }
    this.chunk = this.protocolHeader === undefined ? chunk : this.readProtocolHeader(this.protocolHeader, chunk);
    this.parse(this.chunk);
    this.chunk = NOTHING;
  }

  /** Ends the chunk behind the frame that is being handled; what is left of it waits for `readRest`. */
  interrupt(): void {
    if (this.chunk.length > 0) this.reader.interrupt(); // else it is a frame that had been put off
  }

  /** Whether something is left of a chunk. */
  get isInterrupted(): boolean {
    return this.rest.length > 0;
  }

  /** Goes on behind where it was interrupted. @throws as `read` does */
  readRest(): void {
    this.chunk = this.rest;
    this.rest = NOTHING;
    this.parse(this.chunk);
    this.chunk = NOTHING;
  }

  /** Returns what follows the protocol header, once that is complete. */
  private readProtocolHeader(begun: Buffer, chunk: Buffer): Buffer {
    const octets = begun.length === 0 ? chunk : Buffer.concat([begun, chunk]);
    if (octets.length < PROTOCOL_HEADER.length) {
      this.protocolHeader = octets;
      return NOTHING;
    }
    this.protocolHeader = undefined;
    this.handler.onProtocolHeader(PROTOCOL_HEADER.compare(octets, 0, PROTOCOL_HEADER.length) === 0);
    return octets.subarray(PROTOCOL_HEADER.length);
  }

  /** A chunk that goes on with a large body is parsed where it is: most of its octets go on as slices anyway. */
  private parse(chunk: Buffer): void {
    const { region } = this;
    const { length } = chunk;
    if (length > region.end - region.start || this.reader.begunBodyOctets > LARGE_BODY_OCTETS) {
      this.keepRest(chunk, this.reader.read(chunk, 0, length));
      return;
    }
    region.octets.set(chunk, region.start);
    this.keepRest(chunk, this.reader.read(region.octets, region.start, region.start + length) - region.start);
    for (const receiver of this.receiving) receiver.keepIncoming();
  }

  /** An empty rest would keep the chunk alive as well. */
  private keepRest(chunk: Buffer, at: number): void {
    if (at < chunk.length) this.rest = chunk.subarray(at);
  }

  /** Whether the octets lie where the next chunk comes, rather than in a buffer that is kept alive by whoever refers to it. */
  isPassing(octets: Buffer): boolean {
    return octets === this.region.octets;
  }

  /** The octets in a buffer that stays as it is, at the same place. */
  lasting(octets: Buffer): Buffer {
    return octets === this.region.octets ? this.chunk : octets;
  }

  /** How many messages have begun to come in. */
  get unfinishedCount(): number {
    return this.receiving.length;
  }

  /** A message has begun to come in, or has come in whole. */
  contentBegun(receiver: ContentReceiver): void {
    this.receiving.push(receiver);
  }

  contentEnded(receiver: ContentReceiver): void {
    const { receiving } = this;
    if (receiving[receiving.length - 1] === receiver) receiving.pop();
    else receiving.splice(receiving.indexOf(receiver), 1);
  }

  /** The frame size that was negotiated. */
  limitFrames(octets: number): void {
    this.reader.frameMaxOctets = octets;
  }

  /** Gives up on the chunk being read, and begins anew with the next one: there is no way to find back after an error. */
  restart(): void {
    this.stop();
    this.reader = new FrameReader(this.handler, this.frameMaxOctets);
  }

  /** Ignores everything from now on. */
  stop(): void {
    this.reader.stop();
    this.chunk = NOTHING;
    this.rest = NOTHING;
  }
}
