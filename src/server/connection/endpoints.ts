import type { Socket } from 'node:net';
import { isLoopbackAddress } from '../../auth/loopback.ts';
import type { Endpoint } from '../../broker/events/broker-events.ts';

type Addresses = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>;

/** The two ends of a connection. Its socket may be gone when they are first asked for; then they are unknown. */
export class Endpoints {
  private readonly socket: Addresses;
  private ownName: string | undefined;

  constructor(socket: Addresses) {
    this.socket = socket;
  }

  /** What RabbitMQ calls the connection: both ends' addresses, as they were when the name was first asked for. */
  get name(): string {
    const { peer, local } = this;
    this.ownName ??= `${peer.address}:${peer.port} -> ${local.address}:${local.port}`;
    return this.ownName;
  }

  get peer(): Endpoint {
    return endpoint(this.socket.remoteAddress, this.socket.remotePort);
  }

  get local(): Endpoint {
    return endpoint(this.socket.localAddress, this.socket.localPort);
  }

  get isLoopback(): boolean {
    return isLoopbackAddress(this.socket.remoteAddress ?? '');
  }
}

/** IPv4 addresses are given as they are, also where they come through an IPv6 socket. */
function endpoint(address = 'unknown', port = 0): Endpoint {
  return { address: address.replace(/^::ffff:(?=\d+\.)/, ''), port };
}
