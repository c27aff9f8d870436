import { violated } from '../../observe/invariants.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { BASIC_CLASS_ID, FRAME_OVERHEAD_OCTETS, METHOD_IDS_OCTETS } from '../../protocol/constants.ts';
import { LARGE_BODY_OCTETS, Message, NOT_STORED } from '../../protocol/message.ts';
import { decodeArguments } from '../../protocol/method-codec.ts';
import { getLong } from '../../protocol/octets.ts';
import { hasDelay, scanProperties, TRANSIENT } from '../../protocol/property-scan.ts';
import type { Backpressure } from '../socket/backpressure.ts';
import type { ConnectionInput, ContentReceiver } from '../socket/connection-input.ts';
import { BodyAssembler } from './body-assembler.ts';

const MANDATORY = 1;
const IMMEDIATE = 2;
/** Class and method ids and the reserved short that come before the exchange's name in basic.publish. */
const ROUTE_OFFSET = 6;

const EXPECT_METHOD = 0;
const EXPECT_HEADER = 1;
const EXPECT_BODY = 2;

/** Where a copy begins, and nothing else does: elsewhere a frame's header comes first. So what is kept is copied once. */
const KEPT_AT = 0;

/** What the content of a channel needs of the connection that it comes in on. */
export interface ContentConnection {
  readonly input: Pick<
    ConnectionInput,
    'contentBegun' | 'contentEnded' | 'unfinishedCount' | 'isSharedInput' | 'stableBuffer'
  >;
  readonly backpressure: Pick<Backpressure, 'beforeMessage' | 'countUnfinished'>;
  readonly maxMessageSizeOctets: number;
}

/** Takes messages that have come in whole. */
export interface MessagePublisher {
  /**
   * @param received to be read until the call returns
   * @param scanned what a scan has found in its properties (see protocol/property-scan.ts)
   */
  publish(received: Message, scanned: number, isMandatory: boolean): void;
}

/**
 * A channel's message on its way in: basic.publish, its content header and body frames in turn (AMQP 0-9-1, section 4.2.6).
 * Nothing of it is copied or decoded before a queue needs it, unless it comes in several chunks.
 */
export class IncomingContent implements ContentReceiver {
  private readonly connection: ContentConnection;
  private readonly publisher: MessagePublisher;
  private expected = EXPECT_METHOD;
  private readonly message = new Message();
  private isMandatory = false;
  private scanned = TRANSIENT;
  private readonly assembler = new BodyAssembler();
  private bodyReceived = 0;

  constructor(connection: ContentConnection, publisher: MessagePublisher) {
    this.connection = connection;
    this.publisher = publisher;
  }

  /** True: content frames are on their way, and no method may come in between. */
  get isUnderWay(): boolean {
    return this.expected !== EXPECT_METHOD;
  }

  /** The error for a method frame where content should be. */
  unexpectedMethod(): AmqpError {
    const isHeader = this.expected === EXPECT_HEADER;
    return new AmqpError(
      'UNEXPECTED_FRAME',
      isHeader
        ? `expected content header for class ${BASIC_CLASS_ID}, got non content header frame instead`
        : 'expected content body, got non content body frame instead',
    );
  }

  /** basic.publish. The octets are the method frame's payload. */
  begin(octets: Buffer, start: number, end: number): void {
    const routeStart = start + ROUTE_OFFSET;
    const keyAt = routeStart + 1 + octets[routeStart]!;
    const routeEnd = keyAt + 1 + octets[keyAt]!;
    if (routeEnd + 1 !== end) decodeArguments('basic.publish', octets, start + METHOD_IDS_OCTETS, end); // throws what is due
    const { message } = this;
    message.route = octets;
    message.routeStart = routeStart;
    message.routeEnd = routeEnd;
    const bits = octets[routeEnd]!;
    this.isMandatory = (bits & MANDATORY) !== 0;
    if ((bits & IMMEDIATE) !== 0) throw new AmqpError('NOT_IMPLEMENTED', 'immediate=true');
    this.expected = EXPECT_HEADER;
    this.connection.input.contentBegun(this);
    this.connection.backpressure.beforeMessage();
  }

