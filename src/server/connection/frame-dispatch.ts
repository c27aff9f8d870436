import { AmqpError } from '../../protocol/amqp-error.ts';
import { FRAME_BODY, FRAME_HEADER, FRAME_METHOD, METHOD_IDS_OCTETS } from '../../protocol/constants.ts';
import { payloadSnippet } from '../../protocol/erlang-term.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodKey, methodName } from '../../protocol/methods.ts';
import { getLong } from '../../protocol/octets.ts';
import { type Channel, handleHotMethod } from '../channel/channel.ts';
import type { ChannelHolds } from '../channel/channel-hold.ts';
import type { ChannelTable } from '../channel/channel-table.ts';
import { unexpectedContent } from '../channel/incoming-content.ts';
import { dispatchMethod } from '../methods/dispatch.ts';
import type { InputHandler } from '../socket/connection-input.ts';
import type { Handshake } from './handshake.ts';

const PUBLISH = methodKey('basic.publish');

/** What becomes of a connection, in this order; 'closing' from the first of the closing handshake's words. */
export type ConnectionPhase = 'header' | 'handshake' | 'running' | 'closing' | 'closed';

/** The connection that frames came in on: what is said about the connection itself is its business. */
export interface DispatchingConnection {
  readonly phase: ConnectionPhase;
  readonly channels: ChannelTable;
  readonly holds: ChannelHolds;
  readonly handshake: Handshake;
  send<Name extends MethodName>(name: Name, args: MethodArguments<Name>): void;
  onProtocolHeader(isSpoken: boolean): void;
  /** A method was handled that is none of those that messages consist of. */
  methodHandled(): void;
  /** The client has asked for the connection to be closed. */
  closedByClient(args: MethodArguments<'connection.close'>): void;
  /** The closing handshake is through. */
  endSocket(): void;
  /** Closes the channel, or the connection if the error demands it or there is no channel. */
  fail(error: unknown, channel: Channel | undefined): void;
}

/** Brings a connection's frames to where they belong: its channels, its handshake, itself. */
export class FrameDispatch implements InputHandler {
  /** Class and method id of what is being handled, for the reply if it fails; 0: no method. */
  currentMethod = 0;
  private readonly connection: DispatchingConnection;
  private readonly channels: ChannelTable;

  constructor(connection: DispatchingConnection) {
    this.connection = connection;
    this.channels = connection.channels;
  }

  onProtocolHeader(isSpoken: boolean): void {
    this.connection.onProtocolHeader(isSpoken);
  }

