import type { Socket } from 'node:net';
import type { User } from '../auth/user-directory.ts';
import type { Consumer } from '../broker/consumer.ts';
import { commitFailure } from '../broker/directory-failure.ts';
import type { VirtualHost } from '../broker/vhost.ts';
import type { LogFields, Logger } from '../observe/logger.ts';
import { AmqpError } from '../protocol/amqp-error.ts';
import {
  FRAME_BODY,
  FRAME_HEADER,
  FRAME_METHOD,
  FRAME_OVERHEAD_OCTETS,
  PROTOCOL_HEADER,
} from '../protocol/constants.ts';
import { payloadSnippet } from '../protocol/erlang-term.ts';
import { decodeArguments, encodeMethodFrame } from '../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodKey, methodName } from '../protocol/methods.ts';
import { getLong } from '../protocol/octets.ts';
import type { MessageJournal } from '../storage/message-journal.ts';
import type { MessageStore } from '../storage/message-store.ts';
import { Backpressure, type HeldBack } from './backpressure.ts';
import { type Channel, handleHotMethod } from './channel.ts';
import type { ChannelConnection, ConfirmingChannel } from './channel-connection.ts';
import { ChannelHolds, type HeldConnection } from './channel-hold.ts';
import { ChannelTable } from './channel-table.ts';
import { ConnectionInput, type InputHandler } from './connection-input.ts';
import { type Agreement, Handshake, type HandshakePeer, hasCapability } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';
import { dispatchMethod } from './methods/dispatch.ts';
import { Output, type OutputListener } from './output.ts';
import { unexpectedContent } from './publishing.ts';
import type { ServerContext } from './server-context.ts';
import type { TurnParticipant } from './turn.ts';

const PUBLISH = methodKey('basic.publish');
const IDS_OCTETS = 4;
const HEARTBEAT_FRAME = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce]);
/** How long a peer may take to answer connection.close, or to close its socket after the handshake's last word. */
const CLOSE_TIMEOUT_MS = 5000;
/** The same for a peer whose answer could not be recognised any more: time for it to read why it is closed. */
const UNREADABLE_CLOSE_TIMEOUT_MS = 1000;

type Phase = 'header' | 'handshake' | 'running' | 'closing' | 'closed';

/**
 * A client's connection: octets in, through the frame reader to the handshake or to channels; output out, gathered
 * until the end of the turn (AMQP 0-9-1, sections 1.4 and 4.2).
 */
