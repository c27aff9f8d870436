import type { BrokerOptions } from '../../config/options.ts';
import { resolveConfig } from '../../config/resolve.ts';
import { type Logger, SILENT_LOGGER } from '../../observe/log.ts';
import { FRAME_END, PROTOCOL_HEADER } from '../../protocol/constants.ts';
import { encodeMethodFrame } from '../../protocol/method-codec.ts';
import { defaultArguments } from '../../protocol/method-defaults.test.helper.ts';
import type { MethodArguments, MethodName } from '../../protocol/methods.ts';
import { encodeContentHeader, type Properties } from '../../protocol/properties.ts';
import { newServerContext, type ServerContext } from '../context/server-context.ts';
import { FakeSocket } from '../socket/fake-socket.test.helper.ts';
import { Connection } from './connection.ts';

/** Everything that connections share, with no port to listen on. Methods are handled in the turn in which they come, however slow. */
export function newContext(options: BrokerOptions = {}, log: Logger = SILENT_LOGGER): ServerContext {
  return { ...newServerContext(resolveConfig(options), log), methodTime: { isOver: false } };
}

export function connect(context: ServerContext): FakeSocket {
  const socket = new FakeSocket();
  new Connection(socket.asSocket, context, () => undefined);
  return socket;
}

/** A method frame; arguments left out are false, 0 or empty. */
export function method<Name extends MethodName>(
  channel: number,
  name: Name,
  args: Partial<MethodArguments<Name>> = {},
): Buffer {
  return encodeMethodFrame(channel, name, { ...defaultArguments(name), ...args });
}

export function frame(type: number, channel: number, payload: Buffer, size: number = payload.length): Buffer {
  const octets = Buffer.alloc(payload.length + 8, FRAME_END);
  octets[0] = type;
  octets.writeUInt16BE(channel, 1);
  octets.writeUInt32BE(size, 3);
  payload.copy(octets, 7);
  return octets;
}

export interface PublishOptions {
  readonly exchange?: string;
  readonly routingKey?: string;
  readonly mandatory?: boolean;
  readonly properties?: Properties;
  /** The size of the body frames. */
  readonly frameSize?: number;
}

export function publish(channel: number, body: Buffer | string, options: PublishOptions = {}): Buffer {
  const { frameSize = 4088, properties = {}, ...args } = options;
  const octets = Buffer.from(body);
  const frames = [method(channel, 'basic.publish', args)];
  frames.push(frame(2, channel, encodeContentHeader(octets.length, properties)));
  for (let at = 0; at < octets.length; at += frameSize) {
    frames.push(frame(3, channel, octets.subarray(at, at + frameSize)));
  }
  return Buffer.concat(frames);
}

/** What a client sends until its connection is open. */
export function opening(frameMax = 4096): Buffer {
  return Buffer.concat([
    PROTOCOL_HEADER,
    method(0, 'connection.start-ok', { mechanism: 'PLAIN', response: Buffer.from('\0guest\0guest') }),
    method(0, 'connection.tune-ok', { channelMax: 2047, frameMax }),
    method(0, 'connection.open', { virtualHost: '/' }),
  ]);
}
