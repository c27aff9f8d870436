import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net';
import { test } from 'node:test';
import { ownRegion } from '../../storage/message/arena.ts';
import { FakeSocket } from './fake-socket.test.helper.ts';
import { readSocket, type SocketReader, type SocketReceiver } from './socket-reader.ts';

const REGION_OCTETS = 1024;

/** Two ends of a connection; what one of them reads is gathered. */
class Pair implements SocketReceiver, Disposable {
  readonly region = ownRegion(REGION_OCTETS);
  readonly events: string[] = [];
  sharedCount = 0;
  isAmidLargeBody = false;
  readonly reader: SocketReader;
  readonly socket: Socket;
  readonly peer: Socket;
  /** Called with all that has come, each time. */
  onReceived: () => void = () => undefined;
  private readonly received: Buffer[] = [];

  private constructor(socket: Socket, peer: Socket, prepare: (socket: Socket) => void) {
    this.socket = socket;
    this.peer = peer;
    prepare(socket);
    this.reader = readSocket(socket, this.region, this);
    for (const event of ['end', 'error', 'close']) socket.on(event, () => this.events.push(event));
    peer.on('error', () => undefined);
  }

  static async open(prepare: (socket: Socket) => void = () => undefined): Promise<Pair> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const peer = tcpConnect((server.address() as AddressInfo).port, '127.0.0.1');
    const [socket] = (await once(server, 'connection')) as [Socket];
    server.close();
    return new Pair(socket, peer, prepare);
  }

  receivedShared(lengthOctets: number): void {
    this.sharedCount++;
    const { octets, start } = this.region;
    this.add(Buffer.from(octets.subarray(start, start + lengthOctets)));
  }

  receivedChunk(chunk: Buffer): void {
    this.add(chunk);
  }

  private add(chunk: Buffer): void {
    this.received.push(chunk);
    this.onReceived();
  }

  get all(): Buffer {
    return Buffer.concat(this.received);
  }

  /** Resolves once so many octets have come. */
  awaitOctets(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.onReceived = () => {
        if (this.all.length >= count) resolve();
      };
      this.onReceived();
    });
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
    this.peer.destroy();
  }
}

const SENT = Buffer.from(Uint8Array.from({ length: 100_000 }, (_, i) => i * 7));

test('sockets read into the region, in the order in which it was sent', async () => {
  using pair = await Pair.open();
  pair.peer.write(SENT);
  await pair.awaitOctets(SENT.length);
  assert.ok(pair.all.equals(SENT));
  assert.ok(pair.sharedCount >= SENT.length / REGION_OCTETS, `${pair.sharedCount} reads`);
  assert.equal(pair.socket.bytesRead, SENT.length);
});

test('large bodies are read into buffers of their own, which stay as they are', async () => {
  using pair = await Pair.open();
  pair.isAmidLargeBody = true;
  pair.peer.write(SENT);
  await pair.awaitOctets(SENT.length);
  assert.ok(pair.all.equals(SENT));
  assert.equal(pair.sharedCount, 1);
  pair.isAmidLargeBody = false;
  pair.peer.write(SENT);
  await pair.awaitOctets(2 * SENT.length);
  assert.ok(pair.all.equals(Buffer.concat([SENT, SENT])));
  assert.ok(pair.sharedCount > 1);
});

const unfit: readonly (readonly [what: string, prepare: (socket: Socket) => void])[] = [
  ['takes no buffer', (socket) => Object.assign(handleOf(socket), { useUserBuffer: undefined })],
  ['does not tell how much was read', (socket) => Object.defineProperty(handleOf(socket), 'bytesRead', { value: 'x' })],
  ['hands over buffers of its own all the same', (socket) => Object.assign(handleOf(socket), { useUserBuffer() {} })],
];
for (const [what, prepare] of unfit) {
  test(`a handle that ${what} is read as Node reads it`, async () => {
    using pair = await Pair.open(prepare);
    pair.peer.write(SENT);
    await pair.awaitOctets(SENT.length);
    assert.ok(pair.all.equals(SENT));
    assert.equal(pair.sharedCount, 0);
    pair.peer.end();
    await once(pair.socket, 'close');
    assert.deepEqual(pair.events, ['end', 'close']);
  });
}

test('a stream without a handle is read by its events', () => {
  const socket = new FakeSocket();
  const chunks: Buffer[] = [];
  const receiver = {
    receivedShared: () => assert.fail(),
    receivedChunk: (chunk: Buffer) => void chunks.push(chunk),
    isAmidLargeBody: false,
  };
  const reader = readSocket(socket.asSocket, ownRegion(1), receiver);
  reader.pause();
  assert.equal(socket.isPaused, true);
  reader.resume();
  socket.receive(Buffer.from('a'));
  assert.deepEqual(chunks, [Buffer.from('a')]);
});

test('a pause holds at once, in the middle of what has come, and nothing is lost by it', async () => {
  using pair = await Pair.open();
  let [isPaused, pauses] = [false, 0];
  const done = new Promise<void>((resolve) => {
    pair.onReceived = () => {
      assert.equal(isPaused, false);
      if (pair.all.length === SENT.length) resolve();
      isPaused = true;
      pauses++;
      pair.reader.pause();
      pair.reader.pause();
      setImmediate(() => {
        isPaused = false;
        pair.reader.resume();
        pair.reader.resume();
      });
    };
  });
  pair.peer.write(SENT);
  await done;
  assert.ok(pair.all.equals(SENT));
  assert.ok(pauses >= SENT.length / REGION_OCTETS);
});

test('the end of the stream comes behind its octets', async () => {
  using pair = await Pair.open();
  pair.peer.end(SENT);
  await once(pair.socket, 'close');
  assert.ok(pair.all.equals(SENT));
  assert.deepEqual(pair.events, ['end', 'close']);
});

test('a peer that breaks off is an error of the socket', async () => {
  using pair = await Pair.open();
  pair.peer.write('x');
  await pair.awaitOctets(1);
  const closed = new Promise((resolve) => pair.socket.once('close', resolve));
  pair.peer.resetAndDestroy();
  await closed;
  assert.deepEqual(pair.events, ['error', 'close']);
});

test('a socket that is destroyed by who receives from it gives nothing more, and can be paused and resumed in vain', async () => {
  using pair = await Pair.open();
  pair.onReceived = () => pair.socket.destroy();
  pair.peer.write(SENT);
  await once(pair.socket, 'close');
  assert.equal(pair.sharedCount, 1);
  pair.reader.pause();
  pair.reader.resume();
});

function handleOf(socket: Socket): object {
  return (socket as unknown as { readonly _handle: object })._handle;
}