export class Connection
  implements InputHandler, HandshakePeer, ChannelConnection, OutputListener, TurnParticipant, HeldBack, HeldConnection
{
  readonly output: Output;
  readonly store: MessageStore;
  readonly journal: MessageJournal | undefined;
  readonly maxMessageSizeOctets: number;
  readonly consumerTimeoutMs: number;
  user!: User;
  vhost!: VirtualHost;
  maxPayloadOctets = 0;
  notifiesOfCancel = false;
  readonly input: ConnectionInput;
  readonly backpressure: Backpressure;
  readonly holds: ChannelHolds;

  private readonly socket: Socket;
  private ownLog: Logger | undefined;
  private readonly context: ServerContext;
  private readonly heartbeat = new Heartbeat();
  private readonly handshake: Handshake;
  private readonly onClosed: (connection: Connection) => void;
  private phase: Phase = 'header';
  private readonly channels = new ChannelTable(this);
  private confirming: ConfirmingChannel[] = [];
  private awaitingOutput: Consumer[] = [];
  private notifiesOfBlocked = false;
  /** When the connection is dropped, on the clock of `performance.now()`. */
  private deadlineMs = Number.POSITIVE_INFINITY;
  /** Class and method id of what is being handled, for the reply if it fails; 0: no method. */
  private currentMethod = 0;

  constructor(socket: Socket, context: ServerContext, onClosed: (connection: Connection) => void) {
    const { config, store, pool } = context;
    this.socket = socket;
    this.context = context;
    this.onClosed = onClosed;
    this.store = store;
    this.journal = context.journal;
    this.maxMessageSizeOctets = config.maxMessageSizeOctets;
    this.consumerTimeoutMs = config.consumerTimeoutMs;
    this.output = new Output(socket, pool, this);
    this.input = new ConnectionInput(this, context.input, config.frameMaxOctets);
    this.backpressure = new Backpressure(socket, context.alarms, context.memoryAlarm, this);
    this.holds = new ChannelHolds(this, this.backpressure, context.commit);
    this.handshake = new Handshake(context, this);
    this.setDeadline(config.handshakeTimeoutMs);
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('error', (error) => this.debug({ err: error }, 'socket error'));
    socket.on('end', () => this.ended());
    socket.on('close', () => this.closed());
  }

  /** Made when there is something to say, since most connections come and go without. */
  get log(): Logger {
    const { remoteAddress, remotePort } = this.socket;
    this.ownLog ??= this.context.log.child({ peer: `${remoteAddress}:${remotePort}` });
    return this.ownLog;
  }

  private debug(fields: LogFields, text: string): void {
    if (this.context.log.isLevelEnabled('debug')) this.log.debug(fields, text);
  }

  // Input

  private receive(chunk: Buffer): void {
    this.heartbeat.received();
    try {
      this.input.read(chunk);
    } catch (error) {
      this.unreadable(error);
    }
    this.backpressure.pace.afterChunk();
    this.context.memoryAlarm.check();
  }

  /** After a broken frame only the client's close-ok matters, and that begins a chunk unless the client is broken too. */
  private unreadable(error: unknown): void {
    this.currentMethod = 0;
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

  onMethodFrame(number: number, octets: Buffer, start: number, end: number): void {
    const { holds } = this;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_METHOD, number, octets, start, end, true)) return;
    const key = getLong(octets, start);
    this.currentMethod = key;
    const channel = number === 0 ? undefined : this.channels.open(number);
    try {
      if (channel === undefined || this.phase !== 'running') {
        this.handleOutsideChannel(number, key, octets, start, end);
      } else if (channel.publishing.awaitsContent) {
        this.currentMethod = PUBLISH;
        throw channel.publishing.unexpectedMethod();
      } else if (!handleHotMethod(channel, key, octets, start, end)) {
        this.handleOnChannel(channel, requireName(key), octets, start, end);
      }
    } catch (error) {
      this.fail(error, channel);
    }
  }

  onHeaderFrame(number: number, octets: Buffer, start: number, end: number): void {
    const { holds } = this;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_HEADER, number, octets, start, end, true)) return;
    if (this.ignoresContent(number)) return;
    const channel = this.channels.open(number);
    this.currentMethod = PUBLISH;
    try {
      if (channel === undefined) throw this.contentOutsideChannel(number, FRAME_HEADER, octets.subarray(start, end));
      channel.publishing.header(octets, start, end);
    } catch (error) {
      this.fail(error, channel);
    }
  }

  onBodyOctets(number: number, octets: Buffer, start: number, end: number, isWholeFrame: boolean): void {
    const { holds } = this;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_BODY, number, octets, start, end, isWholeFrame)) return;
    if (this.ignoresContent(number)) return;
    const channel = this.channels.open(number);
    this.currentMethod = PUBLISH;
    try {
      if (channel === undefined) throw this.contentOutsideChannel(number, FRAME_BODY, octets.subarray(start, end));
      channel.publishing.body(octets, start, end, isWholeFrame);
    } catch (error) {
      this.fail(error, channel);
    }
  }

  onHeartbeatFrame(): void {
    // Any octets count as a sign of life, and `receive` has noted these.
  }

  private ignoresContent(number: number): boolean {
    return this.phase === 'closing' || this.phase === 'closed' || this.channels.isClosing(number);
  }

  private contentOutsideChannel(number: number, type: number, payload: Buffer): AmqpError {
    if (number !== 0 && this.phase === 'running') return unexpectedContent();
    return new AmqpError('UNEXPECTED_FRAME', `type ${type}, ${payloadSnippet(payload)}`, { blamesMethod: false });
  }

  /** Methods of the connection itself, and those on channels that are not open. */
  private handleOutsideChannel(number: number, key: number, octets: Buffer, start: number, end: number): void {
    if (this.phase === 'closing' || this.phase === 'closed') {
      this.handleWhileClosing(number, methodName(key));
      return;
    }
    const name = requireName(key);
    const argumentsStart = start + IDS_OCTETS;
    if (number !== 0) this.handleOnUnopened(number, name, octets, start, end);
    else if (this.phase === 'handshake') this.handshake.handle(name, octets, argumentsStart, end);
    else if (name === 'connection.close') this.closedByClient(decodeArguments(name, octets, argumentsStart, end));
    else if (name === 'connection.update-secret') {
      decodeArguments(name, octets, argumentsStart, end);
      this.send('connection.update-secret-ok', {});
    } else throw new AmqpError('CHANNEL_ERROR', 'unexpected method in connection state running');
  }

  private handleWhileClosing(number: number, name: MethodName | undefined): void {
    if (number !== 0) return;
    if (name === 'connection.close') this.send('connection.close-ok', {});
    if (name === 'connection.close' || name === 'connection.close-ok') this.endSocket();
  }

  private handleOnUnopened(number: number, name: MethodName, octets: Buffer, start: number, end: number): void {
    if (this.phase !== 'running') {
      throw new AmqpError('UNEXPECTED_FRAME', `type 1, ${payloadSnippet(octets.subarray(start, end))}`, {
        blamesMethod: false,
      });
    }
    decodeArguments(name, octets, start + IDS_OCTETS, end);
    if (name === 'channel.open') this.channels.add(number);
    else if (!this.channels.handleWhileClosing(number, name)) {
      throw new AmqpError('CHANNEL_ERROR', "expected 'channel.open'");
    }
  }

  private handleOnChannel(channel: Channel, name: MethodName, octets: Buffer, start: number, end: number): void {
    if (name === 'channel.close') {
      decodeArguments(name, octets, start + IDS_OCTETS, end);
      this.channels.closedByClient(channel);
    } else if (name === 'channel.open') {
      throw new AmqpError('CHANNEL_ERROR', "second 'channel.open' seen");
    } else {
      dispatchMethod(channel, name, octets, start, end);
    }
  }

  get isLoopback(): boolean {
    return isLoopbackAddress(this.socket.remoteAddress ?? '');
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
    this.writeConfirms();
    this.output.flush();
    this.heartbeat.sent();
    this.backpressure.pace.endTurn();
    this.context.memoryAlarm.check();
  }

  outputDrained(): void {
    this.backpressure.repliesRead();
    const consumers = this.awaitingOutput;
    this.awaitingOutput = [];
    for (const consumer of consumers) {
      consumer.awaitsOutput = false;
      consumer.resume();
    }
  }

  resumeWhenDrained(consumer: Consumer): void {
    if (consumer.awaitsOutput) return;
    consumer.awaitsOutput = true;
    this.awaitingOutput.push(consumer);
  }

  confirmAtTurnEnd(channel: ConfirmingChannel): void {
    this.confirming.push(channel);
    this.output.reserve(0);
  }

  /** Confirms come before whatever else may end a channel. */
  writeConfirms(): void {
    if (this.confirming.length === 0) return;
    const channels = this.confirming;
    this.confirming = [];
    for (const channel of channels) channel.writeConfirms();
  }

  // Backpressure

  blocked(reason: string): void {
    this.debug({}, `publisher blocked: ${reason}`);
    if (this.notifiesOfBlocked) this.send('connection.blocked', { reason });
  }

  unblocked(): void {
    if (this.notifiesOfBlocked) this.send('connection.unblocked', {});
  }

  repliesUnread(): void {
    this.backpressure.repliesUnread();
  }

  readingResumed(): void {
    this.heartbeat.received();
  }

  // Waiting for commits

  answerHeld(answer: () => void): void {
    this.currentMethod = 0;
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
    this.currentMethod = 0;
    this.close(commitFailure(error));
  }

  // Heartbeats

  /** Called by the server's clock, a few times a second. */
  tick(nowMs: number): void {
    if (nowMs > this.deadlineMs) this.drop();
    if (this.phase !== 'running') return;
    const duty = this.heartbeat.duty(nowMs, this.backpressure.isReading);
    if (duty === 'give up') {
      this.log.warn(`missed heartbeats from client, timeout: ${this.heartbeat.intervalMs / 1000}s`);
      this.drop();
    } else if (duty === 'send' && !this.output.isCongested) {
      this.output.reply(HEARTBEAT_FRAME);
    }
    this.currentMethod = 0;
    for (const { channel, error } of this.channels.overdue(nowMs)) this.fail(error, channel);
  }

  // Opening and closing

  opened(agreement: Agreement): void {
    const { user, share, vhost, clientProperties, channelMax, frameMaxOctets, heartbeatS } = agreement;
    Object.assign(this, { user, vhost });
    vhost.connectionCount++;
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
    this.debug({ user: user.name, vhost: vhost.name }, 'connection opened');
  }

  /** Ends the connection from our side: tells the client why, and waits for its close-ok. */
  close(error: AmqpError): void {
    if (this.phase === 'closing' || this.phase === 'closed') return;
    this.phase = 'closing';
    this.release();
    this.send('connection.close', error.closeArguments(this.currentMethod));
    this.setDeadline(CLOSE_TIMEOUT_MS);
    this.holds.connectionCloses();
  }

  /** Closes with the reason, or at once if the client has not even logged in. */
  shutDown(reason: AmqpError): void {
    if (this.phase === 'running') this.close(reason);
    else if (this.phase !== 'closing') this.drop();
  }

  private fail(error: unknown, channel: Channel | undefined): void {
    const known = error instanceof AmqpError ? error : new AmqpError('INTERNAL_ERROR', '');
    if (known !== error) this.log.error({ err: error }, 'unexpected error; the connection is closed');
    this.log.warn({ method: methodName(this.currentMethod) ?? 'none' }, known.replyText);
    if (channel === undefined || known.closesConnection) this.close(known);
    else this.channels.close(channel, known, this.currentMethod);
  }

  private closedByClient({ replyCode, replyText }: MethodArguments<'connection.close'>): void {
    this.debug({ replyCode, replyText }, 'connection closed by client');
    this.phase = 'closing';
    this.release();
    this.send('connection.close-ok', {});
    this.endSocket();
  }

  private endSocket(): void {
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
    this.writeConfirms();
    this.backpressure.stop();
    this.channels.closeAll();
    this.awaitingOutput = [];
    if (this.vhost !== undefined) this.leaveVhost();
    this.context.memoryAlarm.check(); // there may be nobody left who is read from, and would check
  }

  private leaveVhost(): void {
    this.vhost.deleteQueuesOf(this);
    this.vhost.connectionCount--;
    this.channels.share.removeConnection();
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
    this.onClosed(this);
  }

  private setDeadline(afterMs: number): void {
    this.deadlineMs = performance.now() + afterMs;
  }
}

function requireName(key: number): MethodName {
  const name = methodName(key);
  if (name === undefined) throw new AmqpError('COMMAND_INVALID', 'unknown method');
  return name;
}

function isLoopbackAddress(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}
