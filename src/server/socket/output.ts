import type { Socket } from 'node:net';
import type { Keeper } from '../../protocol/message.ts';
import { ownRegion, type Region } from '../../storage/message/arena.ts';
import type { BufferPool } from './buffer-pool.ts';

/** Sent in one turn before a connection's deliveries wait for the next, so that no consumer holds up all others. */
const TURN_LIMIT_OCTETS = 4 * 1024 * 1024;
/** Large bodies gathered for one `writev`. */
const GATHER_LIMIT_OCTETS = 128 * 1024;
/** Replies that a peer may leave unread before nothing more is read from it. */
const UNREAD_REPLIES_LIMIT_OCTETS = 1024 * 1024;

const NO_REGION: Region = { octets: Buffer.alloc(0), start: 0, end: 0 };

/** What an Output tells its connection. */
export interface OutputListener {
  /** There is something to flush, for the first time in this turn. */
  outputBegun(): void;
  /** Octets go to the system now: what they say must be true of what would survive the end of this process. */
  outputSending(): void;
  /** Deliveries may go on, after `isCongested`. */
  outputDrained(): void;
  /** The peer does not read the replies to what it asks. */
  repliesUnread(): void;
}

/**
 * A connection's output: frames are encoded straight into a buffer that is written when full or at the turn's end.
 *
 *     written                 being filled
 *     ┌──────────────────┐    ┌──────────────┬──────────┐
 *     │ in flight        │    │ start … at   │  room    │      and large bodies between two stretches of it,
 *     └──────────────────┘    └──────────────┴──────────┘      as slices of the chunks they came in
 *
 * As soon as the kernel takes no more (`isCongested`), deliveries stop: messages wait in queues, not here. What is in
 * memory for a slow reader is thus a buffer or two, plus the replies to its own requests.
 */
export class Output {
  /** Being filled; replaced by `reserve`, so read it after each reserve. */
  buffer: Buffer = NO_REGION.octets;
  /** Where the next frame goes; whoever writes moves it on. */
  at = 0;
  /** True: deliver nothing more until `outputDrained`. */
  isCongested = false;
  /** How often something was handed to the system. */
  sentPackets = 0;

  private readonly socket: Socket;
  private readonly pool: BufferPool;
  private readonly listener: OutputListener;
  private region = NO_REGION;
  private start = 0;
  private pieces: Buffer[] = [];
  private piecesOctets = 0;
  private inFlight: Region[] = [];
  /** Who keeps the slices that are gathered or in flight. */
  private readonly pinned: Keeper[] = [];
  private isBegun = false;
  private sentInTurn = 0;
  private unreadReplies = 0;
  private readonly onWritten = () => this.written();

  constructor(socket: Socket, pool: BufferPool, listener: OutputListener) {
    this.socket = socket;
    this.pool = pool;
    this.listener = listener;
  }

  /** What was sent and the system has not taken yet. */
  get unreadOctets(): number {
    return this.socket.writableLength;
  }

  /** Makes sure that `buffer` has room for so many octets from `at`; returns `at`. */
  reserve(octets: number): number {
    if (!this.isBegun) {
      this.isBegun = true;
      this.listener.outputBegun();
    }
    if (octets > this.region.end - this.at) this.makeRoom(octets);
    return this.at;
  }

  private makeRoom(octets: number): void {
    if (this.hasPending) this.send();
    if (octets <= this.region.end - this.at) return;
    this.giveBackRegion();
    const region = this.pool.take();
    if (octets <= region.end - region.start) {
      this.use(region);
    } else {
      this.pool.give(region);
      this.use(ownRegion(octets));
    }
  }

  private get hasPending(): boolean {
    return this.at > this.start || this.pieces.length > 0;
  }

  private use(region: Region): void {
    this.region = region;
    this.buffer = region.octets;
    this.start = this.at = region.start;
  }

  private giveBackRegion(): void {
    if (this.region !== NO_REGION) this.pool.give(this.region);
    this.use(NO_REGION);
  }

  /** Adds a reply to something that the peer asked for. */
  reply(frame: Buffer): void {
    const at = this.reserve(frame.length);
    frame.copy(this.buffer, at);
    this.at = at + frame.length;
    this.countReply(frame.length);
  }

  /** Counts octets that the peer has caused by asking, rather than by consuming. */
  countReply(octets: number): void {
    this.unreadReplies += octets;
    if (this.unreadReplies > UNREAD_REPLIES_LIMIT_OCTETS && this.socket.writableLength > 0)
      this.listener.repliesUnread();
  }

  /** Adds octets without copying them; they must not change any more, and `keeper` sees to it that they don't. */
  slice(octets: Buffer, keeper?: Keeper): void {
    if (keeper !== undefined) {
      keeper.pin();
      this.pinned.push(keeper);
    }
    if (this.at > this.start) {
      this.pieces.push(this.buffer.subarray(this.start, this.at));
      this.start = this.at;
    }
    this.pieces.push(octets);
    this.piecesOctets += octets.length;
    if (this.piecesOctets > GATHER_LIMIT_OCTETS) this.send();
  }

  /** Sends everything; called at the turn's end. */
  flush(): void {
    this.isBegun = false;
    if (this.hasPending) this.send();
    this.giveBackRegion();
    const wasHeldBack = this.sentInTurn > TURN_LIMIT_OCTETS;
    this.sentInTurn = 0;
    if (wasHeldBack && this.socket.writableLength === 0) this.drained();
  }

  private send(): void {
    this.listener.outputSending();
    this.sentPackets++;
    const { socket } = this;
    const stretch = this.at > this.start ? this.buffer.subarray(this.start, this.at) : undefined;
    this.sentInTurn += this.piecesOctets + (this.at - this.start);
    if (socket.destroyed || socket.writableEnded) this.pieces = [];
    else if (this.pieces.length === 0) socket.write(stretch!, this.onWritten);
    else this.sendPieces(stretch);
    this.piecesOctets = 0;
    if (socket.writableLength === 0) {
      this.unpin();
      this.start = this.at = this.region.start; // the kernel has taken it all: the buffer can be used again at once
      if (this.sentInTurn > TURN_LIMIT_OCTETS) this.isCongested = true;
      return;
    }
    this.isCongested = true;
    if (this.region !== NO_REGION) this.inFlight.push(this.region);
    this.use(NO_REGION);
  }

  private sendPieces(last: Buffer | undefined): void {
    const { socket, pieces } = this;
    if (last !== undefined) pieces.push(last);
    this.pieces = [];
    socket.cork();
    const final = pieces.length - 1;
    for (let i = 0; i < final; i++) socket.write(pieces[i]!);
    socket.write(pieces[final]!, this.onWritten);
    socket.uncork();
  }

  private written(): void {
    if (this.socket.writableLength > 0) return;
    this.giveBackInFlight();
    if (this.pieces.length === 0) this.unpin();
    this.unreadReplies = 0;
    if (this.isCongested && this.sentInTurn <= TURN_LIMIT_OCTETS) this.drained();
  }

  private giveBackInFlight(): void {
    for (const region of this.inFlight) this.pool.give(region);
    this.inFlight = [];
  }

  private unpin(): void {
    if (this.pinned.length === 0) return;
    for (const keeper of this.pinned.splice(0)) keeper.unpin();
  }

  /** Gives all buffers back, once the socket is closed and the system has let go of them. */
  close(): void {
    this.giveBackInFlight();
    this.giveBackRegion();
    this.unpin();
  }

  private drained(): void {
    this.isCongested = false;
    this.listener.outputDrained();
  }
}
