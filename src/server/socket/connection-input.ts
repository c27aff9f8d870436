import { INITIAL_FRAME_MAX_OCTETS, PROTOCOL_HEADER } from '../../protocol/constants.ts';
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
 * A connection's octets on their way in: first the protocol header, then frames. They are parsed in the arena's input region,
 * from where the rest of their way costs less than a copy from elsewhere would (docs/adr/0002): the socket has read them
 * into it (docs/adr/0012), or they are copied there. So octets that frames are made of change with the next chunk, and
 * whoever still needs them is asked to keep them.
 */
export class ConnectionInput {
  private readonly handler: InputHandler;
  /** The arena's region that chunks are copied to; it is at the arena's beginning, so that offsets are the same in both. */
  private readonly region: Region;
  /** The frame size that holds for now. */
  private frameMaxOctets = INITIAL_FRAME_MAX_OCTETS;
  private reader: FrameReader;
  /** Undefined once the protocol header is complete. */
  private protocolHeader: Buffer | undefined = NOTHING;
  /** The buffer of its own that a chunk came in; empty: it came straight into the region. */
  private chunk = NOTHING;
  private isParsing = false;
  /** What is left of a chunk that others could not wait for. */
  private rest = NOTHING;
  /** Channels with a message on its way in. */
  private readonly receiving: ContentReceiver[] = [];

  constructor(handler: InputHandler, region: Region) {
    this.handler = handler;
    this.region = region;
    this.reader = new FrameReader(handler, INITIAL_FRAME_MAX_OCTETS);
  }

  /** Handles a chunk. @throws AmqpError FRAME_ERROR or UNEXPECTED_FRAME where the octets are no frames */
  read(chunk: Buffer): void {
    if (this.isInterrupted) {
      this.rest = Buffer.concat([this.rest, chunk]);
      return;
    }
    this.chunk = this.protocolHeader === undefined ? chunk : this.readProtocolHeader(this.protocolHeader, chunk);
    this.parseChunk();
  }

  /** The same for octets that the socket has read into the region's beginning. @throws as `read` does */
  readShared(lengthOctets: number): void {
    const { octets, start } = this.region;
    const end = start + lengthOctets;
    if (this.isInterrupted || this.protocolHeader !== undefined) {
      this.read(Buffer.from(octets.subarray(start, end)));
      return;
    }
    const at = this.parse(octets, start, end);
    if (at < end) this.rest = Buffer.from(octets.subarray(at, end));
  }

  /** Ends the chunk behind the frame that is being handled; what is left of it waits for `readRest`. */
  interrupt(): void {
    if (this.isParsing) this.reader.interrupt(); // else it is a frame that had been put off
  }

  /** Whether something is left of a chunk. */
  get isInterrupted(): boolean {
    return this.rest.length > 0;
  }

  /** Goes on behind where it was interrupted. @throws as `read` does */
  readRest(): void {
    this.chunk = this.rest;
    this.rest = NOTHING;
    this.parseChunk();
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
  private parseChunk(): void {
    const { region, chunk } = this;
    const { length } = chunk;
    let parsed: number;
    if (length > region.end - region.start || this.isAmidLargeBody) {
      parsed = this.parse(chunk, 0, length);
    } else {
      region.octets.set(chunk, region.start);
      parsed = this.parse(region.octets, region.start, region.start + length) - region.start;
    }
    this.chunk = NOTHING;
    if (parsed < length) this.rest = chunk.subarray(parsed); // an empty one would keep the chunk alive as well
  }

  /** Returns where it was interrupted, or the end. */
  private parse(octets: Buffer, start: number, end: number): number {
    this.isParsing = true;
    const at = this.reader.read(octets, start, end);
    this.isParsing = false;
    if (octets === this.region.octets) for (const receiver of this.receiving) receiver.keepIncoming();
    return at;
  }

  /** Whether most of the next octets belong to a body that is not copied, but kept where it comes in. */
  get isAmidLargeBody(): boolean {
    return this.reader.begunBodyOctets > LARGE_BODY_OCTETS;
  }

  /** Whether the octets lie where the next chunk comes, rather than in a buffer that is kept alive by whoever refers to it. */
  isSharedInput(octets: Buffer): boolean {
    return octets === this.region.octets;
  }

  /** The octets in a buffer that stays as it is, at the same place; undefined: they are nowhere but in the shared region. */
  stableBuffer(octets: Buffer): Buffer | undefined {
    if (octets !== this.region.octets) return octets;
    return this.chunk.length > 0 ? this.chunk : undefined;
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
    this.frameMaxOctets = octets;
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
    this.isParsing = false;
    this.chunk = NOTHING;
    this.rest = NOTHING;
  }
}