  onMethodFrame(number: number, octets: Buffer, start: number, end: number): void {
    const { connection } = this;
    const { holds } = connection;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_METHOD, number, octets, start, end, true)) return;
    const key = getLong(octets, start);
    this.currentMethod = key;
    const channel = number === 0 ? undefined : this.channels.open(number);
    try {
      if (channel === undefined || connection.phase !== 'running') {
        this.handleOutsideChannel(number, key, octets, start, end);
        connection.methodHandled();
      } else if (channel.incoming.isUnderWay) {
        this.currentMethod = PUBLISH;
        throw channel.incoming.unexpectedMethod();
      } else if (!handleHotMethod(channel, key, octets, start, end)) {
        this.handleOnChannel(channel, requireName(key), octets, start, end);
        connection.methodHandled();
      }
    } catch (error) {
      connection.fail(error, channel);
    }
  }

  onHeaderFrame(number: number, octets: Buffer, start: number, end: number): void {
    const { connection } = this;
    const { holds } = connection;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_HEADER, number, octets, start, end, true)) return;
    const channel = this.channels.open(number);
    this.currentMethod = PUBLISH;
    try {
      if (channel !== undefined && connection.phase === 'running') channel.incoming.header(octets, start, end);
      else this.contentOutsideChannel(number, FRAME_HEADER, octets, start, end);
    } catch (error) {
      connection.fail(error, channel);
    }
  }

  onBodyOctets(number: number, octets: Buffer, start: number, end: number, isWholeFrame: boolean): void {
    const { connection } = this;
    const { holds } = connection;
    if (holds.waitingCount !== 0 && holds.putOff(FRAME_BODY, number, octets, start, end, isWholeFrame)) return;
    const channel = this.channels.open(number);
    this.currentMethod = PUBLISH;
    try {
      if (channel !== undefined && connection.phase === 'running') {
        channel.incoming.body(octets, start, end, isWholeFrame);
      } else {
        this.contentOutsideChannel(number, FRAME_BODY, octets, start, end);
      }
    } catch (error) {
      connection.fail(error, channel);
    }
  }

  onHeartbeatFrame(): void {
    // Any octets count as a sign of life, and the connection has noted these.
  }

  private get isClosing(): boolean {
    const { phase } = this.connection;
    return phase === 'closing' || phase === 'closed';
  }

  /** Content that nobody waits for: ignored on what is being closed, an error elsewhere. */
  private contentOutsideChannel(number: number, type: number, octets: Buffer, start: number, end: number): void {
    if (this.isClosing || this.channels.isClosing(number)) return;
    if (number !== 0 && this.connection.phase === 'running') throw unexpectedContent();
    const snippet = payloadSnippet(octets.subarray(start, end));
    throw new AmqpError('UNEXPECTED_FRAME', `type ${type}, ${snippet}`, { blamesMethod: false });
  }

  /** Methods of the connection itself, and those on channels that are not open. */
  private handleOutsideChannel(number: number, key: number, octets: Buffer, start: number, end: number): void {
    if (this.isClosing) {
      this.handleWhileClosing(number, methodName(key));
      return;
    }
    const name = requireName(key);
    if (number === 0) this.handleOnConnection(name, octets, start + METHOD_IDS_OCTETS, end);
    else this.handleOnUnopened(number, name, octets, start, end);
  }

  private handleWhileClosing(number: number, name: MethodName | undefined): void {
    const { connection } = this;
    if (number !== 0) return;
    if (name === 'connection.close') connection.send('connection.close-ok', {});
    if (name === 'connection.close' || name === 'connection.close-ok') connection.endSocket();
  }

  private handleOnConnection(name: MethodName, octets: Buffer, argumentsStart: number, end: number): void {
    const { connection } = this;
    if (connection.phase === 'handshake') connection.handshake.handle(name, octets, argumentsStart, end);
    else if (name === 'connection.close') {
      connection.closedByClient(decodeArguments(name, octets, argumentsStart, end));
    } else if (name === 'connection.update-secret') {
      decodeArguments(name, octets, argumentsStart, end);
      connection.send('connection.update-secret-ok', {});
    } else throw new AmqpError('CHANNEL_ERROR', 'unexpected method in connection state running');
  }

  private handleOnUnopened(number: number, name: MethodName, octets: Buffer, start: number, end: number): void {
    if (this.connection.phase !== 'running') {
      throw new AmqpError('UNEXPECTED_FRAME', `type 1, ${payloadSnippet(octets.subarray(start, end))}`, {
        blamesMethod: false,
      });
    }
    decodeArguments(name, octets, start + METHOD_IDS_OCTETS, end);
    if (name === 'channel.open') this.channels.add(number);
    else if (!this.channels.handleWhileClosing(number, name)) {
      throw new AmqpError('CHANNEL_ERROR', "expected 'channel.open'");
    }
  }

  private handleOnChannel(channel: Channel, name: MethodName, octets: Buffer, start: number, end: number): void {
    if (name === 'channel.close') {
      decodeArguments(name, octets, start + METHOD_IDS_OCTETS, end);
      this.channels.closedByClient(channel);
    } else if (name === 'channel.open') {
      throw new AmqpError('CHANNEL_ERROR', "second 'channel.open' seen");
    } else {
      dispatchMethod(channel, name, octets, start, end);
    }
  }
}

function requireName(key: number): MethodName {
  const name = methodName(key);
  if (name === undefined) throw new AmqpError('COMMAND_INVALID', 'unknown method');
  return name;
}
