import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AmqpError } from './amqp-error.ts';
import { FRAME_BODY, FRAME_END, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from './constants.ts';
import { type FrameHandler, FrameReader } from './frame-reader.ts';

const FRAME_MAX_OCTETS = 4096;

interface Frame {
  readonly type: number;
  readonly channel: number;
  readonly payload: Buffer;
}

function encode({ type, channel, payload }: Frame, end = FRAME_END): Buffer {
  const octets = Buffer.alloc(payload.length + 8, end);
  octets[0] = type;
  octets.writeUInt16BE(channel, 1);
  octets.writeUInt32BE(payload.length, 3);
  payload.copy(octets, 7);
  return octets;
}

/** Writes down what it is told. A body's parts are one event, since frames of it may be passed on in pieces. */
class Recorder implements FrameHandler {
  readonly events: string[] = [];
  private bodyOf: number | undefined;

  onMethodFrame(channel: number, octets: Buffer, start: number, end: number): void {
    this.record('method', channel, octets.toString('hex', start, end));
  }
  onHeaderFrame(channel: number, octets: Buffer, start: number, end: number): void {
    this.record('header', channel, octets.toString('hex', start, end));
  }
  onBodyOctets(channel: number, octets: Buffer, start: number, end: number): void {
    if (start === end) return;
    const hex = octets.toString('hex', start, end);
    if (this.bodyOf === channel) this.events[this.events.length - 1] += hex;
    else this.record('body', channel, hex);
    this.bodyOf = channel;
  }
  onHeartbeatFrame(): void {
    this.record('heartbeat', 0, '');
  }
  private record(kind: string, channel: number, octets: string): void {
    this.events.push(`${kind} ${channel} ${octets}`);
    this.bodyOf = undefined;
  }
}

/**
 * The events of a stream that arrives in chunks of these sizes, over and over. Chunks come in the middle of a buffer
 * that is overwritten after each, as that of a socket is.
 */
function read(stream: Buffer, chunkSizes: readonly number[]): { events: string[]; error: AmqpError | undefined } {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, FRAME_MAX_OCTETS);
  const buffer = Buffer.alloc(stream.length + 20);
  try {
    for (let from = 0, i = 0; from < stream.length; i++) {
      const to = Math.min(stream.length, from + chunkSizes[i % chunkSizes.length]!);
      buffer.fill(FRAME_END);
      stream.copy(buffer, 10, from, to);
      reader.read(buffer, 10, 10 + to - from);
      from = to;
    }
  } catch (error) {
    if (error instanceof AmqpError) return { events: recorder.events, error };
    throw error;
  }
  return { events: recorder.events, error: undefined };
}

const payload = (minLength: number) =>
  fc
    .oneof(fc.uint8Array({ minLength, maxLength: minLength + 20 }), fc.uint8Array({ minLength: 100, maxLength: 300 }))
    .map((octets) => Buffer.from(octets));
const frameOf = (type: number, minLength: number) =>
  fc.record({ type: fc.constant(type), channel: fc.nat(65535), payload: payload(minLength) });
const heartbeat = fc.constant({ type: FRAME_HEARTBEAT, channel: 0, payload: Buffer.alloc(0) });
const frames = fc.array(
  fc.oneof(frameOf(FRAME_METHOD, 4), frameOf(FRAME_HEADER, 12), frameOf(FRAME_BODY, 0), heartbeat),
  { minLength: 1, maxLength: 8 },
);
const stream = frames.map((list) => Buffer.concat(list.map((frame) => encode(frame))));

describe('however the transport cuts a stream, the events are the same', () => {
  test('octet by octet, and in random chunks', () => {
    const chunkSizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(stream, chunkSizes, (octets, sizes) => {
        const whole = read(octets, [octets.length]);
        assert.equal(whole.error, undefined);
        assert.deepEqual(read(octets, [1]), whole);
        assert.deepEqual(read(octets, sizes), whole);
      }),
    );
  });

  test('in two, at every octet', () => {
    fc.assert(
      fc.property(stream, (octets) => {
        const whole = read(octets, [octets.length]);
        for (let cut = 1; cut < octets.length; cut++) assert.deepEqual(read(octets, [cut, octets.length]), whole);
      }),
      { numRuns: 20 },
    );
  });

  test('also with an error in it, whose reply is the same too', () => {
    const damaged = fc.tuple(stream, fc.nat(), fc.nat(255)).map(([octets, at, value]) => {
      const copy = Buffer.from(octets);
      copy[at % copy.length] = value;
      return copy;
    });
    fc.assert(
      fc.property(damaged, fc.integer({ min: 1, max: 30 }), (octets, size) => {
        const whole = read(octets, [octets.length]);
        const cut = read(octets, [size]);
        assert.equal(cut.error?.reply, whole.error?.reply);
        if (whole.error === undefined) assert.deepEqual(cut.events, whole.events);
        else for (const [i, event] of whole.events.entries()) assert.ok(cut.events[i]?.startsWith(event));
      }),
      { numRuns: 300 },
    );
  });
});