  /** A content header frame's payload. */
  header(octets: Buffer, start: number, end: number): void {
    if (this.expected !== EXPECT_HEADER) throw this.unexpectedContent();
    const classId = (octets[start]! << 8) | octets[start + 1]!;
    if (classId !== BASIC_CLASS_ID) {
      throw new AmqpError(
        'UNEXPECTED_FRAME',
        `expected content header for class ${BASIC_CLASS_ID}, got one for class ${classId} instead`,
      );
    }
    if (octets[start + 2] !== 0 || octets[start + 3] !== 0) throw this.unexpectedContent(); // the weight
    const scanned = scanProperties(octets, start, end);
    this.scanned = scanned;
    const size = (getLong(octets, start + 4) >>> 0) * 0x100000000 + (getLong(octets, start + 8) >>> 0);
    if (size > this.connection.maxMessageSizeOctets) this.refuseSize(size);
    const { message } = this;
    message.isDelayed = hasDelay(scanned);
    message.header = octets;
    message.headerStart = start;
    message.headerEnd = end;
    message.bodySize = size;
    this.bodyReceived = 0;
    this.expected = EXPECT_BODY;
    if (size === 0) this.complete(octets, end, end, true);
  }

  /** A body frame's payload, or a part of it: the rest of the frame may turn out to be too much. */
  body(octets: Buffer, start: number, end: number, isWholeFrame: boolean): void {
    if (this.expected !== EXPECT_BODY) throw this.unexpectedContent();
    const { bodySize } = this.message;
    const length = end - start;
    if (length === bodySize && this.bodyReceived === 0 && bodySize <= LARGE_BODY_OCTETS) {
      this.complete(octets, start, end, isWholeFrame);
      return;
    }
    const left = bodySize - this.bodyReceived;
    if (length > left) throw this.unexpectedContent();
    const stable = this.connection.input.stableBuffer(octets);
    this.assembler.add(stable ?? octets, start, end, left, stable !== undefined);
    this.bodyReceived += length;
    this.countUnfinished(length);
    if (length === left) this.completeAssembled();
  }

  private unexpectedContent(): AmqpError {
    return this.expected === EXPECT_METHOD ? unexpectedContent() : this.unexpectedMethod();
  }

  private refuseSize(size: number): never {
    const limit = this.connection.maxMessageSizeOctets;
    throw new AmqpError('PRECONDITION_FAILED', `message size ${size} is larger than configured max size ${limit}`);
  }

  private countUnfinished(octets: number): void {
    const { backpressure, input } = this.connection;
    backpressure.countUnfinished(octets, input.unfinishedCount > 1);
  }

  private completeAssembled(): void {
    this.countUnfinished(-this.bodyReceived);
    const pieces = this.assembler.take();
    const [first] = pieces;
    if (pieces.length > 1) this.message.pieces = pieces;
    this.complete(first!, 0, pieces.length > 1 ? 0 : first!.length, false);
  }

  private complete(body: Buffer, bodyStart: number, bodyEnd: number, isWholeFrame: boolean): void {
    const { message } = this;
    const { input } = this.connection;
    message.body = body;
    message.bodyStart = bodyStart;
    message.bodyEnd = bodyEnd;
    message.isFramed = isWholeFrame && isFramed(message);
    this.expected = EXPECT_METHOD;
    input.contentEnded(this);
    this.publisher.publish(message, this.scanned, this.isMandatory);
    message.pieces = undefined;
    if (message.slot !== NOT_STORED) violated(`a message stays in slot ${message.slot} after its publish`);
    if (input.isSharedInput(message.route) && message.header === message.route && body === message.route) return;
    message.clear(); // or an idle channel would keep chunks alive
  }

  /** Copies what has come of a message so far, because the octets it lies in are about to change. */
  keepIncoming(): void {
    const { message } = this;
    if (message.routeStart !== KEPT_AT) {
      message.route = Buffer.from(message.route.subarray(message.routeStart, message.routeEnd));
      message.routeStart = KEPT_AT;
      message.routeEnd = message.route.length;
    }
    if (this.expected === EXPECT_BODY && message.headerStart !== KEPT_AT) {
      message.header = Buffer.from(message.header.subarray(message.headerStart, message.headerEnd));
      message.headerStart = KEPT_AT;
      message.headerEnd = message.header.length;
    }
  }

  /** Forgets what has come, because the channel is gone. */
  close(): void {
    if (this.expected === EXPECT_BODY) this.countUnfinished(-this.bodyReceived);
    if (this.isUnderWay) this.connection.input.contentEnded(this);
    this.message.clear();
  }
}

/** Whether the content came as a header frame and one body frame, the one behind the other. */
function isFramed({ header, headerEnd, body, bodyStart, bodySize, pieces }: Message): boolean {
  if (pieces !== undefined || bodySize > LARGE_BODY_OCTETS) return false;
  return bodySize === 0 || (header === body && bodyStart === headerEnd + FRAME_OVERHEAD_OCTETS);
}

/** The error for content that no basic.publish announced. */
export function unexpectedContent(): AmqpError {
  return new AmqpError('UNEXPECTED_FRAME', 'expected method frame, got non method frame instead', {
    blamesMethod: false,
  });
}
