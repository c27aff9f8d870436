import { createContext, Script } from 'node:vm';
import { PatternError } from './pattern-error.ts';

/** Longer patterns have no use. */
const MAX_PATTERN_LENGTH = 4096;
/** A match that takes longer is taken for none, as in RabbitMQ, which counts steps. */
const MATCH_TIMEOUT_MS = 50;
/** On a machine that is busy with others the time may pass without a match having had it: then it is tried so often. */
const MAX_ATTEMPTS = 4;

/** What PCRE writes otherwise than JavaScript. */
const SPELLINGS: ReadonlyMap<string, string> = new Map([
  ['\\A', '^'],
  ['\\z', '$'],
  ['\\Z', '(?=\\n?$)'],
  ['\\h', '[ \\t]'],
  ['(?P<', '(?<'],
  ['[:alpha:]', 'A-Za-z'],
  ['[:digit:]', '0-9'],
  ['[:alnum:]', 'A-Za-z0-9'],
  ['[:lower:]', 'a-z'],
  ['[:upper:]', 'A-Z'],
  ['[:space:]', '\\s'],
  ['[:word:]', '\\w'],
  ['[:xdigit:]', '0-9A-Fa-f'],
  ['[:punct:]', '!-\\/:-@\\[-`{-~'],
]);
const OPTIONS = /^\(\?([ims]+)\)/;
/** A spelling, or an escaped character, which is left as it is. */
const TOKEN = /\\[\s\S]|\(\?P<|\[:[a-z]+:\]/g;
/** Where a match may go on in one way or another; some that do not are taken for such, too, as in classes. */
const CHOICE = /(?<![\\(])[*+?{|]/g;
const REPEATED_GROUP = /\)[*+?{]/;
/** With two choices, none of them repeated, the time grows with the cube of a name's length at most. */
const MAX_CHOICES = 2;

/**
 * A regular expression as RabbitMQ's, which are those of PCRE: what administrators write for the names of queues and
 * exchanges. It is a JavaScript one, but for the most usual differences in spelling; what JavaScript lacks beyond that
 * (possessive quantifiers, atomic groups, comments) is refused. Whoever may write patterns cannot hold up the broker by them.
 */
export class Pattern {
  readonly source: string;
  private readonly expression: RegExp;
  private readonly isRisky: boolean;

  /** @throws PatternError if it is no regular expression, or none that is supported */
  constructor(source: string) {
    if (source.length > MAX_PATTERN_LENGTH) throw new PatternError('regular expression is too large');
    this.source = source;
    const options = OPTIONS.exec(source);
    const rest = source.slice(options?.[0].length ?? 0);
    const translated = rest.replace(TOKEN, (token) => SPELLINGS.get(token) ?? token);
    try {
      this.expression = new RegExp(translated, options?.[1]);
    } catch (error) {
      throw new PatternError((error as Error).message);
    }
    this.isRisky = REPEATED_GROUP.test(translated) || (translated.match(CHOICE)?.length ?? 0) > MAX_CHOICES;
  }

  /** Whether it matches anywhere in the text. */
  matches(text: string): boolean {
    return this.isRisky ? matchesInTime(this.expression, text) : this.expression.test(text);
  }
}

/** The engine can be stopped only by ending a script. Costs a tenth of a millisecond, so it is done where it may matter. */
const MATCH = new Script('expression.test(text)');
const context = createContext({});

function matchesInTime(expression: RegExp, text: string): boolean {
  Object.assign(context, { expression, text });
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const before = process.cpuUsage();
    try {
      return MATCH.runInContext(context, { timeout: MATCH_TIMEOUT_MS }) as boolean;
    } catch {
      const { user, system } = process.cpuUsage(before);
      if ((user + system) / 1000 > MATCH_TIMEOUT_MS / 2) return false;
    }
  }
  return false;
}