describe('a frame that is not one is refused', () => {
  const method = { type: FRAME_METHOD, channel: 1, payload: Buffer.from([0, 10, 0, 11]) };
  const tooLarge = Buffer.from([FRAME_BODY, 0, 1, 0, 0, 0x10, 1]);
  const refused: readonly (readonly [what: string, octets: Buffer, error: RegExp])[] = [
    ['a wrong end', encode(method, 7), /type 1, all octets = <<0,10,0,11>>: {invalid_frame_end_marker,7}/],
    ['a body with a wrong end', encode({ ...method, type: FRAME_BODY }, 0), /{invalid_frame_end_marker,0}/],
    ['an unknown type', encode({ ...method, type: 5 }), /type 5, .*unknown_frame/],
    ['a method without ids', encode({ ...method, payload: Buffer.alloc(3) }), /type 1, .*unknown_frame/],
    ['a short header', encode({ ...method, type: FRAME_HEADER, payload: Buffer.alloc(11) }), /unknown_frame/],
    ['a heartbeat with a payload', encode({ ...method, type: FRAME_HEARTBEAT, channel: 0 }), /unknown_frame/],
    [
      'a heartbeat on a channel',
      encode({ ...method, type: FRAME_HEARTBEAT, payload: Buffer.alloc(0) }),
      /type 8, all octets = <<>>/,
    ],
    ['more than frame-max', tooLarge, /{frame_too_large,4097,4088}/],
    ['a size of 4 GiB', Buffer.from([1, 0, 1, 255, 255, 255, 255]), /{frame_too_large,4294967295,4088}/],
    ['a size that is negative as a signed number', Buffer.from([1, 0, 1, 128, 0, 0, 0]), /frame_too_large,2147483648/],
  ];
  for (const [what, octets, error] of refused) {
    test(what, () => {
      assert.match(read(octets, [octets.length]).error?.replyText ?? '', error);
      assert.match(read(octets, [3]).error?.replyText ?? '', what.startsWith('a body') ? /invalid_frame_end/ : error);
    });
  }
});

test('a frame may be as large as frame-max with or without its envelope', () => {
  const largest = encode({ type: FRAME_METHOD, channel: 1, payload: Buffer.alloc(FRAME_MAX_OCTETS) });
  assert.equal(read(largest, [largest.length]).events.length, 1);
  assert.equal(read(largest, [1000]).events.length, 1);
});

test('frame-max can change between two frames', () => {
  const reader = new FrameReader(new Recorder(), FRAME_MAX_OCTETS);
  reader.frameMaxOctets = 100;
  const frame = encode({ type: FRAME_METHOD, channel: 1, payload: Buffer.alloc(101) });
  assert.throws(() => reader.read(frame, 0, frame.length), /frame_too_large,101,92/);
});

test('nothing is passed on after stop, neither of this chunk nor of later ones', () => {
  const recorder = new Recorder();
  const method = encode({ type: FRAME_METHOD, channel: 1, payload: Buffer.alloc(4) });
  const chunk = Buffer.concat([method, method, method.subarray(0, 5)]);
  const reader: FrameReader = new FrameReader(
    {
      onMethodFrame: () => {
        recorder.events.push('method');
        reader.stop();
      },
      onHeaderFrame: () => assert.fail(),
      onBodyOctets: () => assert.fail(),
      onHeartbeatFrame: () => assert.fail(),
    },
    FRAME_MAX_OCTETS,
  );
  reader.read(chunk, 0, chunk.length);
  reader.read(chunk, 0, chunk.length);
  assert.deepEqual(recorder.events, ['method']);
});

test('a body frame counts as such only once its end has come', () => {
  const recorder = new Recorder();
  const reader = new FrameReader(recorder, FRAME_MAX_OCTETS);
  const body = encode({ type: FRAME_BODY, channel: 1, payload: Buffer.from('body') });
  reader.read(body, 0, body.length - 1);
  assert.equal(reader.begunBodyOctets, 4);
  assert.deepEqual(recorder.events, ['body 1 626f64']);
  reader.read(body, body.length - 1, body.length);
  assert.equal(reader.begunBodyOctets, 0);
  assert.deepEqual(recorder.events, ['body 1 626f6479']);
});
