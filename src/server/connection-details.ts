import type { Socket } from 'node:net';
import type { Agreement } from './handshake.ts';

/** What is known of a connection whose virtual host is open, for those who run the broker. */
export class ConnectionDetails {
  readonly peerHost: string;
  readonly peerPort: number;
  readonly host: string;
  readonly port: number;
  readonly agreement: Agreement;
  /** In milliseconds since 1970. */
  readonly openedAtMs = Date.now();
  private readonly socket: Socket;

  constructor(socket: Socket, agreement: Agreement) {
    this.socket = socket;
    this.agreement = agreement;
    this.peerHost = plainAddress(socket.remoteAddress);
    this.peerPort = socket.remotePort ?? 0;
    this.host = plainAddress(socket.localAddress);
    this.port = socket.localPort ?? 0;
  }

  get receivedOctets(): number {
    return this.socket.bytesRead;
  }

  get sentOctets(): number {
    return this.socket.bytesWritten;
  }
}

/** IPv4 addresses as they are, also where they come through an IPv6 socket. */
function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}
