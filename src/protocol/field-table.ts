import { isUtf8 } from 'node:buffer';
import { AmqpError } from './amqp-error.ts';
import type { OctetWriter } from './octet-writer.ts';

/**
 * A value of a field table with its wire type (AMQP 0-9-1, section 4.2.5.5, in the dialect that RabbitMQ and its clients
 * speak). The type names are RabbitMQ's own, because its error texts print them. Integers beyond 2^53 are bigints;
 * a long string that is not UTF-8 stays a Buffer, so that nothing is lost on its way through.
 */
export type FieldValue =
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: IntegerType; readonly value: number | bigint }
  | { readonly type: 'float' | 'double'; readonly value: number }
  | { readonly type: 'decimal'; readonly value: { readonly scale: number; readonly digits: number } }
  | { readonly type: 'longstr'; readonly value: string | Buffer }
  | { readonly type: 'binary'; readonly value: Buffer }
  | { readonly type: 'array'; readonly value: readonly FieldValue[] }
  | { readonly type: 'table'; readonly value: FieldTable }
  | { readonly type: 'void'; readonly value: null };

export type IntegerType =
  | 'byte'
  | 'unsignedbyte'
  | 'short'
  | 'unsignedshort'
  | 'signedint'
  | 'unsignedint'
  | 'long'
  | 'timestamp';

export type FieldTable = ReadonlyMap<string, FieldValue>;

export const EMPTY_TABLE: FieldTable = new Map();

/** Tables and arrays inside tables: deeper than any client goes, and shallow enough for the stack. */
export const MAX_TABLE_DEPTH = 64;

/** The table of plain values: strings are long strings, whole numbers `signedint` or `long`, nested objects tables. */
export function fieldTable(values: Readonly<Record<string, PlainValue>>): FieldTable {
  return new Map(Object.entries(values).map(([name, value]) => [name, fieldValue(value)]));
}

export type PlainValue =
  | string
  | number
  | boolean
  | null
  | readonly PlainValue[]
  | { readonly [name: string]: PlainValue };

function fieldValue(value: PlainValue): FieldValue {
  if (value === null) return { type: 'void', value };
  if (typeof value === 'string') return { type: 'longstr', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'number') {
    if (!Number.isInteger(value)) return { type: 'double', value };
    return { type: (value | 0) === value ? 'signedint' : 'long', value };
  }
  if (isArray(value)) return { type: 'array', value: value.map(fieldValue) };
  return { type: 'table', value: fieldTable(value) };
}

function isArray(value: object): value is readonly PlainValue[] {
  return Array.isArray(value);
}

const INTEGER_TAGS: Readonly<Record<IntegerType, string>> = {
  byte: 'b',
  unsignedbyte: 'B',
  short: 's',
  unsignedshort: 'u',
  signedint: 'I',
  unsignedint: 'i',
  long: 'l',
  timestamp: 'T',
};

/** Integers of whatever width. A timestamp is a time. */
export function isIntegerType(type: FieldValue['type']): boolean {
  return type in INTEGER_TAGS && type !== 'timestamp';
}

/** Writes the table's length and its entries. */
export function writeTable(writer: OctetWriter, table: FieldTable): void {
  const lengthAt = writer.reserveLength();
  for (const [name, value] of table) {
    writer.shortString(name);
    writeFieldValue(writer, value);
  }
  writer.fillLength(lengthAt);
}

function writeFieldValue(writer: OctetWriter, field: FieldValue): void {
  switch (field.type) {
    case 'bool':
      writer.tag('t').octet(field.value ? 1 : 0);
      return;
    case 'float':
      writer.tag('f').float(field.value);
      return;
    case 'double':
      writer.tag('d').double(field.value);
      return;
    case 'decimal':
      writer.tag('D').octet(field.value.scale).long(field.value.digits);
      return;
    case 'longstr':
      writer.tag('S').longString(field.value);
      return;
    case 'binary':
      writer.tag('x').longString(field.value);
      return;
    case 'void':
      writer.tag('V');
      return;
    case 'table':
      writeTable(writer.tag('F'), field.value);
      return;
    case 'array': {
      const lengthAt = writer.tag('A').reserveLength();
      for (const element of field.value) writeFieldValue(writer, element);
      writer.fillLength(lengthAt);
      return;
    }
    default:
      writeInteger(writer.tag(INTEGER_TAGS[field.type]), field.type, field.value);
  }
}

function writeInteger(writer: OctetWriter, type: IntegerType, value: number | bigint): void {
  switch (type) {
    case 'byte':
    case 'unsignedbyte':
      writer.octet(Number(value));
      return;
    case 'short':
    case 'unsignedshort':
      writer.short(Number(value));
      return;
    case 'signedint':
    case 'unsignedint':
      writer.long(Number(value));
      return;
    default:
      writer.longLong(value);
  }
}

/** Reads field tables and their values from octets that a peer sent: every length is checked before it is believed. */
export class FieldReader {
  at: number;
  private readonly octets: Buffer;
  private readonly end: number;

  constructor(octets: Buffer, start: number, end: number) {
    this.octets = octets;
    this.at = start;
    this.end = end;
  }

