import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { extent } from '../../extent.test.helper.ts';
import { Arena, type Region } from '../../storage/message/arena.ts';
import { BufferPool, OUTPUT_BUFFER_SIZE_OCTETS } from './buffer-pool.ts';
import { FakeSocket } from './fake-socket.test.helper.ts';
import { Output, type OutputListener } from './output.ts';

const TURN_LIMIT_OCTETS = 4 * 1024 * 1024;
const UNREAD_REPLIES_LIMIT_OCTETS = 1024 * 1024;

/** Knows how many of its buffers are lent; larger ones do not come from it. */
class CountingPool extends BufferPool {
  lent = 0;
  override take(): Region {
    this.lent++;
    return super.take();
  }
  override give(region: Region): void {
    if (region.end - region.start === OUTPUT_BUFFER_SIZE_OCTETS) this.lent--;
    super.give(region);
  }
}

const arena = new Arena();
arena.take(arena.octets.length - 8 * OUTPUT_BUFFER_SIZE_OCTETS);

class World implements OutputListener {
  readonly socket = new FakeSocket();
  readonly pool = new CountingPool(new Arena());
  readonly output = new Output(this.socket.asSocket, this.pool, this);
  readonly calls: string[] = [];
  outputBegun = () => void this.calls.push('begun');
  /** How much has gone out when `outputSending` is called. */
  readonly sentBefore: number[] = [];
  outputSending = () => void this.sentBefore.push(this.socket.writes);
  outputDrained = () => void this.calls.push('drained');
  repliesUnread = () => void this.calls.push('unread');

  reply(size: number, octet = 1): void {
    this.output.reply(Buffer.alloc(size, octet));
  }
}

/** Encodes into the output's own buffer, as deliveries do. */
function encode({ output }: World, size: number, octet: number): void {
  const at = output.reserve(size);
  output.buffer.fill(octet, at, at + size);
  output.at = at + size;
}

test('what is written in a turn goes out at its end, in one write', () => {
  const world = new World();
  for (let i = 0; i < 10; i++) world.reply(100);
  assert.equal(world.socket.writes, 0);
  world.output.flush();
  assert.equal(world.socket.writes, 1);
  assert.deepEqual(world.socket.take(), Buffer.alloc(1000, 1));
  assert.deepEqual([world.calls, world.pool.lent], [['begun'], 0]);
});

test('before each write it is said that there is going to be one', () => {
  const world = new World();
  for (let i = 0; i < 10; i++) world.reply(OUTPUT_BUFFER_SIZE_OCTETS / 4);
  world.output.flush();
  assert.ok(world.socket.writes > 1);
  assert.deepEqual(
    world.sentBefore,
    Array.from({ length: world.socket.writes }, (_, i) => i),
  );
});

test('an output that begins anew says so once a turn', () => {
  const world = new World();
  for (let i = 0; i < 3; i++) {
    world.reply(1);
    world.reply(1);
    world.output.flush();
  }
  assert.deepEqual(world.calls, ['begun', 'begun', 'begun']);
});

describe('whatever is written, in whatever ways, arrives whole and in order', () => {
  const size = fc.oneof(fc.nat(100), fc.nat(OUTPUT_BUFFER_SIZE_OCTETS), fc.constantFrom(65_536, 65_537, 200_000));
  const kind = fc.constantFrom('encode', 'encode', 'reply', 'slice', 'flush', 'fast', 'slow', 'drain', 'drain one');
  test('to a socket that keeps up or not', async () => {
    const property = fc.asyncProperty(fc.array(fc.tuple(kind, size), { maxLength: 40 }), async (steps) => {
      const world = new World();
      const { socket, output } = world;
      const expected: Buffer[] = [];
      for (const [i, [name, length]] of steps.entries()) {
        const octets = Buffer.alloc(length, i + 1);
        if (name === 'encode') encode(world, length, i + 1);
        else if (name === 'reply') output.reply(octets);
        else if (name === 'slice') output.slice(octets);
        else if (name === 'flush') output.flush();
        else if (name === 'drain') socket.drain();
        else if (name === 'drain one') socket.drain(1);
        else socket.isFast = name === 'fast';
        if (name === 'encode' || name === 'reply' || name === 'slice') expected.push(octets);
      }
      output.flush();
      socket.drain();
      await turn();
      assert.ok(socket.take().equals(Buffer.concat(expected)));
      assert.equal(world.pool.lent, 0);
      output.flush();
      assert.equal(output.isCongested, false);
    });
    await fc.assert(property, { numRuns: extent({ usual: 60, soak: 2000 }) });
  });
});

