import { parseClass, parseClassEscape, refuseBarePosix } from './class-parser.ts';
import { ANY_OCTET, ignoringCase, NOT_LINE_FEED, type OctetSet, singleOctet } from './octet-set.ts';
import { PatternError } from './pattern-error.ts';
import * as places from './places.ts';
import { Scanner } from './scanner.ts';
import { fixedLength, NOTHING, type PatternNode, sequenceOf } from './syntax-tree.ts';

/** As many as PCRE allows. */
const MAX_DEPTH = 250;
const MAX_REPEAT = 65_535;
const QUANTIFIER = /\{(\d+)(?:(,)(\d*))?\}/y;
const NAME = /[A-Za-z_]\w*/y;
const MAX_NAME_LENGTH = 32;
const NO_GROUP = 'reference to non-existent subpattern';

/** What `(?imsx)` switches, up to the end of the group it stands in. */
interface Options {
  i: boolean;
  m: boolean;
  s: boolean;
  x: boolean;
}

/** A reference to a group, which may come later in the pattern. */
interface PendingReference {
  readonly name: string | number;
  readonly offset: number;
  group: number;
}

/**
 * Reads a regular expression in the syntax of PCRE 8, which RabbitMQ's are in, without what goes beyond matching: no
 * conditions, recursion, verbs or callouts.
 *
 *     choice   = sequence *( "|" sequence )
 *     sequence = *( item [ "*" / "+" / "?" / "{" n [ "," [ m ] ] "}" ] [ "?" / "+" ] )
 *     item     = octet / "." / class / escape / group / "^" / "$"
 */
export class PatternParser {
  private readonly scanner: Scanner;
  private readonly names = new Map<string, number>();
  private readonly references: PendingReference[] = [];
  private groupCount = 0;
  private depth = 0;

  /** @param pattern a character for each octet */
  constructor(pattern: string) {
    this.scanner = new Scanner(pattern);
  }

  /** @throws PatternError */
  parse(): PatternNode {
    const { scanner } = this;
    const tree = this.choice({ i: false, m: false, s: false, x: false });
    if (!scanner.isAtEnd) throw new PatternError('unmatched parentheses', scanner.at);
    for (const reference of this.references) this.resolve(reference);
    return tree;
  }

  private resolve(reference: PendingReference): void {
    const { name, offset } = reference;
    const group = typeof name === 'number' ? name : this.names.get(name);
    if (group === undefined || group > this.groupCount) {
      throw new PatternError(NO_GROUP, typeof name === 'number' ? this.scanner.end : offset);
    }
    reference.group = group;
  }

  private choice(options: Options): PatternNode {
    const nodes = [this.sequence(options)];
    while (this.scanner.take('|')) nodes.push(this.sequence(options));
    return nodes.length === 1 ? nodes[0]! : { kind: 'choice', nodes };
  }

