import { AmqpError } from './amqp-error.ts';
import { FRAME_END, FRAME_METHOD } from './constants.ts';
import { erlangBinary } from './erlang-term.ts';
import { FieldReader, type FieldTable, writeTable } from './field-table.ts';
import { type Domain, type MethodArguments, type MethodName, methodFields, methodKey } from './methods.ts';
import { OctetWriter } from './octet-writer.ts';

type ArgumentValue = boolean | number | bigint | string | Buffer | FieldTable;
type ArgumentRecord = Record<string, ArgumentValue>;

/** One writer for all: encoding is synchronous and leaves nothing behind in it. */
const scratch = new OctetWriter(4096);

/** The method as a whole frame, ready for the socket. */
export function encodeMethodFrame<Name extends MethodName>(
  channel: number,
  name: Name,
  args: MethodArguments<Name>,
): Buffer {
  const writer = scratch.reset().octet(FRAME_METHOD).short(channel);
  const sizeAt = writer.reserveLength();
  writer.long(methodKey(name));
  writeArguments(writer, name, args as ArgumentRecord);
  writer.fillLength(sizeAt);
  return writer.octet(FRAME_END).finish();
}

function writeArguments(writer: OctetWriter, name: MethodName, args: ArgumentRecord): void {
  let bits = 0;
  let bitCount = 0;
  for (const [argument, domain] of methodFields(name)) {
    if (domain === 'bit' || domain === 'reserved-bit') {
      if (args[argument] === true) bits |= 1 << bitCount;
      bitCount++;
      continue;
    }
    if (bitCount > 0) writer.octet(bits);
    bits = bitCount = 0;
    writeArgument(writer, domain, args[argument]);
  }
  if (bitCount > 0) writer.octet(bits);
}

/** No method has more than five bits in a row, so consecutive ones always share a single octet. */
function writeArgument(writer: OctetWriter, domain: Domain, value: ArgumentValue | undefined): void {
  switch (domain) {
    case 'octet':
      writer.octet(value as number);
      return;
    case 'short':
      writer.short(value as number);
      return;
    case 'long':
      writer.long(value as number);
      return;
    case 'longlong':
      writer.longLong(value as number | bigint);
      return;
    case 'shortstr':
      writer.shortString(value as string);
      return;
    case 'longstr':
      writer.longString(value as Buffer);
      return;
    case 'table':
      writeTable(writer, value as FieldTable);
      return;
    case 'reserved-short':
      writer.short(0);
      return;
    case 'reserved-longstr':
      writer.long(0);
      return;
    default:
      writer.octet(0);
  }
}

/**
 * The arguments of a method whose name was already read from the frame.
 * @param start the first octet after the class and method ids
 * @throws AmqpError FRAME_ERROR if the octets are not those arguments, no more and no less
 */
export function decodeArguments<Name extends MethodName>(
  name: Name,
  octets: Buffer,
  start: number,
  end: number,
): MethodArguments<Name> {
  const reader = new FieldReader(octets, start, end);
  try {
    const args = readArguments(name, reader);
    if (reader.at === end) return args as MethodArguments<Name>;
  } catch (error) {
    if (!(error instanceof AmqpError && error.reply === 'SYNTAX_ERROR')) throw error;
  }
  throw new AmqpError('FRAME_ERROR', `cannot decode ${erlangBinary(octets.subarray(start, end))}`);
}

function readArguments(name: MethodName, reader: FieldReader): ArgumentRecord {
  const args: ArgumentRecord = {};
  let bits = 0;
  let bitCount = 0;
  for (const [argument, domain] of methodFields(name)) {
    if (domain === 'bit' || domain === 'reserved-bit') {
      if (bitCount === 0) bits = reader.octet();
      if (domain === 'bit') args[argument] = ((bits >> bitCount) & 1) === 1;
      bitCount++;
      continue;
    }
    bitCount = 0;
    const value = readArgument(reader, domain);
    if (value !== undefined) args[argument] = value;
  }
  return args;
}

function readArgument(reader: FieldReader, domain: Domain): ArgumentValue | undefined {
  switch (domain) {
    case 'octet':
      return reader.octet();
    case 'short':
      return reader.short();
    case 'long':
      return reader.long();
    case 'longlong':
      return reader.longLong();
    case 'shortstr':
      return reader.utf8ShortString();
    case 'longstr':
      return Buffer.from(reader.longString());
    case 'table':
      return reader.table();
    case 'reserved-short':
      reader.take(2);
      return undefined;
    case 'reserved-longstr':
      reader.longString();
      return undefined;
    default:
      reader.shortString();
      return undefined;
  }
}
