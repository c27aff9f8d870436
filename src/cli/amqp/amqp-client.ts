import type { Socket } from 'node:net';
import { AmqpError } from '../../protocol/amqp-error.ts';
import {
  FRAME_END,
  FRAME_HEARTBEAT,
  FRAME_MIN_SIZE_OCTETS,
  METHOD_IDS_OCTETS,
  PROTOCOL_HEADER,
} from '../../protocol/constants.ts';
import { fieldTable } from '../../protocol/field-table.ts';
import { type FrameHandler, FrameReader } from '../../protocol/frame-reader.ts';
import { decodeArguments, encodeMethodFrame } from '../../protocol/method-codec.ts';
import { type MethodArguments, type MethodName, methodName } from '../../protocol/methods.ts';
import type { Place } from '../broker-address.ts';
import { CommandError } from '../command-error.ts';
import { ContentAssembler, type IncomingMessage } from './content.ts';
import { dial } from './dial.ts';

/** What whoever uses a client wants to hear of. */
export interface AmqpListener {
  onMessage?(message: IncomingMessage): void;
  /** All that one read of the socket has brought was told. */
  onReadEnd?(): void;
  onConfirm?(args: MethodArguments<'basic.ack'>, isAck: boolean): void;
  /** The broker has ended the consumer: its queue is gone. */
  onCancel?(): void;
  /** The broker takes no messages for now, and why; undefined: it does again. */
  onBlocked?(reason: string | undefined): void;
  /** Nothing more will come. */
  onFailure?(error: CommandError): void;
}

interface Waiter {
  isOver(): boolean;
  resolve(): void;
  reject(error: Error): void;
}

/** What a broker may send before frame-max is agreed on. */
const FIRST_FRAME_MAX_OCTETS = 128 * 1024;
const CHANNEL = 1;
const HEARTBEAT_FRAME = Buffer.from([FRAME_HEARTBEAT, 0, 0, 0, 0, 0, 0, FRAME_END]);
/** A peer that says nothing for so many heartbeats is gone. */
const MISSED_HEARTBEATS = 2;
const ACCESS_REFUSED = 403;

const CAPABILITIES = {
  authentication_failure_close: true,
  'basic.nack': true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  publisher_confirms: true,
};

/**
 * A connection to a broker with one channel: what streams of messages need, and no more. Nothing is kept here that comes
 * faster than it is used: who can't take more pauses it, and who sends waits for `hasRoom`.
 */
export class AmqpClient implements FrameHandler {
  /** Agreed on with the broker. */
  frameMaxOctets: number = FRAME_MIN_SIZE_OCTETS;
  private readonly place: Place;
  private readonly socket: Socket;
  private readonly listener: AmqpListener;
  private readonly reader = new FrameReader(this, FIRST_FRAME_MAX_OCTETS);
  private readonly content = new ContentAssembler();
  private readonly waiters = new Set<Waiter>();
  private failure: CommandError | undefined;
  private isOpen = false;
  private isClosing = false;
  /** The answer that came last, for whoever has asked. */
  private answer: { readonly name: MethodName; readonly args: unknown } | undefined;
  private heartbeats: NodeJS.Timeout | undefined;
  private lastReadMs = 0;

