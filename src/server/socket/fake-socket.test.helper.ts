import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';

interface Pending {
  readonly octets: Uint8Array;
  readonly callback: (() => void) | undefined;
}

/** What broker code uses of a socket, with a kernel that takes octets at once, or only when the test says so. */
export class FakeSocket extends EventEmitter {
  /** False: whatever is written waits for `drain`. */
  isFast = true;
  isPaused = false;
  destroyed = false;
  writableEnded = false;
  writableLength = 0;
  readonly remoteAddress = '127.0.0.1';
  readonly remotePort = 1;
  writes = 0;
  private readonly sent: Buffer[] = [];
  private readonly pending: Pending[] = [];

  get asSocket(): Socket {
    return this as unknown as Socket;
  }

  write(octets: Uint8Array, callback?: () => void): boolean {
    this.writes++;
    if (this.isFast && this.pending.length === 0) {
      this.sent.push(Buffer.from(octets));
      if (callback !== undefined) process.nextTick(callback);
      return true;
    }
    this.writableLength += octets.length;
    this.pending.push({ octets, callback });
    return false;
  }

  /** The kernel takes what waits, up to so many writes: only now are the octets looked at. */
  drain(count: number = this.pending.length): void {
    for (const { octets, callback } of this.pending.splice(0, count)) {
      this.sent.push(Buffer.from(octets));
      this.writableLength -= octets.length;
      callback?.();
    }
  }

  /** What the kernel has got since the last call. */
  take(): Buffer {
    return Buffer.concat(this.sent.splice(0));
  }

  receive(octets: Buffer): void {
    this.emit('data', Buffer.from(octets));
  }

  cork(): void {}
  uncork(): void {}
  pause(): void {
    this.isPaused = true;
  }
  resume(): void {
    this.isPaused = false;
  }
  end(octets?: Uint8Array): void {
    if (octets !== undefined) this.write(octets);
    this.writableEnded = true;
  }
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    const waiting = this.pending.splice(0);
    process.nextTick(() => {
      for (const { octets, callback } of waiting) {
        this.writableLength -= octets.length;
        callback?.();
      }
      this.emit('close');
    });
  }
}
