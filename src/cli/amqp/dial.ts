import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Place } from '../broker-address.ts';
import { CommandError } from '../command-error.ts';

const TLS_PORT = 5671;

/** A connection to the place on which nothing was sent yet. @throws CommandError if nobody answers there */
export async function dial({ url }: Place): Promise<Socket> {
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  try {
    const isTls = url.protocol === 'amqps:';
    const port = Number(url.port || TLS_PORT);
    const socket = isTls ? (await import('node:tls')).connect({ host, port, servername: host }) : connect(port, host);
    await once(socket, isTls ? 'secureConnect' : 'connect');
    return socket.setNoDelay(true).setKeepAlive(true);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ECONNREFUSED' ? 'nothing listens there' : message;
    throw new CommandError(
      `no broker at ${url.protocol}//${url.host}: ${why}; start one with 'leveret', or say where it is with --url`,
    );
  }
}