  private constructor(place: Place, socket: Socket, listener: AmqpListener) {
    this.place = place;
    this.socket = socket;
    this.listener = listener;
    socket.on('data', (chunk: Buffer) => this.read(chunk));
    socket.on('drain', () => this.wake());
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.fail('the connection to the broker was cut'));
  }

  /** Logs in, and opens a channel. @throws CommandError if the broker is not there, or refuses */
  static async open(place: Place, vhost: string, listener: AmqpListener): Promise<AmqpClient> {
    const client = new AmqpClient(place, await dial(place), listener);
    await client.logIn(vhost);
    return client;
  }

  private async logIn(virtualHost: string): Promise<void> {
    const { user, password } = this.place;
    this.socket.write(PROTOCOL_HEADER);
    await this.reply('connection.start');
    this.send('connection.start-ok', {
      clientProperties: fieldTable({ product: 'leveret', platform: 'command line', capabilities: CAPABILITIES }),
      mechanism: 'PLAIN',
      response: Buffer.from(`\0${user}\0${password}`),
      locale: 'en_US',
    });
    const tune = await this.reply('connection.tune');
    this.frameMaxOctets = tune.frameMax === 0 ? FIRST_FRAME_MAX_OCTETS : tune.frameMax;
    this.reader.frameMaxOctets = this.frameMaxOctets;
    this.send('connection.tune-ok', { ...tune, frameMax: this.frameMaxOctets });
    this.beginHeartbeats(tune.heartbeat);
    this.send('connection.open', { virtualHost });
    await this.reply('connection.open-ok');
    this.isOpen = true;
    await this.call('channel.open', {}, 'channel.open-ok');
  }

  private beginHeartbeats(intervalS: number): void {
    if (intervalS === 0) return;
    this.lastReadMs = performance.now();
    this.heartbeats = setInterval(() => {
      this.socket.write(HEARTBEAT_FRAME);
      const silentMs = this.socket.isPaused() ? 0 : performance.now() - this.lastReadMs;
      if (silentMs > intervalS * 1000 * MISSED_HEARTBEATS) this.fail('the broker does not answer any more');
    }, intervalS * 500);
  }

  /** Calls a method of the channel, and resolves to the answer. One at a time. */
  async call<Name extends MethodName, Reply extends MethodName>(
    name: Name,
    args: MethodArguments<Name>,
    reply: Reply,
  ): Promise<MethodArguments<Reply>> {
    this.send(name, args);
    return this.reply(reply);
  }

  send<Name extends MethodName>(name: Name, args: MethodArguments<Name>): void {
    this.write(encodeMethodFrame(name.startsWith('connection.') ? 0 : CHANNEL, name, args));
  }

  /** Writes whole frames for the channel. */
  write(frames: Buffer): void {
    if (this.failure === undefined) this.socket.write(frames);
  }

  /** Has what is written until `flush` go out together. */
  gather(): void {
    this.socket.cork();
  }

  flush(): void {
    this.socket.uncork();
  }

  /** Whether more may be written without it piling up here. */
  get hasRoom(): boolean {
    return !this.socket.writableNeedDrain;
  }

  /** Nothing is read before `resume`. */
  pause(): void {
    this.socket.pause();
  }

  resume(): void {
    this.lastReadMs = performance.now();
    this.socket.resume();
  }

  /** Resolves when the condition holds; it is looked at whenever something came in, has gone out, or `wake` is called. */
  until(isOver: () => boolean): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    if (isOver()) return Promise.resolve();
    return new Promise((resolve, reject) => this.waiters.add({ isOver, resolve, reject }));
  }

  wake(): void {
    for (const waiter of this.waiters) {
      if (!waiter.isOver()) continue;
      this.waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Ends the connection when all that was sent is with the broker. */
  async close(): Promise<void> {
    if (this.failure !== undefined) return;
    this.isClosing = true;
    this.resume();
    this.send('connection.close', { replyCode: 200, replyText: 'Goodbye', classId: 0, methodId: 0 });
    await this.reply('connection.close-ok');
    this.end();
  }

  /** Cuts the connection, whatever state it is in. */
  end(): void {
    clearInterval(this.heartbeats);
    this.socket.removeAllListeners('close').destroy();
  }

  private async reply<Name extends MethodName>(name: Name): Promise<MethodArguments<Name>> {
    await this.until(() => this.answer?.name === name);
    const args = this.answer?.args as MethodArguments<Name>;
    this.answer = undefined;
    return args;
  }

  private read(chunk: Buffer): void {
    this.lastReadMs = performance.now();
    try {
      this.reader.read(chunk, 0, chunk.length);
    } catch (error) {
      if (!(error instanceof AmqpError)) throw error;
      this.fail(`what answers at ${this.place.url.host} does not speak AMQP 0-9-1 as it should`);
      return;
    }
    this.listener.onReadEnd?.();
    this.wake();
  }

  onMethodFrame(_channel: number, octets: Buffer, start: number, end: number): void {
    const name = methodName(octets.readUInt32BE(start));
    if (name !== undefined) this.handle(name, decodeArguments(name, octets, start + METHOD_IDS_OCTETS, end));
  }

  onHeaderFrame(_channel: number, octets: Buffer, start: number, end: number): void {
    this.told(this.content.addHeader(octets, start, end));
  }

  onBodyOctets(_channel: number, octets: Buffer, start: number, end: number): void {
    this.told(this.content.addBody(octets, start, end));
  }

  onHeartbeatFrame(): void {
    // Having been heard is all that it is for.
  }

  private told(message: IncomingMessage | undefined): void {
    if (message !== undefined) this.listener.onMessage?.(message);
  }

  private handle(name: MethodName, args: unknown): void {
    const { listener } = this;
    switch (name) {
      case 'basic.deliver':
      case 'basic.return':
        this.content.begin({ name, args } as IncomingMessage['method']);
        return;
      case 'basic.ack':
      case 'basic.nack':
        listener.onConfirm?.(args as MethodArguments<'basic.ack'>, name === 'basic.ack');
        return;
      case 'basic.cancel':
        listener.onCancel?.();
        return;
      case 'connection.blocked':
        listener.onBlocked?.((args as MethodArguments<'connection.blocked'>).reason);
        return;
      case 'connection.unblocked':
        listener.onBlocked?.(undefined);
        return;
      case 'connection.close':
      case 'channel.close':
        this.closedByBroker(name, args as MethodArguments<'connection.close'>);
        return;
      default:
        this.answer = { name, args };
        this.wake();
    }
  }

  private closedByBroker(
    name: 'connection.close' | 'channel.close',
    { replyCode, replyText }: MethodArguments<'connection.close'>,
  ): void {
    this.send(`${name}-ok`, {});
    const { user, url } = this.place;
    const isLogin = !this.isOpen && replyCode === ACCESS_REFUSED && replyText.includes('Login was refused');
    if (isLogin) this.fail(`the broker at ${url.host} does not let user ${user} in with this password; see --user`);
    else this.fail(replyText.replace(/^[A-Z_]+ - /, ''));
  }

  private fail(message: string): void {
    if (this.failure !== undefined) return;
    this.failure = new CommandError(message);
    this.end();
    for (const waiter of this.waiters) waiter.reject(this.failure);
    this.waiters.clear();
    if (!this.isClosing) this.listener.onFailure?.(this.failure);
  }
}
