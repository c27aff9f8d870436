import { readEscape } from './escapes.ts';
import { ALNUM, ALPHA, CONTROL, DIGIT, GRAPH, LOWER, OctetSet, PUNCT, SPACE, UPPER, WORD } from './octet-set.ts';
import { PatternError, UnsupportedPatternError } from './pattern-error.ts';
import type { PatternSource } from './pattern-source.ts';

const NAMED: Readonly<Record<string, OctetSet>> = {
  alnum: ALNUM,
  alpha: ALPHA,
  ascii: OctetSet.range(0, 0x7f),
  blank: OctetSet.ofText(' \t'),
  cntrl: CONTROL,
  digit: DIGIT,
  graph: GRAPH,
  lower: LOWER,
  print: OctetSet.union(GRAPH, OctetSet.ofText(' ')),
  punct: PUNCT,
  space: SPACE,
  upper: UPPER,
  word: WORD,
  xdigit: OctetSet.union(DIGIT, OctetSet.ofText('ABCDEFabcdef')),
};
const NAME = /\[:(\^?)([a-z]+):\]/y;
const COLLATING = /\[([.=])[^\]]*\1\]/y;
const BACKSPACE = OctetSet.of(0x08);

/** Reads a class of characters, whose opening bracket has been read. @throws PatternError */
export function readClass(source: PatternSource): OctetSet {
  const isInverted = source.skip('^');
  const sets: OctetSet[] = [];
  let isFirst = true;
  while (isFirst || source.next !== ']') {
    if (source.isAtEnd) missingBracket();
    sets.push(...readItem(source));
    isFirst = false;
  }
  source.read();
  const set = OctetSet.union(...sets);
  return isInverted ? set.inverted : set;
}

function readItem(source: PatternSource): OctetSet[] {
  if (source.skip('\\Q')) return [OctetSet.ofText(source.takeUntil('\\E') ?? missingBracket())];
  if (source.skip('\\E')) return [];
  if (source.take(COLLATING) !== undefined) throw new PatternError('POSIX collating elements are not supported');
  const named = source.take(NAME);
  if (named !== undefined) return [namedSet(named[2]!, named[1] === '^')];
  const first = readMember(source);
  if (typeof first !== 'number') return [first];
  const last = readRangeEnd(source);
  if (last === undefined) return [OctetSet.of(first)];
  if (typeof last !== 'number') return [OctetSet.union(OctetSet.of(first), OctetSet.ofText('-'), last)];
  if (last < first) throw new PatternError('range out of order in character class');
  return [OctetSet.range(first, last)];
}

/** What stands behind a hyphen that is not the last in its class; undefined: there is none. */
function readRangeEnd(source: PatternSource): number | OctetSet | undefined {
  if (source.next !== '-' || source.isAt('-]')) return undefined;
  source.read();
  return readMember(source);
}

/** An octet, or one of several. */
function readMember(source: PatternSource): number | OctetSet {
  if (source.isAtEnd) missingBracket();
  if (!source.skip('\\')) return source.read().charCodeAt(0);
  const set = source.skip('b') ? BACKSPACE : readClassEscape(source);
  return set.only ?? set;
}

function readClassEscape(source: PatternSource): OctetSet {
  if (source.next >= '1' && source.next <= '9')
    throw new UnsupportedPatternError('an octal number without a leading 0');
  return readEscape(source);
}

function namedSet(name: string, isInverted: boolean): OctetSet {
  const set = NAMED[name];
  if (set === undefined) throw new PatternError('unknown POSIX class name');
  return isInverted ? set.inverted : set;
}

function missingBracket(): never {
  throw new PatternError('missing terminating ] for character class');
}
