import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { AmqpError } from '../../protocol/amqp-error.ts';
import { bodyOf } from '../../protocol/message.test.helper.ts';
import { LARGE_BODY_OCTETS, type Message } from '../../protocol/message.ts';
import { encodeContentHeader, type Properties } from '../../protocol/properties.ts';
import { deliveryModeIn } from '../../protocol/property-scan.ts';
import { method } from '../connection/connection.test.helper.ts';
import type { ContentReceiver } from '../socket/connection-input.ts';
import { IncomingContent } from './incoming-content.ts';

const MAX_MESSAGE_OCTETS = 100_000;
const FRAME_HEADER_OCTETS = 7;

/** What was published, copied while it could be read. */
interface Published {
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: string;
  readonly isFramed: boolean;
  readonly pieceCount: number;
  readonly deliveryMode: number;
  readonly isMandatory: boolean;
}

/** A channel's content, with the connection around it: octets lie in one buffer that is written over with each chunk. */
class Fixture {
  readonly published: Published[] = [];
  readonly receiving = new Set<ContentReceiver>();
  unfinishedOctets = 0;
  private readonly passing = Buffer.alloc(64 * 1024);
  private chunk: Buffer = Buffer.alloc(0);
  /** False: chunks are read straight into the buffer that is written over, and are nowhere else. */
  private readonly keepsChunks: boolean;

  constructor(keepsChunks = true) {
    this.keepsChunks = keepsChunks;
  }

  private get chunkIfKept(): Buffer | undefined {
    return this.keepsChunks ? this.chunk : undefined;
  }

  readonly content = new IncomingContent(
    {
      input: {
        unfinishedCount: 1,
        contentBegun: (receiver) => void this.receiving.add(receiver),
        contentEnded: (receiver) => void this.receiving.delete(receiver),
        isSharedInput: (octets) => octets === this.passing,
        stableBuffer: (octets) => (octets === this.passing ? this.chunkIfKept : octets),
      },
      backpressure: { beforeMessage: () => undefined, countUnfinished: (octets) => (this.unfinishedOctets += octets) },
      maxMessageSizeOctets: MAX_MESSAGE_OCTETS,
    },
    { publish: (message, scanned, isMandatory) => this.published.push(copyOf(message, scanned, isMandatory)) },
  );

  /** Has a chunk come in, and what was begun kept at its end. */
  comesIn(chunk: Buffer, read: (octets: Buffer) => void): void {
    this.chunk = chunk;
    this.passing.fill(0xee);
    chunk.copy(this.passing);
    read(this.passing);
    for (const receiver of this.receiving) receiver.keepIncoming();
  }

  publishComesIn(
    args: { exchange?: string; routingKey?: string; mandatory?: boolean; immediate?: boolean } = {},
  ): void {
    const frame = method(1, 'basic.publish', args);
    this.comesIn(frame, (octets) => this.content.begin(octets, FRAME_HEADER_OCTETS, frame.length - 1));
  }

  headerComesIn(bodySize: number, properties: Properties = {}): void {
    const header = encodeContentHeader(bodySize, properties);
    this.comesIn(header, (octets) => this.content.header(octets, 0, header.length));
  }

  bodyComesIn(body: Buffer | string): void {
    const from = Buffer.from(body);
    const octets = Buffer.allocUnsafeSlow(from.length); // not in a pool, of which it would be a small part
    from.copy(octets);
    this.comesIn(octets, (passing) => this.content.body(passing, 0, octets.length, true));
  }
}

function copyOf(message: Message, scanned: number, isMandatory: boolean): Published {
  const { exchange, routingKey, isFramed, pieces } = message;
  const body = bodyOf(message).toString();
  const pieceCount = pieces?.length ?? 1;
  return { exchange, routingKey, body, isFramed, pieceCount, deliveryMode: deliveryModeIn(scanned), isMandatory };
}

function refusedWith(reply: string, text: RegExp): (error: AmqpError) => boolean {
  return (error) => error.reply === reply && text.test(error.message);
}

