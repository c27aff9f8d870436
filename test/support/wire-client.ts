import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import {
  FRAME_BODY,
  FRAME_END,
  FRAME_HEADER,
  FRAME_HEADER_SIZE_OCTETS,
  FRAME_HEARTBEAT,
  FRAME_METHOD,
  PROTOCOL_HEADER,
} from '#src/protocol/constants.js';
import { type FieldTable, fieldTable, type PlainValue } from '#src/protocol/field-table.js';
import { decodeArguments } from '#src/protocol/method-codec.js';
import { type MethodArguments, methodName } from '#src/protocol/methods.js';
import { Mailbox } from './mailbox.ts';
import { WireChannel } from './wire-channel.ts';
import { assertClosing, type CloseMethod, frame, type ReplyText, type WireEvent } from './wire-events.ts';

export interface WireOptions {
  readonly username?: string;
  readonly password?: string;
  readonly mechanism?: string;
  /** The SASL response; made from user name and password unless given. */
  readonly response?: Buffer;
  readonly locale?: string;
  readonly virtualHost?: string;
  /** Replaces the default ones altogether, capabilities included. */
  readonly clientProperties?: FieldTable;
  /** Changes what is answered to connection.tune; without it, what the server offers, but no heartbeats. */
  readonly tune?: Partial<MethodArguments<'connection.tune-ok'>>;
}

/** After some errors a server cannot understand that its close is answered, and has to wait for a while. */
const CLOSE_TIMEOUT_MS = 10_000;

const DEFAULT_CAPABILITIES: { readonly [name: string]: PlainValue } = {
  authentication_failure_close: true,
  'basic.nack': true,
  'connection.blocked': true,
  consumer_cancel_notify: true,
  exchange_exchange_bindings: true,
  publisher_confirms: true,
};

/** Client properties with the default capabilities, changed by `capabilities`. */
export function clientProperties(capabilities: { readonly [name: string]: PlainValue } = {}): FieldTable {
  return fieldTable({ product: 'wire client', capabilities: { ...DEFAULT_CAPABILITIES, ...capabilities } });
}

/** SASL PLAIN (RFC 4616) without an authorization identity. */
export function plainResponse(username: string, password: string): Buffer {
  return Buffer.from(`\0${username}\0${password}`);
}

/**
 * One connection to a broker, with nothing between the test and the wire: it sends whatever it is told to, right or
 * wrong, answers nothing of itself, and keeps what arrives, in order, for the test to ask for.
 */
export class WireClient {
  /** Nothing arrives for so long: then the test fails. Generous, since it is only ever waited for in failing tests. */
  timeoutMs = 5000;
  /** Filled in by the handshake. */
  frameMaxOctets = 4096;
  readonly url: URL;
  readonly heartbeats = new Mailbox<Buffer>();
  private readonly socket: net.Socket;
  private readonly channels = new Map<number, WireChannel>();
  private readonly closed: Promise<void>;
  private unread: Buffer = Buffer.alloc(0);