  private sequence(options: Options): PatternNode {
    const { scanner } = this;
    const nodes: PatternNode[] = [];
    while (!scanner.isAtEnd && !scanner.sees('|') && !scanner.sees(')')) {
      if (options.x && scanner.takeMatch(/\s+|#[^\n]*\n?/y) !== undefined) continue;
      if (scanner.takeMatch(/\(\?#/y) !== undefined) this.comment();
      else if (scanner.take('\\Q')) nodes.push(...this.quoted(options));
      else if (!scanner.take('\\E')) nodes.push(this.quantified(options));
    }
    return sequenceOf(nodes);
  }

  private comment(): void {
    if (this.scanner.takeMatch(/[^)]*\)/y) === undefined) {
      throw new PatternError('missing ) after comment', this.scanner.end);
    }
  }

  /** What stands for itself up to \E, or to the end. A quantifier behind it is for its last octet. */
  private quoted(options: Options): PatternNode[] {
    const { scanner } = this;
    const [text] = scanner.takeMatch(/.*?(?=\\E|$)/sy)!;
    scanner.take('\\E');
    const nodes = Array.from(text, (character) => octetNode(singleOctet(character.charCodeAt(0)), options));
    const last = nodes.pop();
    return last === undefined ? [] : [...nodes, this.withQuantifiers(last, true, options)];
  }

  private quantified(options: Options): PatternNode {
    if (this.quantifier() !== undefined) throw this.nothingToRepeat();
    const item = this.item(options);
    const isRepeatable = item.kind !== 'place' && item !== NOTHING;
    return this.withQuantifiers(item, isRepeatable, options);
  }

  private withQuantifiers(item: PatternNode, isRepeatable: boolean, options: Options): PatternNode {
    const { scanner } = this;
    scanner.takeMatch(options.x ? /(?:\s+|#[^\n]*\n?|\\E|\(\?#[^)]*\))+/y : /(?:\\E|\(\?#[^)]*\))+/y);
    const range = this.quantifier();
    if (range === undefined) return item;
    if (!isRepeatable) throw this.nothingToRepeat();
    const [min, max] = range;
    const isLazy = scanner.take('?');
    const node: PatternNode = { kind: 'repeat', node: item, min, max, isLazy };
    const whole: PatternNode = !isLazy && scanner.take('+') ? { kind: 'atomic', node } : node;
    if (this.quantifier() !== undefined) throw this.nothingToRepeat();
    return whole;
  }

  /** A quantifier was read. */
  private nothingToRepeat(): PatternError {
    return new PatternError('nothing to repeat', this.scanner.at - 1);
  }

  private quantifier(): readonly [min: number, max: number] | undefined {
    const { scanner } = this;
    if (scanner.take('*')) return [0, Number.POSITIVE_INFINITY];
    if (scanner.take('+')) return [1, Number.POSITIVE_INFINITY];
    if (scanner.take('?')) return [0, 1];
    const match = scanner.takeMatch(QUANTIFIER);
    if (match === undefined) return undefined;
    const [, least, comma, most] = match;
    const min = Number(least);
    const max = comma === undefined ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    const offset = scanner.at - 1;
    if (min > MAX_REPEAT || (Number.isFinite(max) && max > MAX_REPEAT)) {
      throw new PatternError('number too big in {} quantifier', offset);
    }
    if (max < min) throw new PatternError('numbers out of order in {} quantifier', offset);
    return [min, max];
  }

  private item(options: Options): PatternNode {
    const { scanner } = this;
    if (scanner.take('(')) return this.group(options);
    if (scanner.sees('[')) {
      refuseBarePosix(scanner);
      scanner.next();
      return { kind: 'octet', set: parseClass(scanner, options.i) };
    }
    if (scanner.take('\\')) return this.escape(options);
    if (scanner.take('.')) return { kind: 'octet', set: options.s ? ANY_OCTET : NOT_LINE_FEED };
    if (scanner.take('^')) return { kind: 'place', test: options.m ? places.atLineStart : places.atStart };
    if (scanner.take('$')) return { kind: 'place', test: options.m ? places.atLineEnd : places.atEndOrLastLineFeed };
    return octetNode(singleOctet(scanner.next().charCodeAt(0)), options);
  }

  // Escapes outside of classes

  private escape(options: Options): PatternNode {
    const { scanner } = this;
    if (scanner.isAtEnd) throw new PatternError('\\ at end of pattern', scanner.at);
    const test = places.ESCAPED_PLACES.get(scanner.peek());
    if (test !== undefined) {
      scanner.next();
      return { kind: 'place', test };
    }
    if (scanner.take('K')) return NOTHING; // where the match begins does not matter
    if (!scanner.sees('N{') && scanner.take('N')) return { kind: 'octet', set: NOT_LINE_FEED };
    if (scanner.take('X') || scanner.take('C')) return { kind: 'octet', set: ANY_OCTET };
    if (scanner.take('R')) return lineBreak();
    const reference = this.reference(options);
    if (reference !== undefined) return reference;
    const set = parseClassEscape(scanner, 'outside');
    return typeof set === 'number' ? octetNode(singleOctet(set), options) : { kind: 'octet', set };
  }

  /** `\1`, `\g{1}`, `\g{-1}`, `\k<name>`: numbers from 8 on only where there are as many groups, else they are octal. */
  private reference({ i }: Options): PatternNode | undefined {
    const { scanner } = this;
    const start = scanner.at;
    const decimal = scanner.takeMatch(/[1-9]\d*/y);
    if (decimal !== undefined) {
      const number = Number(decimal[0]);
      if (number < 8 || number <= this.groupCount) return this.referenceTo(number, i);
      scanner.at = start;
      return undefined;
    }
    const numbered = scanner.takeMatch(/g(?:\{(-?\d+)\}|(-?\d+))/y);
    if (numbered !== undefined) {
      const given = Number(numbered[1] ?? numbered[2]);
      const number = given < 0 ? this.groupCount + 1 + given : given;
      if (given === 0) throw new PatternError('a numbered reference must not be zero', scanner.at - 1);
      if (number < 1) throw new PatternError(NO_GROUP, scanner.at - 1);
      return this.referenceTo(number, i);
    }
    const named = scanner.takeMatch(/k(?:<(\w+)>|'(\w+)'|\{(\w+)\})|g\{(\w+)\}/y);
    if (named === undefined) {
      if (!scanner.sees('k') && !scanner.sees('g')) return undefined;
      throw new PatternError(`\\${scanner.peek()} is not followed by the name or number of a group`, scanner.at);
    }
    return this.referenceTo((named[1] ?? named[2] ?? named[3] ?? named[4])!, i);
  }

  private referenceTo(name: string | number, ignoresCase: boolean): PatternNode {
    const reference = { kind: 'reference' as const, name, offset: this.scanner.at - 1, group: 0, ignoresCase };
    this.references.push(reference);
    return reference;
  }

  // Groups

  private group(options: Options): PatternNode {
    if (++this.depth > MAX_DEPTH) throw new PatternError('parentheses are too deeply nested', this.scanner.at);
    const node = this.scanner.take('?') ? this.specialGroup(options) : this.plainGroup(options);
    this.depth--;
    return node;
  }

  private plainGroup(options: Options): PatternNode {
    if (this.scanner.sees('*')) this.refuse();
    return this.capture(options);
  }

  private capture(options: Options): PatternNode {
    const number = ++this.groupCount;
    return { kind: 'capture', number, node: this.body(options) };
  }

  private body(options: Options): PatternNode {
    const node = this.choice({ ...options });
    if (!this.scanner.take(')')) throw new PatternError('missing )', this.scanner.at);
    return node;
  }

  private specialGroup(options: Options): PatternNode {
    const { scanner } = this;
    if (scanner.take(':')) return sequenceOf([NOTHING, this.body(options)]);
    if (scanner.take('>')) return { kind: 'atomic', node: this.body(options) };
    if (scanner.take('=')) return this.look(options, false, false);
    if (scanner.take('!')) return this.look(options, false, true);
    if (scanner.take('<=')) return this.look(options, true, false);
    if (scanner.take('<!')) return this.look(options, true, true);
    if (scanner.take('P=')) return this.namedReference(options);
    if (scanner.take('P<') || scanner.take('<')) return this.namedGroup('>', options);
    if (scanner.take("'")) return this.namedGroup("'", options);
    if (/[|(R0-9&C+]|-\d|P>/y.test(scanner.rest(2))) this.refuse();
    return this.optionSetting(options);
  }

  private look(options: Options, isBehind: boolean, isNegative: boolean): PatternNode {
    const node = this.body(options);
    const ways = isBehind && node.kind === 'choice' ? node.nodes : [node];
    if (isBehind && ways.some((way) => fixedLength(way) === undefined)) {
      throw new PatternError('lookbehind assertion is not fixed length', this.scanner.at - 1);
    }
    return { kind: 'look', isBehind, isNegative, node };
  }

  private namedReference({ i }: Options): PatternNode {
    const name = this.name(')');
    return this.referenceTo(name, i);
  }

  private namedGroup(terminator: string, options: Options): PatternNode {
    const name = this.name(terminator);
    if (this.names.has(name)) {
      throw new PatternError('two named subpatterns have the same name', this.scanner.at - 1);
    }
    this.names.set(name, this.groupCount + 1);
    return this.capture(options);
  }

  private name(terminator: string): string {
    const { scanner } = this;
    const name = scanner.takeMatch(NAME)?.[0] ?? '';
    const offset = scanner.at;
    if (name === '' && /\d/.test(scanner.peek())) {
      throw new PatternError('group name must start with a non-digit', offset);
    }
    if (!scanner.take(terminator)) {
      throw new PatternError('syntax error in subpattern name (missing terminator)', offset);
    }
    if (name.length > MAX_NAME_LENGTH) {
      throw new PatternError('subpattern name is too long (maximum 32 characters)', offset);
    }
    return name;
  }

  /** `(?i)` up to the end of the group around it, `(?i:…)` for a group of its own. */
  private optionSetting(options: Options): PatternNode {
    const { scanner } = this;
    const settings: Options = { ...options };
    let value = true;
    for (;;) {
      if (scanner.isAtEnd) throw new PatternError('unrecognized character after (? or (?-', scanner.at);
      const letter = scanner.next();
      if (letter === '-') value = false;
      else if (letter === 'i' || letter === 'm' || letter === 's' || letter === 'x') settings[letter] = value;
      else if (letter === ':') return sequenceOf([NOTHING, this.body(settings)]);
      else if (letter === ')') break;
      else if (letter !== 'J' && letter !== 'U') {
        throw new PatternError('unrecognized character after (? or (?-', scanner.at - 1);
      }
    }
    Object.assign(options, settings);
    return NOTHING;
  }

  private refuse(): never {
    throw new PatternError('conditions, recursion, verbs and callouts are not supported', this.scanner.at);
  }
}

function octetNode(set: OctetSet, { i }: Options): PatternNode {
  return { kind: 'octet', set: i ? ignoringCase(set) : set };
}

/** `\R`: CR LF is one. */
function lineBreak(): PatternNode {
  const [cr, lf] = [13, 10].map((octet): PatternNode => ({ kind: 'octet', set: singleOctet(octet) }));
  const single: PatternNode = {
    kind: 'octet',
    set: Uint8Array.from({ length: 256 }, (_, o) => Number((o >= 10 && o <= 13) || o === 0x85)),
  };
  return { kind: 'atomic', node: { kind: 'choice', nodes: [sequenceOf([cr!, lf!]), single] } };
}