  /** Steps over `count` octets and returns where they began. @throws AmqpError SYNTAX_ERROR where there are fewer */
  take(count: number): number {
    const start = this.at;
    if (count > this.end - start) throw new AmqpError('SYNTAX_ERROR', 'illegal octets: the arguments end too early');
    this.at = start + count;
    return start;
  }

  octet(): number {
    return this.octets[this.take(1)]!;
  }
  short(): number {
    return this.octets.readUInt16BE(this.take(2));
  }
  long(): number {
    return this.octets.readUInt32BE(this.take(4));
  }
  /** 64 unsigned bits; a bigint only where a number would lose some of them. */
  longLong(): number | bigint {
    return narrow(this.octets.readBigUInt64BE(this.take(8)));
  }

  /** UTF-8, or octet by octet where it is not, since routing keys, properties and header names may be any octets. */
  shortString(): string {
    const length = this.octet();
    const start = this.take(length);
    return decodeShortString(this.octets, start, start + length);
  }

  /** The short string of a method, which must be UTF-8. @throws AmqpError FRAME_ERROR if it is not */
  utf8ShortString(): string {
    const length = this.octet();
    const start = this.take(length);
    if (!isUtf8(this.octets.subarray(start, start + length))) {
      throw new AmqpError('FRAME_ERROR', 'Malformed UTF-8 in shortstr', { blamesMethod: false });
    }
    return this.octets.toString('utf8', start, start + length);
  }

  /** A view of the octets, not a copy. */
  longString(): Buffer {
    const length = this.long();
    const start = this.take(length);
    return this.octets.subarray(start, start + length);
  }

  table(depth = 0): FieldTable {
    const end = this.nestedEnd(depth);
    if (this.at === end) return EMPTY_TABLE;
    const table = new Map<string, FieldValue>();
    while (this.at < end) {
      const name = this.shortString();
      table.set(name, this.fieldValue(depth));
    }
    this.expectEnd(end);
    return table;
  }

  private array(depth: number): FieldValue[] {
    const end = this.nestedEnd(depth);
    const values: FieldValue[] = [];
    while (this.at < end) values.push(this.fieldValue(depth));
    this.expectEnd(end);
    return values;
  }

  private nestedEnd(depth: number): number {
    if (depth > MAX_TABLE_DEPTH)
      throw new AmqpError('SYNTAX_ERROR', `field table nested deeper than ${MAX_TABLE_DEPTH}`);
    const length = this.long();
    if (length > this.end - this.at)
      throw new AmqpError('SYNTAX_ERROR', 'illegal octets: field table longer than its frame');
    return this.at + length;
  }

  private expectEnd(end: number): void {
    if (this.at !== end) throw new AmqpError('SYNTAX_ERROR', 'illegal octets: a field passes the end of its table');
  }

  private fieldValue(depth: number): FieldValue {
    const tag = String.fromCharCode(this.octet());
    switch (tag) {
      case 't':
        return { type: 'bool', value: this.octet() !== 0 };
      case 'b':
        return { type: 'byte', value: this.octets.readInt8(this.take(1)) };
      case 'B':
        return { type: 'unsignedbyte', value: this.octet() };
      case 's':
        return { type: 'short', value: this.octets.readInt16BE(this.take(2)) };
      case 'u':
        return { type: 'unsignedshort', value: this.short() };
      case 'I':
        return { type: 'signedint', value: this.octets.readInt32BE(this.take(4)) };
      case 'i':
        return { type: 'unsignedint', value: this.long() };
      case 'l':
      case 'L':
        return { type: 'long', value: narrow(this.octets.readBigInt64BE(this.take(8))) };
      case 'T':
        return { type: 'timestamp', value: this.longLong() };
      case 'f':
        return { type: 'float', value: this.octets.readFloatBE(this.take(4)) };
      case 'd':
        return { type: 'double', value: this.octets.readDoubleBE(this.take(8)) };
      case 'D':
        return { type: 'decimal', value: { scale: this.octet(), digits: this.long() } };
      case 'S':
        return { type: 'longstr', value: textOrOctets(this.longString()) };
      case 'x':
        return { type: 'binary', value: Buffer.from(this.longString()) };
      case 'A':
        return { type: 'array', value: this.array(depth + 1) };
      case 'F':
        return { type: 'table', value: this.table(depth + 1) };
      case 'V':
        return { type: 'void', value: null };
      default:
        throw new AmqpError('SYNTAX_ERROR', `illegal octets: unknown field type ${tag.charCodeAt(0)}`);
    }
  }
}

/** Short strings are nearly always UTF-8; where one is not, each octet stands for itself, so that keys still compare. */
export function decodeShortString(octets: Buffer, start: number, end: number): string {
  const text = octets.toString('utf8', start, end);
  return text.includes('\ufffd') && !isUtf8(octets.subarray(start, end)) ? octets.toString('latin1', start, end) : text;
}

function textOrOctets(octets: Buffer): string | Buffer {
  return isUtf8(octets) ? octets.toString('utf8') : Buffer.from(octets);
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
