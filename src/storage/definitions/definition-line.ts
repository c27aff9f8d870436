import { crc32 } from 'node:zlib';

/** A JSON value, as `parseJson` reads it. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What names a definition among those of its kind: a queue's virtual host and name, say. */
export type DefinitionKey = readonly string[];

/** Something that becomes defined, or defined anew, or undefined. */
export type Change =
  | readonly [action: 'put', kind: string, key: DefinitionKey, value: Json]
  | readonly [action: 'remove', kind: string, key: DefinitionKey];

/** What a line of the log says. */
export interface DefinitionLine {
  /** So much of the file was on disk for good when the line was written. */
  readonly committedOctets: number;
  readonly text: string;
}

const LINE_FEED = 0x0a;
const SPACE = 0x20;
const CHECKSUM_DIGITS = 8;
const PREFIX = /^([0-9a-f]{8}) (\d+) (\d+) $/;
/** Checksum, two numbers and the spaces behind them. */
const MAX_PREFIX_OCTETS = CHECKSUM_DIGITS + 2 * Number.MAX_SAFE_INTEGER.toString().length + 3;

/**
 * A line of the definitions log:
 *
 *     5f2a90c1 97 4096 [["put","queue",["/","orders"],{"name":"orders",…}]]⏎
 *     CRC-32   │  │    text: JSON, so without line feeds
 *     of the   │  octets of the file that were committed when this was written
 *     rest     octets of the text
 */
export function encodeLine({ text, committedOctets }: DefinitionLine): Buffer {
  const rest = ` ${Buffer.byteLength(text)} ${committedOctets} ${text}`;
  return Buffer.from(`${checksum(Buffer.from(rest))}${rest}\n`);
}

/** The line in `octets[start, end)`, its line feed included; undefined if it is no whole and sound line. */
export function decodeLine(octets: Buffer, start: number, end: number): DefinitionLine | undefined {
  if (octets[end - 1] !== LINE_FEED) return undefined;
  const textStart = textStartIn(octets, start, end);
  const prefix = PREFIX.exec(octets.toString('latin1', start, textStart));
  if (prefix === null) return undefined;
  const [, expected, length, committedOctets] = prefix;
  if (Number(length) !== end - 1 - textStart) return undefined;
  if (checksum(octets.subarray(start + CHECKSUM_DIGITS, end - 1)) !== expected) return undefined;
  return { committedOctets: Number(committedOctets), text: octets.toString('utf8', textStart, end - 1) };
}

/** Where the line ends that begins at `start`: after its line feed, or with the octets. */
export function endOfLine(octets: Buffer, start: number): number {
  const at = octets.indexOf(LINE_FEED, start);
  return at === -1 ? octets.length : at + 1;
}

function textStartIn(octets: Buffer, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_PREFIX_OCTETS);
  let spaces = 0;
  for (let at = start; at < limit; at++) {
    if (octets[at] === SPACE && ++spaces === 3) return at + 1;
  }
  return start;
}

function checksum(octets: Buffer): string {
  return crc32(octets).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
