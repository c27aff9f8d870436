import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as breath } from 'node:timers/promises';
import { FrameReader } from '#src/protocol/frame-reader.js';
import { type MethodName, methodName } from '#src/protocol/methods.js';
import { method, opening } from '#src/server/connection/connection.test.helper.js';
import type { BrokerProcess } from './broker-process.ts';

const NUMBER_HEX_DIGITS = 8;
/** A broker that computes for longer before it answers somebody is held up by somebody else. */
export const SERVED_MS = 1000;
/** Nothing comes for so long: then the test fails. */
const TIMEOUT_MS = 20_000;

/** A client that sends what it is told to, counts what comes, and reads only if it wants to. */
export class RawPeer {
  readonly socket: net.Socket;
  /** Octets of message bodies. */
  bodyOctets = 0;
  /** Told the first four octets of each body as a number: tests number their messages so. */
  onBody: (first: number) => void = () => undefined;
  /** Told all octets of bodies as they come. */
  onBodyOctets: (octets: Buffer) => void = () => undefined;
  /** The last delivery tag that basic.ack has named, as a confirm does. */
  highestConfirm = 0;
  private prefix = '';
  private readonly counts = new Map<MethodName, number>();
  private readonly waiting = new Set<() => void>();

  constructor(socket: net.Socket) {
    this.socket = socket;
    const reader = new FrameReader(
      {
        onMethodFrame: (_channel, octets, start) => {
          const name = methodName(octets.readInt32BE(start))!;
          this.counts.set(name, this.count(name) + 1);
          if (name === 'basic.ack') this.highestConfirm = Number(octets.readBigUInt64BE(start + 4));
        },
        onHeaderFrame: () => {
          this.prefix = '';
        },
        onBodyOctets: (_channel, octets, start, end) => this.readBody(octets, start, end),
        onHeartbeatFrame: () => undefined,
      },
      0x7fffffff,
    );
    socket.on('data', (chunk) => {
      reader.read(chunk, 0, chunk.length);
      this.wake();
    });
    socket.on('drain', () => this.wake());
    socket.on('error', () => undefined);
    socket.on('close', () => this.wake());
  }

  private readBody(octets: Buffer, start: number, end: number): void {
    this.bodyOctets += end - start;
    this.onBodyOctets(octets.subarray(start, end));
    if (this.prefix.length === NUMBER_HEX_DIGITS) return;
    this.prefix += octets.toString('hex', start, Math.min(end, start + NUMBER_HEX_DIGITS / 2 - this.prefix.length / 2));
    if (this.prefix.length === NUMBER_HEX_DIGITS) this.onBody(Number.parseInt(this.prefix, 16));
  }

  private wake(): void {
    for (const wake of this.waiting) wake();
  }

  /** A connection with channel 1 open, on which the frames were sent too. */
  static async open(port: number, ...frames: readonly Buffer[]): Promise<RawPeer> {
    const socket = net.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    const peer = new RawPeer(socket);
    peer.send(opening(131_072), method(1, 'channel.open'), ...frames);
    await peer.until('channel.open-ok');
    return peer;
  }

  send(...frames: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(frames));
  }

  count(name: MethodName): number {
    return this.counts.get(name) ?? 0;
  }

  /** So many of the methods have come. */
  until(name: MethodName, count = 1): Promise<void> {
    return this.untilTrue(() => this.count(name) >= count, `${count} ${name}`);
  }

  async untilTrue(isTrue: () => boolean, what: string): Promise<void> {
    const deadlineMs = performance.now() + TIMEOUT_MS;
    while (!isTrue()) {
      if (this.socket.destroyed) throw new Error(`the connection was closed before ${what}`);
      await this.next(deadlineMs - performance.now(), what);
    }
  }

  private next(timeoutMs: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${what} in time`)), timeoutMs);
      const wake = () => {
        clearTimeout(timer);
        this.waiting.delete(wake);
        resolve();
      };
      this.waiting.add(wake);
    });
  }

  /** Asks the broker something that needs an answer, and awaits it. */
  async roundTrip(): Promise<void> {
    this.send(method(1, 'exchange.declare', { exchange: 'amq.direct', passive: true }));
    await this.until('exchange.declare-ok', this.count('exchange.declare-ok') + 1);
  }

  /** Asks again and again for a while; resolves to the longest that the broker has computed before it answered. */
  async longestWaitMs(broker: BrokerProcess, forMs: number): Promise<number> {
    let longest = 0;
    for (const endMs = performance.now() + forMs; performance.now() < endMs; ) {
      const before = broker.computedMs;
      await this.roundTrip();
      longest = Math.max(longest, broker.computedMs - before);
      await breath(1); // the questions themselves are not to keep the broker busy
    }
    return longest;
  }

  async close(): Promise<void> {
    if (this.socket.destroyed) return;
    const closed = once(this.socket, 'close');
    this.socket.destroy();
    await closed;
  }
}