describe('a socket that does not keep up', () => {
  test('congests the output until all of it is taken', () => {
    const world = new World();
    world.socket.isFast = false;
    world.reply(10);
    assert.equal(world.output.isCongested, false);
    world.output.flush();
    assert.equal(world.output.isCongested, true);
    world.reply(10);
    world.output.flush();
    world.socket.drain(1);
    assert.deepEqual([world.output.isCongested, world.pool.lent], [true, 2]);
    world.socket.drain();
    assert.deepEqual([world.output.isCongested, world.pool.lent], [false, 0]);
    assert.deepEqual(world.calls, ['begun', 'begun', 'drained']);
  });

  test('gives its buffers back when it is destroyed', async () => {
    const world = new World();
    world.socket.isFast = false;
    for (let i = 0; i < 5; i++) {
      world.reply(70_000);
      encode(world, 10_000, 1);
      world.output.slice(Buffer.alloc(100));
      world.output.flush();
    }
    assert.ok(world.pool.lent > 0);
    world.socket.destroy();
    await turn();
    world.reply(10);
    world.output.flush();
    assert.equal(world.pool.lent, 0);
  });

  test('makes the reader stop when replies are not read, but not for deliveries', () => {
    const world = new World();
    world.socket.isFast = false;
    for (let sent = 0; sent <= 2 * UNREAD_REPLIES_LIMIT_OCTETS; sent += 50_000) encode(world, 50_000, 1);
    world.output.flush();
    assert.ok(!world.calls.includes('unread'));
    for (let sent = 0; sent <= UNREAD_REPLIES_LIMIT_OCTETS; sent += 50_000) world.reply(50_000);
    assert.ok(world.calls.includes('unread'));
    world.output.flush();
    world.socket.drain();
    world.calls.length = 0;
    world.reply(50_000);
    assert.ok(!world.calls.includes('unread'), 'the count begins anew once all is read');
  });
});

test('replies that are read as they come never stop the reader', async () => {
  const world = new World();
  for (let sent = 0; sent < 3 * UNREAD_REPLIES_LIMIT_OCTETS; sent += 50_000) {
    world.reply(50_000);
    world.output.flush();
    await turn();
  }
  assert.ok(!world.calls.includes('unread'));
});

test('after so much in a turn a connection waits for the next, though its socket keeps up', () => {
  const world = new World();
  let sent = 0;
  while (!world.output.isCongested) {
    encode(world, 10_000, 1);
    sent += 10_000;
  }
  assert.ok(sent > TURN_LIMIT_OCTETS && sent < TURN_LIMIT_OCTETS + 3 * OUTPUT_BUFFER_SIZE_OCTETS);
  assert.deepEqual(world.calls, ['begun']);
  world.output.flush();
  assert.deepEqual([world.calls, world.output.isCongested], [['begun', 'drained'], false]);
});

test('slices go out together with what was encoded around them, not copied', () => {
  const world = new World();
  world.socket.isFast = false;
  const slice = Buffer.alloc(20_000, 2);
  encode(world, 10, 1);
  world.output.slice(slice);
  encode(world, 10, 3);
  assert.equal(world.socket.writes, 0);
  world.output.flush();
  assert.equal(world.socket.writes, 3);
  slice.fill(9);
  world.socket.drain();
  assert.deepEqual(world.socket.take(), Buffer.concat([Buffer.alloc(10, 1), slice, Buffer.alloc(10, 3)]));
});

test('a pool keeps a number of buffers, and only those of the usual size', () => {
  const pool = new BufferPool(arena);
  const regions = Array.from({ length: 300 }, () => pool.take());
  assert.equal(regions.filter(({ octets }) => octets === arena.octets).length, 8);
  for (const region of regions) pool.give(region);
  pool.give({ octets: Buffer.alloc(10), start: 0, end: 10 });
  const again = new Set(Array.from({ length: 300 }, () => pool.take()));
  assert.equal(again.size, 300);
  assert.equal(regions.filter((region) => again.has(region)).length, 128);
});