  private constructor(url: URL, socket: net.Socket) {
    this.url = url;
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.read(chunk));
    // A reset is one of the ways in which a server closes, and 'close' follows it.
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.endAll('the socket was closed');
        resolve();
      });
    });
  }

  /** What brokers call the connection, as long as it is open. */
  get name(): string {
    const { localAddress, localPort, remoteAddress, remotePort } = this.socket;
    return `${localAddress}:${localPort} -> ${remoteAddress}:${remotePort}`;
  }

  /** A socket on which nothing was sent yet. */
  static async dial(address: string): Promise<WireClient> {
    const url = new URL(address);
    const socket = net.connect(Number(url.port || 5672), url.hostname);
    await once(socket, 'connect');
    return new WireClient(url, socket);
  }

  /** A connection ready for channels. */
  static async open(address: string, options: WireOptions = {}): Promise<WireClient> {
    const client = await WireClient.dial(address);
    await client.handshake(options);
    return client;
  }

  /** Everything up to connection.open-ok. */
  async handshake(options: WireOptions = {}): Promise<void> {
    await this.login(options);
    await this.tune(options);
    await this.control.call('connection.open', { virtualHost: this.virtualHost(options) });
  }

  /** Sends the protocol header and start-ok; the answer to the latter is for the caller to read. */
  async login(options: WireOptions = {}): Promise<MethodArguments<'connection.start'>> {
    const start = await this.greet();
    this.authenticate(options);
    return start;
  }

  async greet(): Promise<MethodArguments<'connection.start'>> {
    this.sendRaw(PROTOCOL_HEADER);
    return this.control.expect('connection.start');
  }

  authenticate(options: WireOptions = {}): void {
    const username = options.username ?? decodeURIComponent(this.url.username || 'guest');
    const password = options.password ?? decodeURIComponent(this.url.password || 'guest');
    this.control.send('connection.start-ok', {
      clientProperties: options.clientProperties ?? clientProperties(),
      mechanism: options.mechanism ?? 'PLAIN',
      response: options.response ?? plainResponse(username, password),
      locale: options.locale ?? 'en_US',
    });
  }

  /** Awaits connection.tune and answers it. */
  async tune(options: WireOptions = {}): Promise<void> {
    const offered = await this.control.expect('connection.tune');
    const tuned = { ...offered, heartbeat: 0, ...options.tune };
    this.frameMaxOctets = tuned.frameMax === 0 ? offered.frameMax : tuned.frameMax;
    this.control.send('connection.tune-ok', tuned);
  }

  private virtualHost(options: WireOptions): string {
    return options.virtualHost ?? (decodeURIComponent(this.url.pathname.slice(1)) || '/');
  }

  /** Channel 0, which carries class connection. */
  get control(): WireChannel {
    return this.rawChannel(0);
  }

  /** The channel, on which nothing was sent yet. */
  rawChannel(number: number): WireChannel {
    let channel = this.channels.get(number);
    if (channel === undefined) {
      channel = new WireChannel(this, number);
      this.channels.set(number, channel);
    }
    return channel;
  }

  /** The channel, opened. */
  async channel(number = 1): Promise<WireChannel> {
    const channel = this.rawChannel(number);
    await channel.call('channel.open');
    return channel;
  }

  sendRaw(octets: Uint8Array | string): void {
    this.socket.write(octets);
  }

  /** For a lot of octets: waits until the socket can take more. */
  async sendAndDrain(octets: Uint8Array): Promise<void> {
    if (!this.socket.write(octets)) await Promise.race([once(this.socket, 'drain'), this.closed]);
  }

  sendFrame(type: number, channel: number, payload: Uint8Array, end: number = FRAME_END): void {
    this.sendRaw(frame(type, channel, payload, end));
  }

  /** The server closes the connection and, once that is answered, its socket. */
  async expectConnectionClose(code: number, text: ReplyText, method?: CloseMethod): Promise<void> {
    const event = await this.control.next('connection.close');
    assertClosing(event, 'connection.close', code, text, method);
    this.control.send('connection.close-ok');
    await this.expectSocketClosed();
  }

  /** The server closes the connection; if it says anything before it closes the socket, then this. */
  async expectConnectionCloseOrSilence(code: number, text: ReplyText, method?: CloseMethod): Promise<void> {
    await this.control.arrivalOrEnd();
    if (this.control.pending > 0) await this.expectConnectionClose(code, text, method);
    else await this.expectSocketClosed();
  }

  /** The server closes the socket without another word. */
  async expectSocketClosed(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('the socket is still open')), CLOSE_TIMEOUT_MS);
    });
    await Promise.race([this.closed, late]);
    clearTimeout(timer);
    assert.equal(this.control.pending, 0, 'there was more on channel 0 before the socket was closed');
  }

  /** Ends as a well-behaved client does. It closes the socket itself, since servers may leave that to the client. */
  async close(): Promise<void> {
    await this.control.call('connection.close', { replyCode: 200, replyText: 'bye' });
    await this.abort();
  }

  /** Ends the TCP connection behind what was sent, of which the server reads all, and waits until it ends it too. */
  async hangUp(): Promise<void> {
    this.socket.end();
    await this.closed;
  }

  /** Ends the TCP connection as a client that crashed does. */
  async abort(): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }

  get isClosed(): boolean {
    return this.socket.destroyed;
  }

  private endAll(reason: string): void {
    this.rawChannel(0);
    for (const channel of this.channels.values()) channel.end(new Error(reason));
    this.heartbeats.end(new Error(reason));
  }

  private read(chunk: Buffer): void {
    this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
    for (;;) {
      const { unread } = this;
      if (unread.length >= PROTOCOL_HEADER.length && unread[0] === PROTOCOL_HEADER[0]) {
        this.unread = unread.subarray(PROTOCOL_HEADER.length);
        this.control.receiveProtocolHeader(unread.subarray(0, PROTOCOL_HEADER.length));
        continue;
      }
      if (unread.length <= FRAME_HEADER_SIZE_OCTETS) return;
      const end = FRAME_HEADER_SIZE_OCTETS + unread.readUInt32BE(3);
      if (unread.length <= end) return;
      assert.equal(unread[end], FRAME_END, 'frame end octet');
      this.unread = unread.subarray(end + 1);
      this.receive(unread[0]!, unread.readUInt16BE(1), unread.subarray(FRAME_HEADER_SIZE_OCTETS, end));
    }
  }

  private receive(type: number, number: number, payload: Buffer): void {
    if (type === FRAME_HEARTBEAT) {
      this.heartbeats.push(payload);
      return;
    }
    const channel = this.rawChannel(number);
    if (type === FRAME_HEADER) channel.receiveHeader(payload);
    else if (type === FRAME_BODY) channel.receiveBody(payload);
    else {
      assert.equal(type, FRAME_METHOD, 'frame type');
      const event = decodeMethod(payload);
      channel.receiveMethod(event);
      if (event.name === 'connection.close') this.connectionIsClosing(event.args.replyText);
    }
  }

  /** Nothing follows on any channel, so that a test that waits there need not wait for its time-out. */
  private connectionIsClosing(replyText: string): void {
    for (const [number, channel] of this.channels) {
      if (number !== 0) channel.end(new Error(`the server closed the connection (${replyText})`));
    }
  }
}

function decodeMethod(payload: Buffer): WireEvent {
  const name = methodName(payload.readInt32BE(0));
  assert.ok(name !== undefined, `the server sent an unknown method ${payload.subarray(0, 4).toString('hex')}`);
  return { name, args: decodeArguments(name, payload, 4, payload.length) } as WireEvent;
}
