import { DIGIT, HORIZONTAL_SPACE, NOT_NEWLINE, OCTETS, OctetSet, SPACE, VERTICAL_SPACE, WORD } from './octet-set.ts';
import { PatternError, UnsupportedPatternError } from './pattern-error.ts';
import type { PatternSource } from './pattern-source.ts';

const SETS: Readonly<Record<string, OctetSet>> = {
  d: DIGIT,
  D: DIGIT.inverted,
  w: WORD,
  W: WORD.inverted,
  s: SPACE,
  S: SPACE.inverted,
  h: HORIZONTAL_SPACE,
  H: HORIZONTAL_SPACE.inverted,
  v: VERTICAL_SPACE,
  V: VERTICAL_SPACE.inverted,
  N: NOT_NEWLINE,
};
const CONTROLS: Readonly<Record<string, number>> = { a: 0x07, e: 0x1b, f: 0x0c, n: 0x0a, r: 0x0d, t: 0x09 };
const UNSUPPORTED: Readonly<Record<string, string>> = {
  p: 'a Unicode property (\\p)',
  P: 'a Unicode property (\\P)',
  X: 'a Unicode sequence (\\X)',
  R: 'a sequence of line breaks (\\R)',
  C: 'a data unit (\\C)',
  K: 'the start of a match (\\K)',
  G: 'the start of a search (\\G)',
  g: 'a back-reference (\\g)',
  k: 'a back-reference (\\k)',
};
/** PCRE keeps them for what it can't do. */
const RESERVED = 'LlUu';

const COUNT = /\{\d+(?:,\d*)?\}/y;
const OCTAL = /[0-7]{0,2}/y;
const BRACED_OCTAL = /\{([0-7]+)\}/y;
const HEX = /[0-9A-Fa-f]{0,2}/y;
const BRACED_HEX = /\{([0-9A-Fa-f]+)\}/y;

/** Reads what stands for an octet, or for one of several, after a backslash. @throws PatternError */
export function readEscape(source: PatternSource): OctetSet {
  const letter = source.read();
  if (letter === '') throw new PatternError('\\ at end of pattern');
  if (RESERVED.includes(letter) || (letter === 'N' && source.next === '{' && !source.goesOn(COUNT))) {
    throw new PatternError('PCRE does not support \\L, \\l, \\N{name}, \\U, or \\u');
  }
  const set = SETS[letter];
  if (set !== undefined) return set;
  if (letter in UNSUPPORTED) throw new UnsupportedPatternError(UNSUPPORTED[letter]!);
  return OctetSet.of(readOctet(letter, source));
}

function readOctet(letter: string, source: PatternSource): number {
  if (letter in CONTROLS) return CONTROLS[letter]!;
  if (letter === '0') return Number.parseInt(`0${source.take(OCTAL)![0]}`, 8);
  if (letter >= '1' && letter <= '9') throw new UnsupportedPatternError(`a back-reference (\\${letter})`);
  if (letter === 'o') return requireOctet(Number.parseInt(source.take(BRACED_OCTAL)?.[1] ?? '', 8));
  if (letter === 'x') {
    return requireOctet(Number.parseInt(source.take(BRACED_HEX)?.[1] ?? `0${source.take(HEX)![0]}`, 16));
  }
  if (letter === 'c') {
    if (source.isAtEnd) throw new PatternError('\\c at end of pattern');
    return source.read().toUpperCase().charCodeAt(0) ^ 0x40;
  }
  return letter.charCodeAt(0);
}

function requireOctet(value: number): number {
  if (value < OCTETS) return value;
  throw new PatternError('character value in \\x{} or \\o{} is too large');
}
