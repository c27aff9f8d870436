import { exactNumber, parseJson } from '../json/exact-json.ts';
import type { Json } from '../storage/definitions/definition-line.ts';
import { isTooDeep, MAX_JSON_DEPTH } from '../storage/definitions/json-depth.ts';
import { TimeSlices } from '../time/time-slices.ts';

/** Larger texts are parsed in slices. `JSON.parse` takes a millisecond for this. */
const PARSED_AT_ONCE_LENGTH = 64 * 1024;
const MAX_NUMBER_LENGTH = 1024;
const TOO_DEEP = `the JSON is nested more than ${MAX_JSON_DEPTH} deep`;

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;
const LITERALS: readonly (readonly [text: string, value: boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

/** The value that the JSON text stands for, parsed in slices of time if it is large. @throws SyntaxError */
export async function parseInSlices(text: string): Promise<Json> {
  if (text.length <= PARSED_AT_ONCE_LENGTH) return parseAtOnce(text);
  const slices = new TimeSlices();
  const parts = new JsonParser(text, slices).parse();
  for (;;) {
    const { done, value } = parts.next();
    if (done) return value;
    await slices.next();
  }
}

function parseAtOnce(text: string): Json {
  const value = parseJson(text) as Json;
  if (isTooDeep(value)) throw new SyntaxError(TOO_DEEP);
  return value;
}

type Container = Json[] | { [name: string]: Json };

/** Parses one value after another, rather than one within another: so that it can be left and gone on with. */
class JsonParser {
  private readonly text: string;
  private readonly slices: TimeSlices;
  private at = 0;
  /** Where the next backslash is that is known of: looked for once. */
  private backslash = -1;
  private readonly containers: Container[] = [];
  /** The names under which these stand in the objects around them. */
  private readonly names: string[] = [];

  constructor(text: string, slices: TimeSlices) {
    this.text = text;
    this.slices = slices;
  }

  /** Yields where it is time for others. */
  *parse(): Generator<void, Json> {
    let name = '';
    for (;;) {
      if (this.slices.isOver) yield;
      const parent = this.containers.at(-1);
      if (parent !== undefined && !Array.isArray(parent)) {
        name = yield* this.string();
        this.expect(':');
      }
      let value = yield* this.value(name);
      if (value === undefined) continue; // what is in it comes next
      for (;;) {
        const container = this.containers.at(-1);
        if (container === undefined) {
          this.requireEnd();
          return value;
        }
        put(container, name, value);
        if (this.skip(',')) break;
        this.expect(Array.isArray(container) ? ']' : '}');
        value = this.containers.pop()!;
        name = this.names.pop()!;
      }
    }
  }

  /** Undefined: a container has begun that is not empty. */
  private *value(name: string): Generator<void, Json | undefined> {
    this.skipBlanks();
    const character = this.text[this.at];
    if (character === '"') return yield* this.string();
    if (character === '[' || character === '{') return this.container(name, character);
    const literal = this.literal();
    return literal === undefined ? this.number() : literal;
  }

  private container(name: string, opening: '[' | '{'): Json | undefined {
    this.at++;
    if (this.skip(opening === '[' ? ']' : '}')) return opening === '[' ? [] : {};
    if (this.containers.length === MAX_JSON_DEPTH) throw new SyntaxError(TOO_DEEP);
    this.containers.push(opening === '[' ? [] : {});
    this.names.push(name);
    return undefined;
  }

  private literal(): boolean | null | undefined {
    for (const [text, value] of LITERALS) {
      if (!this.text.startsWith(text, this.at)) continue;
      this.at += text.length;
      return value;
    }
    return undefined;
  }

  private number(): number | bigint {
    const [digits] = NUMBER.exec(this.text.slice(this.at, this.at + MAX_NUMBER_LENGTH)) ?? this.refuse();
    this.at += digits.length;
    return exactNumber(digits);
  }

  private *string(): Generator<void, string> {
    this.expect('"');
    const start = this.at;
    const end = this.text.indexOf('"', start);
    if (this.nextBackslash(start) > end) return this.piece(start, end, 1);
    return yield* this.escapedString(start);
  }

  /** One with escapes is decoded in pieces, none of which ends within one. */
  private *escapedString(start: number): Generator<void, string> {
    let decoded = '';
    let quote = -1;
    for (let from = start; ; ) {
      const backslash = this.nextBackslash(from);
      if (quote < from) quote = this.text.indexOf('"', from);
      if (quote < backslash) return decoded + this.piece(start, quote, 1);
      from = backslash + (this.text[backslash + 1] === 'u' ? 6 : 2);
      if (from - start < PARSED_AT_ONCE_LENGTH) continue;
      decoded += this.piece(start, from, 0);
      start = from;
      if (this.slices.isOverNow) yield;
    }
  }

  /** Where the first backslash from there on is; beyond the text, if there is none. */
  private nextBackslash(from: number): number {
    if (this.backslash >= from) return this.backslash;
    const found = this.text.indexOf('\\', from);
    this.backslash = found < 0 ? this.text.length : found;
    return this.backslash;
  }

  private piece(start: number, end: number, behind: number): string {
    if (end < 0) this.refuse();
    this.at = end + behind;
    return JSON.parse(`"${this.text.slice(start, end)}"`) as string;
  }

  private requireEnd(): void {
    this.skipBlanks();
    if (this.at < this.text.length) this.refuse();
  }

  private expect(character: string): void {
    if (!this.skip(character)) this.refuse();
  }

  private skip(character: string): boolean {
    this.skipBlanks();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipBlanks(): void {
    while (isBlank(this.text.charCodeAt(this.at))) this.at++;
  }

  private refuse(): never {
    throw new SyntaxError(`unexpected JSON at position ${this.at}`);
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** `__proto__` is a name as any other, as for JSON.parse. */
function put(container: Container, name: string, value: Json): void {
  if (Array.isArray(container)) container.push(value);
  else if (name === '__proto__') {
    Object.defineProperty(container, name, { value, writable: true, enumerable: true, configurable: true });
  } else container[name] = value;
}
