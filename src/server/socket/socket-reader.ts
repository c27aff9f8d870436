import type { Socket } from 'node:net';
import type { Region } from '../../storage/message/arena.ts';

/** Gets what a socket reads. */
export interface SocketReceiver {
  /** So many octets have come into the region that all sockets share; they stay there until the call returns. */
  receivedShared(lengthOctets: number): void;
  /** A chunk has come in a buffer of its own, which stays as it is. */
  receivedChunk(chunk: Buffer): void;
  /** Whether the next octets are better read into a buffer of their own: most of them are going to be kept. */
  readonly isAmidLargeBody: boolean;
}

/** Stops the reading of a socket, and has it go on. Both take effect at once. */
export interface SocketReader {
  pause(): void;
  resume(): void;
}

/** What Node's sockets read through, as far as it is used here. Nothing of it is documented. */
export interface StreamHandle {
  onread: (this: StreamHandle, chunk: ArrayBuffer | undefined) => unknown;
  useUserBuffer(buffer: Uint8Array): void;
  readStart(): number;
  readStop(): number;
  /** Whether `readStart` was called last. The socket keeps it. */
  reading: boolean;
  /** How many octets have come since the handle was opened. */
  readonly bytesRead: number;
}

/**
 * Has the receiver called with all that the socket reads.
 *
 * Node gives each chunk a buffer of its own, up to 64 KiB of garbage a read. Node 20 and 22 collect it with the young
 * generation, later ones only by marking the whole heap, so that tens of megabytes of it pile up. Where the socket's handle
 * allows for it, all sockets read into the one region instead (docs/adr/0012): one reads at a time, and its octets are
 * handled before the next one reads. Elsewhere (other streams than sockets, other platforms, engines that are not Node)
 * chunks come as Node hands them over.
 */
export function readSocket(socket: Socket, region: Region, receiver: SocketReceiver): SocketReader {
  socket.on('data', (chunk: Buffer) => receiver.receivedChunk(chunk));
  const handle = handleOf(socket);
  return handle === undefined ? socket : new SharedReader(socket, handle, region, receiver);
}

/** Undefined: it can't be told to read into a given buffer, or may read before the octets of the last time are handled. */
function handleOf(socket: Socket): StreamHandle | undefined {
  if (process.platform === 'win32') return undefined; // reads ahead into the buffer
  const handle = liveHandle(socket);
  const hasMethods =
    typeof handle?.useUserBuffer === 'function' &&
    typeof handle.readStart === 'function' &&
    typeof handle.readStop === 'function' &&
    typeof handle.onread === 'function';
  return hasMethods && typeof handle.bytesRead === 'number' && typeof handle.reading === 'boolean' ? handle : undefined;
}

/** Null once the socket is closed. */
function liveHandle(socket: Socket): Partial<StreamHandle> & StreamHandle {
  return (socket as unknown as { readonly _handle: StreamHandle })._handle;
}

/** Buffers for large bodies are as large as what Node itself reads at a time; a rest of less than this is not worth a read. */
const OWN_BUFFER_OCTETS = 64 * 1024;
const LEAST_READ_OCTETS = 16 * 1024;

class SharedReader implements SocketReader {
  private readonly socket: Socket;
  private readonly handle: StreamHandle;
  private readonly receiver: SocketReceiver;
  /** What Node would do with a chunk, and does with a stream's end and with errors. */
  private readonly readByNode: StreamHandle['onread'];
  private handledOctets: number;
  /** The handle keeps only addresses: these keep the octets alive as long as it may read into them. */
  private readonly shared: Buffer;
  private reading: Buffer;

  constructor(socket: Socket, handle: StreamHandle, region: Region, receiver: SocketReceiver) {
    this.socket = socket;
    this.handle = handle;
    this.receiver = receiver;
    this.readByNode = handle.onread;
    this.handledOctets = handle.bytesRead;
    this.shared = region.octets.subarray(region.start, region.end);
    this.reading = this.shared;
    handle.useUserBuffer(this.shared);
    handle.onread = (chunk) => this.afterRead(chunk);
  }

  /**
   * @param chunk undefined: what has come is in the buffer that was given, if anything has
   * @returns where to read to from now on; undefined: the same buffer
   */
  private afterRead(chunk: ArrayBuffer | undefined): unknown {
    const { handle } = this;
    const { bytesRead } = handle;
    const length = bytesRead - this.handledOctets;
    this.handledOctets = bytesRead;
    if (length === 0 || chunk !== undefined) return this.readByNode.call(handle, chunk);
    return this.handOver(length);
  }

  private handOver(lengthOctets: number): Buffer | undefined {
    const { receiver, reading, shared } = this;
    if (reading === shared) receiver.receivedShared(lengthOctets);
    else receiver.receivedChunk(reading.subarray(0, lengthOctets));
    if (receiver.isAmidLargeBody) this.reading = nextBuffer(reading === shared ? undefined : reading, lengthOctets);
    else this.reading = shared;
    return this.reading === reading ? undefined : this.reading;
  }

  pause(): void {
    const { handle } = this;
    if (!handle.reading || this.isClosed) return;
    handle.reading = false;
    this.check(handle.readStop());
  }

  resume(): void {
    const { handle } = this;
    if (handle.reading || this.isClosed) return;
    handle.reading = true;
    this.check(handle.readStart());
  }

  private get isClosed(): boolean {
    return liveHandle(this.socket) !== this.handle;
  }

  /** @param status 0, or the system's error, negative: then the socket is of no use any more, as Node sees it too */
  private check(status: number): void {
    if (status !== 0) this.socket.destroy(new Error(`the socket can't be read: ${status}`));
  }
}

/** What is left of the buffer behind what was read, or another one. */
function nextBuffer(last: Buffer | undefined, filledOctets: number): Buffer {
  return last === undefined || last.length - filledOctets < LEAST_READ_OCTETS
    ? Buffer.allocUnsafeSlow(OWN_BUFFER_OCTETS)
    : last.subarray(filledOctets);
}
