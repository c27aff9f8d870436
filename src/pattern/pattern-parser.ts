import { readClass } from './class-parser.ts';
import { readEscape } from './escapes.ts';
import { ANY, NOT_NEWLINE, OctetSet } from './octet-set.ts';
import { PatternError, UnsupportedPatternError } from './pattern-error.ts';
import { PatternSource } from './pattern-source.ts';
import { type Anchor, EMPTY, type Node } from './syntax-tree.ts';

/** PCRE's own limits. */
const MAX_DEPTH = 250;
const MAX_COUNT = 65_535;

/** What options say; they change within the pattern. */
interface Options {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly x: boolean;
}

const NO_OPTIONS: Options = { i: false, m: false, s: false, x: false };

const OPTION_LETTERS = /([A-Za-z]*)(?:-([A-Za-z]*))?([:)])/y;
const GROUP_NAME = /(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/y;
const COUNTS = /\{(\d+)(?:(,)(\d*))?\}/y;
const BLANK = /(?:\s|#[^\n]*(?:\n|$))+/y;

const ESCAPED_ANCHORS: Readonly<Record<string, Anchor>> = {
  A: 'start',
  z: 'end',
  Z: 'final-line-end',
  b: 'word-boundary',
  B: 'no-word-boundary',
};

/** Groups that begin so look around. */
const LOOKS = [
  { opening: '?=', isBehind: false, isNegated: false },
  { opening: '?!', isBehind: false, isNegated: true },
  { opening: '?<=', isBehind: true, isNegated: false },
  { opening: '?<!', isBehind: true, isNegated: true },
];
/** Groups that begin so can't be matched in linear time, or not without knowing what a group has matched. */
const UNSUPPORTED_GROUPS: readonly (readonly [opening: string, name: string])[] = [
  ['?>', 'an atomic group'],
  ['?P=', 'a back-reference (?P=)'],
  ['?P>', 'a subroutine call'],
  ['?&', 'a subroutine call'],
  ['?R', 'a recursion'],
  ['?(', 'a condition'],
  ['?C', 'a callout'],
  ['*', 'a verb'],
];
const NUMBERED_CALL = /\?[+-]?\d/y;

/** Reads a regular expression of PCRE 8. @throws PatternError if it is none, or has something that is not supported */
export function parsePattern(text: string): Node {
  return new PatternParser(text).parse();
}

class PatternParser {
  private readonly source: PatternSource;
  private readonly groupNames = new Set<string>();
  private options = NO_OPTIONS;
  private depth = 0;

  /** PCRE works on octets unless it is told otherwise, and RabbitMQ does not. */
  constructor(text: string) {
    this.source = new PatternSource(Buffer.from(text).toString('latin1'));
  }

  parse(): Node {
    const node = this.choice();
    if (!this.source.isAtEnd) throw new PatternError('unmatched parentheses');
    return node;
  }

  private choice(): Node {
    const options = [this.sequence()];
    while (this.source.skip('|')) options.push(this.sequence());
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  private sequence(): Node {
    const parts: Node[] = [];
    for (;;) {
      this.skipIgnored();
      const { next } = this.source;
      if (next === '' || next === '|' || next === ')') break;
      const atoms = this.atoms();
      const last = atoms.pop();
      parts.push(...atoms);
      if (last !== undefined) parts.push(this.quantified(last));
    }
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  /** Comments, blanks where they are said to be none, and the end of a quotation where there is none. */
  private skipIgnored(): void {
    const { source } = this;
    for (;;) {
      const isBlank = this.options.x && source.take(BLANK) !== undefined;
      const isComment = source.skip('(?#');
      if (isComment && source.takeUntil(')') === undefined) throw new PatternError('missing ) after comment');
      if (!isBlank && !isComment && !source.skip('\\E')) return;
    }
  }

  /** What stands next: one thing mostly, or none, as where options are set. */
  private atoms(): Node[] {
    const { source, options } = this;
    switch (source.read()) {
      case '(':
        return this.group();
      case '[':
        return [this.octet(readClass(source))];
      case '.':
        return [{ kind: 'octet', set: options.s ? ANY : NOT_NEWLINE }];
      case '^':
        return [{ kind: 'anchor', anchor: options.m ? 'line-start' : 'start' }];
      case '$':
        return [{ kind: 'anchor', anchor: options.m ? 'line-end' : 'final-line-end' }];
      case '\\':
        return this.escaped();
      case '*':
      case '+':
      case '?':
        throw nothingToRepeat();
      default:
        source.unread();
        if (source.take(COUNTS) !== undefined) throw nothingToRepeat();
        return [this.octet(OctetSet.ofText(source.read()))];
    }
  }

  private octet(set: OctetSet): Node {
    return { kind: 'octet', set: this.options.i ? set.ignoringCase : set };
  }

  private escaped(): Node[] {
    const { source } = this;
    if (source.skip('Q')) {
      const quoted = source.takeUntil('\\E') ?? source.rest();
      return Array.from(quoted, (character) => this.octet(OctetSet.ofText(character)));
    }
    const anchor = ESCAPED_ANCHORS[source.next];
    if (anchor === undefined) return [this.octet(readEscape(source))];
    source.read();
    return [{ kind: 'anchor', anchor }];
  }

  // Groups, whose opening parenthesis has been read

  private group(): Node[] {
    const { source } = this;
    for (const { opening, isBehind, isNegated } of LOOKS) {
      if (source.skip(opening)) return [{ kind: 'look', part: this.inParentheses(), isBehind, isNegated }];
    }
    this.refuseUnsupported();
    if (!source.skip('?')) return [this.inParentheses()];
    if (source.skip('|')) return [this.inParentheses()]; // groups are not numbered here
    const named = source.take(GROUP_NAME);
    if (named === undefined) return this.optionGroup();
    this.addName(named[1] ?? named[2]!);
    return [this.inParentheses()];
  }

  private refuseUnsupported(): void {
    for (const [opening, name] of UNSUPPORTED_GROUPS) {
      if (this.source.isAt(opening)) throw new UnsupportedPatternError(name);
    }
    if (this.source.take(NUMBERED_CALL) !== undefined) throw new UnsupportedPatternError('a subroutine call');
  }

  private addName(name: string): void {
    if (this.groupNames.has(name)) throw new PatternError('two named subpatterns have the same name');
    this.groupNames.add(name);
  }

  /** `(?i)`, which holds to the end of the group around it, and `(?i:...)`. */
  private optionGroup(): Node[] {
    const read = this.source.take(OPTION_LETTERS);
    if (read === undefined) throw new PatternError('unrecognized character after (? or (?-');
    const [, on = '', off = '', end] = read;
    const options = withLetters(withLetters(this.options, on, true), off, false);
    if (end === ':') return [this.inParentheses(options)];
    this.options = options;
    return [];
  }

  private inParentheses(options = this.options): Node {
    if (++this.depth > MAX_DEPTH) throw new PatternError('parentheses are too deeply nested');
    const outer = this.options;
    this.options = options;
    const node = this.choice();
    if (!this.source.skip(')')) throw new PatternError('missing )');
    this.options = outer;
    this.depth--;
    return { kind: 'sequence', parts: [node] };
  }

  // Quantifiers

  private quantified(atom: Node): Node {
    const counts = this.counts();
    if (counts === undefined) return atom;
    if (atom.kind === 'anchor') throw nothingToRepeat();
    if (this.source.skip('+')) throw new UnsupportedPatternError('a possessive quantifier');
    this.source.skip('?'); // whether it takes as little as it can makes no difference to whether it matches
    const [min, max] = counts;
    if (atom.kind === 'look') return min === 0 ? EMPTY : atom; // looking twice at the same place tells nothing new
    return { kind: 'repeat', part: atom, min, max };
  }

  private counts(): readonly [min: number, max: number] | undefined {
    const { source } = this;
    this.skipIgnored();
    if (source.skip('*')) return [0, Number.POSITIVE_INFINITY];
    if (source.skip('+')) return [1, Number.POSITIVE_INFINITY];
    if (source.skip('?')) return [0, 1];
    const read = source.take(COUNTS);
    if (read === undefined) return undefined;
    const min = Number(read[1]);
    const max = read[2] === undefined ? min : read[3] === '' ? Number.POSITIVE_INFINITY : Number(read[3]);
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Number.POSITIVE_INFINITY)) {
      throw new PatternError('number too big in {} quantifier');
    }
    if (max < min) throw new PatternError('numbers out of order in {} quantifier');
    return [min, max];
  }
}

function withLetters(options: Options, letters: string, value: boolean): Options {
  let changed = options;
  for (const letter of letters) {
    if (!(letter in NO_OPTIONS)) throw new UnsupportedPatternError(`the option ${letter}`);
    changed = { ...changed, [letter]: value };
  }
  return changed;
}

function nothingToRepeat(): PatternError {
  return new PatternError('nothing to repeat');
}
