import { type FieldTable, type FieldValue, fieldTable } from '#src/protocol/field-table.js';
import { encodeContentHeader, type Properties } from '#src/protocol/properties.js';
import { Random } from '../support/random.ts';

const KIB = 1024;
const MIB = KIB * KIB;
const LARGE_OCTETS = 300 * KIB;
const HUGE_OCTETS = 5 * MIB;
/** Bodies from this size on begin with the message's name; shorter ones have it in their properties. */
const NAMED_OCTETS = 24;
const NAME_END = ';';
const PERSISTENT = 2;

/** Where bodies come from: each is a part of it, and where the part begins depends on the message. */
const PATTERN = pattern(HUGE_OCTETS + MIB);

/** A message as its publisher and number make it: so that who receives it can tell whether it is as it was sent. */
export interface NumberedMessage {
  /** `publisher:number` */
  readonly name: string;
  readonly isPersistent: boolean;
  readonly properties: Properties;
  readonly body: Buffer;
}

/** What a receiver sees of a message's content. */
export interface ReceivedContent {
  readonly properties: Properties;
  readonly header: Buffer;
  readonly body: Buffer;
}

function messageName(publisher: string, number: number): string {
  return `${publisher}:${number}`;
}

export function splitName(name: string): [publisher: string, number: number] {
  const colon = name.lastIndexOf(':');
  return [name.slice(0, colon), Number(name.slice(colon + 1))];
}

/** Always the same one for the same publisher and number. */
export function numberedMessage(publisher: string, number: number): NumberedMessage {
  const name = messageName(publisher, number);
  const random = new Random(seedOf(name));
  const size = bodySize(random);
  const start = random.below(MIB);
  const body = Buffer.from(PATTERN.subarray(start, start + size));
  if (size >= NAMED_OCTETS) body.write(name + NAME_END, 'latin1');
  const properties = randomProperties(random);
  if (size < NAMED_OCTETS) properties.messageId = name;
  return { name, isPersistent: properties.deliveryMode === PERSISTENT, properties, body };
}

/** The name that a message bears, if it bears one; whether it is that message is another question. */
export function nameOf({ properties, body }: ReceivedContent): string | undefined {
  if (body.length < NAMED_OCTETS) return properties.messageId;
  return /^([^:;]+:\d+);/.exec(body.toString('latin1', 0, NAMED_OCTETS))?.[1];
}

/** What is different about the message that bears this name, or undefined if nothing is. */
export function alteration(name: string, { header, body }: ReceivedContent): string | undefined {
  const [publisher, number] = splitName(name);
  const sent = numberedMessage(publisher, number);
  if (!sent.body.equals(body)) {
    const at = sent.body.findIndex((octet, i) => octet !== body[i]);
    return `body: ${body.length} octets of ${sent.body.length}, the first difference at ${at}`;
  }
  const sentHeader = encodeContentHeader(sent.body.length, sent.properties);
  if (sentHeader.equals(header)) return undefined;
  return `content header: ${header.toString('hex')} instead of ${sentHeader.toString('hex')}`;
}

function bodySize(random: Random): number {
  if (random.chance(3000)) return HUGE_OCTETS;
  if (random.chance(300)) return LARGE_OCTETS;
  return random.below(random.pick([1, 64, 256, 256, 256, 4 * KIB, 40 * KIB]));
}

function randomProperties(random: Random): Properties {
  if (random.chance(12)) return {};
  const properties: Properties = { deliveryMode: random.chance(10) ? 1 : PERSISTENT };
  if (random.chance(3)) properties.contentType = 'application/octet-stream';
  if (random.chance(8)) properties.contentEncoding = 'identity';
  if (random.chance(3)) properties.headers = randomHeaders(random);
  if (random.chance(8)) properties.priority = random.below(10);
  if (random.chance(4)) properties.correlationId = `${random.below(1_000_000)}`;
  if (random.chance(8)) properties.replyTo = 'nobody';
  if (random.chance(8)) properties.expiration = '3600000';
  if (random.chance(4)) properties.timestamp = 1_700_000_000 + random.below(1_000_000);
  if (random.chance(8)) properties.type = 'numbered';
  if (random.chance(8)) properties.userId = 'guest';
  if (random.chance(8)) properties.appId = 'x'.repeat(random.below(256));
  if (random.chance(16)) properties.clusterId = 'y';
  return properties;
}

function randomHeaders(random: Random): FieldTable {
  const all: readonly [string, FieldValue][] = [
    ['bool', { type: 'bool', value: random.chance(2) }],
    ['byte', { type: 'byte', value: -random.below(128) }],
    ['unsignedshort', { type: 'unsignedshort', value: random.below(65536) }],
    ['signedint', { type: 'signedint', value: -random.below(2 ** 31) }],
    ['long', { type: 'long', value: 2n ** 62n + BigInt(random.below(1000)) }],
    ['double', { type: 'double', value: random.below(1000) / 7 }],
    ['decimal', { type: 'decimal', value: { scale: 2, digits: random.below(10_000) } }],
    ['longstr', { type: 'longstr', value: 'ü'.repeat(random.below(400)) }],
    ['binary', { type: 'binary', value: random.octets(random.below(100)) }],
    ['timestamp', { type: 'timestamp', value: 1_700_000_000 }],
    ['array', { type: 'array', value: [{ type: 'void', value: null }] }],
    ['table', { type: 'table', value: fieldTable({ depth: { depth: { depth: random.below(9) } } }) }],
  ];
  return new Map(all.filter(() => random.chance(3)));
}

/** FNV-1a. */
function seedOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
}

function pattern(size: number): Buffer {
  const words = new Uint32Array(size / 4);
  let word = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    words[i] = word;
  }
  return Buffer.from(words.buffer);
}
