import type { MethodArguments } from '../../protocol/methods.ts';

/** A message that the broker sends: what is delivered, or returned because no queue is there for it. */
export interface IncomingMessage {
  readonly method:
    | { readonly name: 'basic.deliver'; readonly args: MethodArguments<'basic.deliver'> }
    | { readonly name: 'basic.return'; readonly args: MethodArguments<'basic.return'> };
  /** The payload of the content header. */
  readonly header: Buffer;
  readonly body: Buffer;
}

/** Where the size of the body stands in a content header: after class id and weight (AMQP 0-9-1, section 4.2.6.1). */
const BODY_SIZE_OFFSET = 4;

/** Gathers the frames of one message after the other. What is given to it is copied. */
export class ContentAssembler {
  private method: IncomingMessage['method'] | undefined;
  private header: Buffer = Buffer.alloc(0);
  private pieces: Buffer[] = [];
  private missingOctets = 0;

  begin(method: IncomingMessage['method']): void {
    this.method = method;
  }

  /** Takes the content header; returns the message if that is all of it. */
  addHeader(octets: Buffer, start: number, end: number): IncomingMessage | undefined {
    this.header = Buffer.from(octets.subarray(start, end));
    this.missingOctets = Number(this.header.readBigUInt64BE(BODY_SIZE_OFFSET));
    return this.missingOctets === 0 ? this.finish() : undefined;
  }

  /** Takes a part of the body; returns the message if that was the last one. */
  addBody(octets: Buffer, start: number, end: number): IncomingMessage | undefined {
    this.pieces.push(Buffer.from(octets.subarray(start, end)));
    this.missingOctets -= end - start;
    return this.missingOctets <= 0 ? this.finish() : undefined;
  }

  private finish(): IncomingMessage | undefined {
    const { method, header, pieces } = this;
    this.method = undefined;
    this.pieces = [];
    const body = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    return method && { method, header, body };
  }
}
