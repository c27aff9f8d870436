import {
  ESCAPED_CLASSES,
  ignoringCase,
  negated,
  type OctetSet,
  octetSet,
  POSIX_CLASSES,
  propertySet,
  singleOctet,
} from './octet-set.ts';
import { PatternError } from './pattern-error.ts';
import type { Scanner } from './scanner.ts';

/** Some escapes mean something else in a class. */
export type ClassScope = 'inside' | 'outside';

const CONTROL_CHARACTERS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['e', 0x1b],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
]);
const BACKSPACE = 0x08;
const NO_COLLATING = 'POSIX collating elements are not supported';
const POSIX_CLASS = /\[:(\^?)([A-Za-z]*):\]/y;
const BARE_POSIX_CLASS = /\[([:.=])\^?[A-Za-z]*\1\]/y;
const COLLATING_ELEMENT = /\[([.=])[^\]]*?\1\]/y;

/** A class such as `[:alpha:]` must stand in another one. @throws PatternError */
export function refuseBarePosix(scanner: Scanner): void {
  const start = scanner.at;
  const match = scanner.takeMatch(BARE_POSIX_CLASS);
  if (match === undefined) return;
  const isClass = match[1] === ':';
  throw new PatternError(isClass ? 'POSIX named classes are supported only within a class' : NO_COLLATING, start);
}

/** A class such as `[^a-z_]`, its opening bracket being behind us. @throws PatternError */
export function parseClass(scanner: Scanner, ignoresCase: boolean): OctetSet {
  const isNegated = scanner.take('^');
  const accepted = new Uint8Array(256);
  for (let isFirst = true; isFirst || !scanner.take(']'); isFirst = false) {
    if (scanner.isAtEnd) throw new PatternError('missing terminating ] for character class', scanner.at);
    const element = classElement(scanner);
    const set = typeof element === 'number' ? rangeFrom(element, scanner) : element;
    for (let octet = 0; octet < accepted.length; octet++) accepted[octet]! |= set[octet]!;
  }
  const set = ignoresCase ? ignoringCase(accepted) : accepted;
  return isNegated ? negated(set) : set;
}

/** An octet, or a set of them. */
function classElement(scanner: Scanner): number | OctetSet {
  const start = scanner.at;
  if (scanner.takeMatch(COLLATING_ELEMENT) !== undefined) throw new PatternError(NO_COLLATING, start);
  const posix = scanner.takeMatch(POSIX_CLASS);
  if (posix !== undefined) {
    const set = POSIX_CLASSES.get(posix[2]!);
    if (set === undefined) throw new PatternError('unknown POSIX class name', start + 2);
    return posix[1] === '^' ? negated(set) : set;
  }
  if (scanner.take('\\Q')) return quoted(scanner);
  if (scanner.take('\\E')) return new Uint8Array(256);
  if (scanner.take('\\')) return parseClassEscape(scanner, 'inside');
  return scanner.next().charCodeAt(0);
}

function quoted(scanner: Scanner): OctetSet {
  const [text] = scanner.takeMatch(/.*?(?=\\E|$)/sy)!;
  scanner.take('\\E');
  return octetSet((octet) => text.includes(String.fromCharCode(octet)));
}

/** The octets from the first one to what comes behind a hyphen, if there is one. */
function rangeFrom(first: number, scanner: Scanner): OctetSet {
  const start = scanner.at;
  if (!scanner.take('-')) return singleOctet(first);
  if (scanner.isAtEnd || scanner.sees(']')) return backTo(start, first, scanner);
  const last = classElement(scanner);
  if (typeof last !== 'number') return backTo(start, first, scanner);
  if (last < first) throw new PatternError('range out of order in character class', scanner.at - 1);
  return octetSet((octet) => octet >= first && octet <= last);
}

/** The hyphen stands for itself. */
function backTo(start: number, first: number, scanner: Scanner): OctetSet {
  scanner.at = start;
  return singleOctet(first);
}

/** What comes behind a backslash: an octet, or a class of them. @throws PatternError */
export function parseClassEscape(scanner: Scanner, scope: ClassScope): number | OctetSet {
  if (scanner.isAtEnd) throw new PatternError('\\ at end of pattern', scanner.at);
  if (scope === 'inside' && scanner.take('b')) return BACKSPACE;
  const set = ESCAPED_CLASSES.get(scanner.peek());
  if (set !== undefined) {
    scanner.next();
    return set;
  }
  if (scanner.sees('p') || scanner.sees('P')) return property(scanner);
  return octetEscape(scanner);
}

function property(scanner: Scanner): OctetSet {
  const isNegated = scanner.next() === 'P';
  const match = scanner.takeMatch(/\{(\^?)([\w&]+)\}|[A-Za-z]/y);
  if (match === undefined) throw new PatternError('malformed \\P or \\p sequence', scanner.at);
  const set = propertySet(match[2] ?? match[0]);
  if (set === undefined) throw new PatternError('unknown property name after \\P or \\p', scanner.at - 1);
  return isNegated !== (match[1] === '^') ? negated(set) : set;
}

/** An octet by its number, a control character, or a character that would mean something else without the backslash. */
function octetEscape(scanner: Scanner): number {
  const hexadecimal = scanner.takeMatch(/x(?:\{([\dA-Fa-f]+)\}|([\dA-Fa-f]{0,2}))/y);
  if (hexadecimal !== undefined) return octetOf(Number.parseInt(`0${hexadecimal[1] ?? hexadecimal[2]}`, 16), scanner);
  const octal = scanner.takeMatch(/o\{([0-7]+)\}|([0-7]{1,3})/y);
  if (octal?.[2]?.length === 3 && octal[2] > '377') {
    throw new PatternError('octal value is greater than \\377 in 8-bit non-UTF-8 mode', scanner.at - 1);
  }
  if (octal !== undefined) return octetOf(Number.parseInt((octal[1] ?? octal[2])!, 8), scanner);
  if (scanner.take('c')) {
    if (scanner.isAtEnd) throw new PatternError('\\c at end of pattern', scanner.at);
    return scanner.next().toUpperCase().charCodeAt(0) ^ 0x40;
  }
  const character = scanner.next();
  if (/[LlNUu]/.test(character)) {
    throw new PatternError('PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u', scanner.at - 1);
  }
  return CONTROL_CHARACTERS.get(character) ?? character.charCodeAt(0);
}

function octetOf(value: number, scanner: Scanner): number {
  if (value > 0xff) throw new PatternError('character value in \\x{} or \\o{} is too large', scanner.at - 1);
  return value;
}
