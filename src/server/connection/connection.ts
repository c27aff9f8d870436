import type { Socket } from 'node:net';
import type { User } from '../../auth/user-directory.ts';
import { commitFailure } from '../../broker/directory-failure.ts';
import type { Endpoint } from '../../broker/events/broker-events.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import type { Logger } from '../../observe/logger.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { FRAME_OVERHEAD_OCTETS, PROTOCOL_HEADER } from '../../protocol/constants.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodName } from '../../protocol/methods.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { MessageJournal } from '../../storage/message-journal.ts';
import type { Channel } from '../channel/channel.ts';
import type { ChannelConnection } from '../channel/channel-connection.ts';
import { ChannelHolds, type HeldConnection } from '../channel/channel-hold.ts';
import { ChannelTable } from '../channel/channel-table.ts';
import type { QuorumNotice } from '../context/quorum-notice.ts';
import type { ServerContext } from '../context/server-context.ts';
import { Backpressure, type HeldBack } from '../socket/backpressure.ts';
import { ConnectionInput } from '../socket/connection-input.ts';
import { Heartbeat } from '../socket/heartbeat.ts';
import { Output, type OutputListener } from '../socket/output.ts';
import { PendingOutput } from '../socket/pending-output.ts';
import { readSocket, type SocketReceiver } from '../socket/socket-reader.ts';
import type { TurnParticipant } from '../socket/turn.ts';
import { ConnectionDetails } from './connection-details.ts';
import { ConnectionLog } from './connection-log.ts';
import { Endpoints } from './endpoints.ts';
import { type ConnectionPhase, type DispatchingConnection, FrameDispatch } from './frame-dispatch.ts';
import { type Agreement, Handshake, type HandshakePeer, hasCapability } from './handshake.ts';

const HEARTBEAT_FRAME = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
/** How long a peer may take to answer connection.close, or to close its socket after the handshake's last word. */
const CLOSE_TIMEOUT_MS = 5000;
/** The same for a peer whose answer could not be recognised any more: time for it to read why it is closed. */
const UNREADABLE_CLOSE_TIMEOUT_MS = 1000;

/**
 * A client's connection: octets in, through the frame reader to the handshake or to channels; output out, gathered
 * until the end of the turn (AMQP 0-9-1, sections 1.4 and 4.2).
 */
