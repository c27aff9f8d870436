import type { Socket } from 'node:net';
import type { ConnectionFacts } from '../../broker/events/broker-events.ts';
import type { Endpoints } from './endpoints.ts';
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
  /** What events tell of it. */
  readonly facts: ConnectionFacts;
  private readonly socket: Socket;

  constructor(socket: Socket, endpoints: Endpoints, agreement: Agreement) {
    const { name, peer, local } = endpoints;
    this.socket = socket;
    this.agreement = agreement;
    this.peerHost = peer.address;
    this.peerPort = peer.port;
    this.host = local.address;
    this.port = local.port;
    const { user, vhost, mechanism, clientProperties, channelMax, frameMaxOctets, heartbeatS } = agreement;
    const tuned = { mechanism, clientProperties, channelMax, frameMaxOctets, heartbeatS };
    this.facts = {
      name,
      peer,
      local,
      user: user.name,
      vhost: vhost.name,
      ...tuned,
      connectedAtMs: this.openedAtMs,
    };
  }

  get receivedOctets(): number {
    return this.socket.bytesRead;
  }

  get sentOctets(): number {
    return this.socket.bytesWritten;
  }
}
