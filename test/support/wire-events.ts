import assert from 'node:assert/strict';
import { FRAME_END, FRAME_HEADER_SIZE_OCTETS } from '#src/protocol/constants.js';
import { METHODS, type MethodArguments, type MethodName } from '#src/protocol/methods.js';
import type { Properties } from '#src/protocol/properties.js';

export interface Content {
  readonly properties: Properties;
  readonly body: Buffer;
  /** The payload of the content header frame and the sizes of the body frames: how the content was cut. */
  readonly header: Buffer;
  readonly frameSizes: readonly number[];
}

type ContentMethod = 'basic.deliver' | 'basic.get-ok' | 'basic.return' | 'basic.publish';
export type Received<Name extends MethodName> = MethodArguments<Name> &
  (Name extends ContentMethod ? Content : unknown);
export type Delivery = Received<'basic.deliver'>;
/** What waits in a channel's mailbox. */
export type WireEvent = { [Name in MethodName]: { readonly name: Name; readonly args: Received<Name> } }[MethodName];

export type CallName = { [Name in MethodName]: `${Name}-ok` extends MethodName ? Name : never }[MethodName];
export type ReplyText = string | RegExp;
/** The method that a close blames: 'none' for ids 0, 0, or the ids themselves where they name no method. */
export type CloseMethod = MethodName | 'none' | readonly [classId: number, methodId: number];

/** Asserts what the server's close says: code, text and the method it blames. */
export function assertClosing(
  event: WireEvent,
  name: 'channel.close' | 'connection.close',
  code: number,
  text: ReplyText,
  method: CloseMethod = 'none',
): void {
  if (event.name !== name) assert.fail(`expected ${name} ${code}, but got ${describe(event)}`);
  const { args } = event as Extract<WireEvent, { name: 'channel.close' }>;
  const ids = method === 'none' ? [0, 0] : typeof method === 'string' ? METHODS[method].slice(0, 2) : [...method];
  const found = [args.replyCode, args.replyText, args.classId, args.methodId];
  if (typeof text === 'string') assert.deepEqual(found, [code, asReplyText(text), ...ids]);
  else {
    assert.match(args.replyText, text);
    assert.deepEqual(found.toSpliced(1, 1), [code, ...ids]);
  }
}

/** Reply texts are short strings, cut to 255 octets. */
function asReplyText(text: string): string {
  return Buffer.byteLength(text) > 255 ? `${text.slice(0, 252)}...` : text;
}

/** The event in a line, for the messages of failed assertions. */
export function describe({ name, args }: WireEvent): string {
  if (name === 'channel.close' || name === 'connection.close') {
    return `${name} ${args.replyCode} ${args.replyText} [${args.classId}, ${args.methodId}]`;
  }
  return 'body' in args ? `${name} "${args.body.toString('utf8', 0, 40)}"` : name;
}

/** A frame's octets, whatever its parts say. */
export function frame(type: number, channel: number, payload: Uint8Array, end: number = FRAME_END): Buffer {
  const octets = Buffer.alloc(FRAME_HEADER_SIZE_OCTETS + payload.length + 1);
  octets[0] = type;
  octets.writeUInt16BE(channel, 1);
  octets.writeUInt32BE(payload.length, 3);
  octets.set(payload, FRAME_HEADER_SIZE_OCTETS);
  octets[octets.length - 1] = end;
  return octets;
}