export class Connection
  implements
    DispatchingConnection,
    HandshakePeer,
    ChannelConnection,
    OutputListener,
    TurnParticipant,
    HeldBack,
    HeldConnection,
    SocketReceiver
{
  readonly output: Output;
  readonly store: MessageStore;
  readonly journal: MessageJournal | undefined;
  readonly maxMessageSizeOctets: number;
  readonly consumerTimeoutMs: number;
  readonly quorumNotice: QuorumNotice;
  user!: User;
  vhost!: VirtualHost;
  /** Undefined: the virtual host is not open yet. */
  details: ConnectionDetails | undefined;
  /** How many chunks have come from the client. */
  receivedPackets = 0;
  maxPayloadOctets = 0;
  notifiesOfCancel = false;
  readonly input: ConnectionInput;
  readonly backpressure: Backpressure;
  readonly holds: ChannelHolds;
  readonly pending: PendingOutput;
  readonly handshake: Handshake;
  readonly channels = new ChannelTable(this);
  readonly frames = new FrameDispatch(this);
  phase: ConnectionPhase = 'header';

  private readonly socket: Socket;
  private readonly life: ConnectionLog;
  private readonly endpoints: Endpoints;
  private readonly context: ServerContext;
  private readonly heartbeat = new Heartbeat();
  private readonly onClosed: (connection: Connection) => void;
  private notifiesOfBlocked = false;
  /** When the connection is dropped, on the clock of `performance.now()`. */
  private deadlineMs = Number.POSITIVE_INFINITY;

  constructor(socket: Socket, context: ServerContext, onClosed: (connection: Connection) => void) {
    const { config, store, pool } = context;
    this.socket = socket;
    this.endpoints = new Endpoints(socket);
    this.context = context;
    this.onClosed = onClosed;
    this.store = store;
    this.journal = context.journal;
    this.maxMessageSizeOctets = config.maxMessageSizeOctets;
    this.consumerTimeoutMs = config.consumerTimeoutMs;
    this.quorumNotice = context.quorumNotice;
    this.output = new Output(socket, pool, this);
    this.pending = new PendingOutput(this.output);
    this.input = new ConnectionInput(this.frames, context.input);
    const reader = readSocket(socket, context.input, this);
    this.backpressure = new Backpressure(reader, context.alarms, context.memoryAlarm, this);
    this.holds = new ChannelHolds(this, this.backpressure, context.commit);
    this.handshake = new Handshake(context, this);
    this.life = new ConnectionLog(context.log, () => `${socket.remoteAddress}:${socket.remotePort}`);
    this.life.debug({}, 'connection accepted');
    this.setDeadline(config.handshakeTimeoutMs);
    socket.on('error', (error) => this.life.debug({ err: error }, 'socket error'));
    socket.on('end', () => this.ended());
    socket.on('close', () => this.closed());
  }

  get name(): string {
    return this.endpoints.name;
  }

  get peer(): Endpoint {
    return this.endpoints.peer;
  }

  get local(): Endpoint {
    return this.endpoints.local;
  }

  get isLoopback(): boolean {
    return this.endpoints.isLoopback;
  }

  get log(): Logger {
    return this.life.logger;
  }

  // Input

  receivedChunk(chunk: Buffer): void {
    this.received();
    try {
      this.input.read(chunk);
    } catch (error) {
      this.unreadable(error);
    }
    this.afterInput();
  }

  receivedShared(lengthOctets: number): void {
    this.received();
    try {
      this.input.readShared(lengthOctets);
    } catch (error) {
      this.unreadable(error);
    }
    this.afterInput();
  }

  get isAmidLargeBody(): boolean {
    return this.input.isAmidLargeBody;
  }

  private received(): void {
    this.heartbeat.received();
    this.receivedPackets++;
  }

  private afterInput(): void {
    if (!this.input.isInterrupted) this.backpressure.resumeAfterOthers();
    else if (!this.backpressure.isBlocked) this.readRestLater();
    this.backpressure.pace.afterChunk();
    this.context.memoryAlarm.check();
  }

  methodHandled(): void {
    if (this.context.methodTime.isOver) this.input.interrupt();
  }

  private readRestLater(): void {
    this.backpressure.yieldToOthers(() => this.readRest());
  }

  private readRest(): void {
    if (this.backpressure.isBlocked) return; // `unblocked` goes on with it
    try {
      this.input.readRest();
    } catch (error) {
      this.unreadable(error);
    }
    this.afterInput();
  }

  /** After a broken frame only the client's close-ok matters, and that begins a chunk unless the client is broken too. */
  private unreadable(error: unknown): void {
    this.frames.currentMethod = 0;
    if (this.phase === 'closing' || this.phase === 'closed') {
      this.input.stop();
      this.setDeadline(UNREADABLE_CLOSE_TIMEOUT_MS);
      return;
    }
    this.fail(error, undefined);
    this.input.restart();
  }

  onProtocolHeader(isSpoken: boolean): void {
    if (isSpoken) {
      this.phase = 'handshake';
      this.output.reply(this.context.greeting.octets);
      return;
    }
    this.phase = 'closing';
    this.input.stop();
    this.socket.end(PROTOCOL_HEADER); // what we speak (section 4.2.2)
  }

  /** In the words that RabbitMQ has for it. */
  get state(): 'running' | 'blocked' | 'closing' {
    if (this.phase !== 'running') return 'closing';
    return this.backpressure.isBlocked ? 'blocked' : 'running';
  }

  get openChannels(): Iterable<Channel> {
    return this.channels.values();
  }

  // Output

  send<Name extends MethodName>(name: Name, args: MethodArguments<Name>): void {
    this.output.reply(encodeMethodFrame(0, name, args));
  }

  outputSending(): void {
    this.context.journal?.writeAcknowledgements();
  }

  outputBegun(): void {
    this.context.turn.schedule(this);
  }

  endTurn(): void {
    this.pending.writeConfirms();
    this.output.flush();
    this.heartbeat.sent();
    this.backpressure.pace.endTurn();
    this.context.memoryAlarm.check();
  }

  outputDrained(): void {
    this.backpressure.repliesRead();
    this.pending.resumeConsumers();
    this.vhost?.dispatches.run();
  }

  // Backpressure

  blocked(reason: string): void {
    this.life.debug({}, `publisher blocked: ${reason}`);
    if (this.notifiesOfBlocked) this.send('connection.blocked', { reason });
  }

  interruptInput(): void {
    this.input.interrupt();
  }

  unblocked(): void {
    if (this.notifiesOfBlocked) this.send('connection.unblocked', {});
    this.holds.unblocked();
    if (this.input.isInterrupted) this.readRestLater();
  }

  repliesUnread(): void {
    this.backpressure.repliesUnread();
  }

  readingResumed(): void {
    this.heartbeat.received();
  }

  // Waiting for commits

  answerHeld(answer: () => void): void {
    this.frames.currentMethod = 0;
    try {
      answer();
    } catch (error) {
      this.fail(error, undefined);
    }
  }

  workedOff(): void {
    this.backpressure.pace.afterChunk();
    this.context.memoryAlarm.check();
  }

  commitFailed(error: Error): void {
    this.log.error({ err: error }, 'the data directory failed; the connection is closed');
    this.frames.currentMethod = 0;
    this.close(commitFailure(error));
  }

  // Heartbeats

  /** Called by the server's clock, a few times a second. */
  tick(nowMs: number): void {
    if (nowMs > this.deadlineMs) {
      this.life.ends('timeout');
      this.drop();
    }
    if (this.phase !== 'running') return;
    const duty = this.heartbeat.duty(nowMs, this.backpressure.isReading);
    if (duty === 'give up') {
      const reason = `missed heartbeats from client, timeout: ${this.heartbeat.intervalMs / 1000}s`;
      this.log.warn(reason);
      this.life.ends(reason);
      this.drop();
    } else if (duty === 'send' && !this.output.isCongested) {
      this.output.reply(HEARTBEAT_FRAME);
    }
    this.frames.currentMethod = 0;
    for (const { channel, error } of this.channels.overdue(nowMs)) this.fail(error, channel);
  }

  // Opening and closing

  opened(agreement: Agreement): void {
    const { user, share, vhost, clientProperties, channelMax, frameMaxOctets, heartbeatS } = agreement;
    const details = new ConnectionDetails(this.socket, this.endpoints, agreement);
    Object.assign(this, { user, vhost, details });
    vhost.connectionCount++;
    vhost.counters.connectionsOpened++;
    share.addConnection();
    this.channels.share = share;
    this.heartbeat.intervalMs = heartbeatS * 1000;
    this.maxPayloadOctets = frameMaxOctets - FRAME_OVERHEAD_OCTETS;
    this.input.limitFrames(frameMaxOctets);
    this.channels.max = channelMax;
    this.notifiesOfCancel = hasCapability(clientProperties, 'consumer_cancel_notify');
    this.notifiesOfBlocked = hasCapability(clientProperties, 'connection.blocked');
    this.phase = 'running';
    this.deadlineMs = Number.POSITIVE_INFINITY;
    this.life.opened(agreement);
    vhost.events.by(user.name, () => vhost.events.emit('connection.created', details.facts));
  }

  /** Ends the connection from our side: tells the client why, and waits for its close-ok. */
  close(error: AmqpError): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.phase = 'closing';
    this.life.ends(error.replyText);
    this.release();
    this.send('connection.close', error.closeArguments(this.frames.currentMethod));
    this.setDeadline(CLOSE_TIMEOUT_MS);
    this.holds.connectionCloses();
  }

  /** Closes with the reason, or at once if the client has not even logged in. */
  shutDown(reason: AmqpError): void {
    if (this.phase === 'running') this.close(reason);
    else if (this.phase !== 'closing') this.drop();
  }

  /** Closes the channel, or the connection if the error demands it or there is no channel. */
  fail(error: unknown, channel: Channel | undefined): void {
    const known = error instanceof AmqpError ? error : new AmqpError('INTERNAL_ERROR', '');
    if (known !== error) this.log.error({ err: error }, 'unexpected error; the connection is closed');
    this.log.warn({ method: methodName(this.frames.currentMethod) ?? 'none' }, known.replyText);
    if (channel === undefined || known.closesConnection) this.close(known);
    else this.channels.close(channel, known, this.frames.currentMethod);
  }

  closedByClient({ replyCode, replyText }: MethodArguments<'connection.close'>): void {
    this.life.ends(`closed by client: ${replyCode} ${replyText}`);
    this.phase = 'closing';
    this.release();
    this.send('connection.close-ok', {});
    this.endSocket();
  }

  endSocket(): void {
    this.output.flush();
    this.socket.end();
    this.setDeadline(CLOSE_TIMEOUT_MS);
  }

  /** Drops the connection without a word. */
  drop(): void {
    this.socket.destroy();
  }

  /** Gives back all that the connection holds in its virtual host. */
  private release(): void {
    this.pending.writeConfirms();
    this.backpressure.stop();
    if (this.input.isInterrupted) this.readRestLater(); // an alarm does not hold back its last words
    this.channels.closeAll();
    this.pending.forgetConsumers();
    if (this.vhost !== undefined) this.leaveVhost();
    this.context.memoryAlarm.check(); // there may be nobody left who is read from, and would check
  }

  private leaveVhost(): void {
    this.vhost.deleteQueuesOf(this);
    this.vhost.connectionCount--;
    this.vhost.counters.connectionClosed(this.socket.bytesRead, this.socket.bytesWritten);
    this.channels.share.removeConnection();
    if (this.details !== undefined) this.vhost.events.emit('connection.closed', this.details.facts);
  }

  /** The peer has ended its side. One that has not said goodbye is gone, even if it leaves its socket half open. */
  private ended(): void {
    if (this.phase !== 'closing') this.drop();
  }

  private closed(): void {
    if (this.phase === 'closed') return;
    const wasOpen = this.phase !== 'closing';
    this.phase = 'closed';
    this.input.stop();
    if (wasOpen) this.release();
    this.output.close();
    this.life.closed();
    const { allReturned } = this.channels;
    if (allReturned === undefined) this.onClosed(this);
    else void allReturned.then(() => this.onClosed(this));
  }

  private setDeadline(afterMs: number): void {
    this.deadlineMs = performance.now() + afterMs;
  }
}