describe('content that comes in', () => {
  test('in one chunk is published where it lies, as two whole frames', () => {
    const fixture = new Fixture();
    const publish = method(1, 'basic.publish', { exchange: 'amq.topic', routingKey: 'a.b', mandatory: true });
    const header = encodeContentHeader(5, { deliveryMode: 2 });
    const gap = Buffer.alloc(8); // one frame's end and the next one's header
    fixture.comesIn(Buffer.concat([publish, gap, header, gap, Buffer.from('hello')]), (octets) => {
      fixture.content.begin(octets, FRAME_HEADER_OCTETS, publish.length - 1);
      const headerAt = publish.length + gap.length;
      fixture.content.header(octets, headerAt, headerAt + header.length);
      const bodyAt = headerAt + header.length + gap.length;
      fixture.content.body(octets, bodyAt, bodyAt + 5, true);
    });
    assert.deepEqual(fixture.published, [
      {
        exchange: 'amq.topic',
        routingKey: 'a.b',
        body: 'hello',
        isFramed: true,
        pieceCount: 1,
        deliveryMode: 2,
        isMandatory: true,
      },
    ]);
  });

  test('in several chunks is published as one message, although each is written over the one before', () => {
    const fixture = new Fixture();
    fixture.publishComesIn({ exchange: 'e', routingKey: 'k' });
    fixture.headerComesIn(10);
    fixture.bodyComesIn('hello');
    assert.equal(fixture.published.length, 0);
    fixture.bodyComesIn('world');
    const [published] = fixture.published;
    assert.deepEqual([published!.exchange, published!.routingKey, published!.body], ['e', 'k', 'helloworld']);
    assert.equal(published!.isFramed, false);
  });

  test('without a body is whole with its header', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    fixture.headerComesIn(0);
    assert.equal(fixture.published[0]!.body, '');
    assert.equal(fixture.content.isUnderWay, false);
  });

  test('has a large body in pieces, one for each large part', () => {
    const fixture = new Fixture();
    const part = Buffer.alloc(LARGE_BODY_OCTETS, 'x');
    fixture.publishComesIn();
    fixture.headerComesIn(2 * part.length);
    fixture.bodyComesIn(part);
    fixture.bodyComesIn(part);
    assert.deepEqual(
      fixture.published.map(({ body, pieceCount }) => [body.length, pieceCount]),
      [[2 * part.length, 2]],
    );
  });

  test('has a large body copied as soon as it comes, where the next chunk is read in its place', () => {
    for (const partCount of [1, 2]) {
      const fixture = new Fixture(false);
      const part = Buffer.alloc((2 * LARGE_BODY_OCTETS) / partCount, 'x');
      fixture.publishComesIn();
      fixture.headerComesIn(2 * LARGE_BODY_OCTETS);
      for (let i = 0; i < partCount; i++) fixture.bodyComesIn(part);
      assert.deepEqual(
        fixture.published.map(({ body, pieceCount }) => [body, pieceCount]),
        [['x'.repeat(2 * LARGE_BODY_OCTETS), 1]],
      );
    }
  });

  test('counts as unfinished until it is whole', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    fixture.headerComesIn(4);
    fixture.bodyComesIn('abc');
    assert.deepEqual([fixture.content.isUnderWay, fixture.receiving.size, fixture.unfinishedOctets], [true, 1, 3]);
    fixture.bodyComesIn('d');
    assert.deepEqual([fixture.content.isUnderWay, fixture.receiving.size, fixture.unfinishedOctets], [false, 0, 0]);
  });

  test('is forgotten when the channel is closed', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    fixture.headerComesIn(4);
    fixture.bodyComesIn('abc');
    fixture.content.close();
    assert.deepEqual([fixture.receiving.size, fixture.unfinishedOctets, fixture.published.length], [0, 0, 0]);
  });
});

describe('content is refused', () => {
  test('when nothing has announced it', () => {
    const { content } = new Fixture();
    const isRefused = refusedWith('UNEXPECTED_FRAME', /^expected method frame, got non method frame instead$/);
    assert.throws(() => content.header(encodeContentHeader(0, {}), 0, 14), isRefused);
    assert.throws(() => content.body(Buffer.from('x'), 0, 1, true), isRefused);
  });

  test('when it comes out of turn', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    const awaitsHeader = /^expected content header for class 60, got non content header frame instead$/;
    assert.throws(() => fixture.bodyComesIn('x'), refusedWith('UNEXPECTED_FRAME', awaitsHeader));
    assert.match(fixture.content.unexpectedMethod().message, awaitsHeader);
    fixture.headerComesIn(1);
    const awaitsBody = /^expected content body, got non content body frame instead$/;
    assert.throws(() => fixture.headerComesIn(1), refusedWith('UNEXPECTED_FRAME', awaitsBody));
    assert.match(fixture.content.unexpectedMethod().message, awaitsBody);
  });

  test('when its body is longer than its header has said', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    fixture.headerComesIn(3);
    fixture.bodyComesIn('ab');
    assert.throws(() => fixture.bodyComesIn('cd'), refusedWith('UNEXPECTED_FRAME', /^expected content body/));
  });

  test('when its header is of another class, or has a weight', () => {
    const ofClass = Buffer.from(encodeContentHeader(0, {}));
    ofClass.writeUInt16BE(50, 0);
    const weighed = Buffer.from(encodeContentHeader(0, {}));
    weighed.writeUInt16BE(1, 2);
    const fixture = new Fixture();
    fixture.publishComesIn();
    const isOfOtherClass = refusedWith('UNEXPECTED_FRAME', /got one for class 50 instead$/);
    assert.throws(() => fixture.content.header(ofClass, 0, ofClass.length), isOfOtherClass);
    const isUnexpected = refusedWith('UNEXPECTED_FRAME', /^expected content header for class 60/);
    assert.throws(() => fixture.content.header(weighed, 0, weighed.length), isUnexpected);
  });

  test('when it is larger than messages may be', () => {
    const fixture = new Fixture();
    fixture.publishComesIn();
    const text = /^message size 100001 is larger than configured max size 100000$/;
    assert.throws(() => fixture.headerComesIn(MAX_MESSAGE_OCTETS + 1), refusedWith('PRECONDITION_FAILED', text));
  });

  test('when it is to be delivered at once or not at all', () => {
    const isRefused = refusedWith('NOT_IMPLEMENTED', /^immediate=true$/);
    assert.throws(() => new Fixture().publishComesIn({ immediate: true }), isRefused);
  });
});
