import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import type { Place } from '../broker-address.ts';
import { unreachable } from '../unreachable.ts';

const TLS_PORT = 5671;

/** A connection to the place on which nothing was sent yet. @throws CommandError if nobody answers there */
export async function dial(place: Place): Promise<Socket> {
  try {
    const socket = place.url.protocol === 'amqps:' ? await dialTls(place) : await dialPlain(place);
    return socket.setNoDelay(true).setKeepAlive(true);
  } catch (error) {
    throw unreachable(place, error);
  }
}

async function dialPlain({ url }: Place): Promise<Socket> {
  const socket = connect(Number(url.port), hostOf(url));
  await once(socket, 'connect');
  return socket;
}

async function dialTls({ url, certificates }: Place): Promise<Socket> {
  const tls = await import('node:tls');
  const host = hostOf(url);
  const named = isIP(host) === 0 ? { servername: host } : {}; // addresses are no names (RFC 6066, section 3)
  const trusted = certificates === undefined ? {} : { ca: certificates };
  const socket = tls.connect({ host, port: Number(url.port || TLS_PORT), ...named, ...trusted });
  await once(socket, 'secureConnect');
  return socket;
}

function hostOf({ hostname }: URL): string {
  return hostname.replaceAll(/[[\]]/g, '');
}
