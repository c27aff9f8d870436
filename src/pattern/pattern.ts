import { matchesAnywhere } from './matching.ts';
import { OctetSet } from './octet-set.ts';
import { PatternError, UnsupportedPatternError } from './pattern-error.ts';
import { parsePattern } from './pattern-parser.ts';
import { compileProgram, type Program } from './program.ts';

/** Longer patterns have no use. */
const MAX_PATTERN_LENGTH = 4096;

/** Matches nothing. */
const NOTHING = compileProgram({ kind: 'octet', set: OctetSet.of() });

/**
 * A regular expression as RabbitMQ's, which are those of PCRE, on the octets of UTF-8. Anybody may write one: the time that a
 * match takes grows with the text's length times the pattern's (ADR 11). What can't be done so, back-references above
 * all, is refused.
 */
export class Pattern {
  readonly source: string;
  /** Why it matches nothing, where it is lenient; undefined: it can be used. */
  readonly fault: PatternError | undefined;
  private readonly program: Program;

  /**
   * @param isLenient has it match nothing if it can't be used: an earlier version has taken it, or RabbitMQ does
   * @throws PatternError if it is no regular expression, or none that is supported
   */
  constructor(source: string, { isLenient = false }: { readonly isLenient?: boolean } = {}) {
    this.source = source;
    try {
      if (source.length > MAX_PATTERN_LENGTH) throw new PatternError('regular expression is too large');
      this.program = compileProgram(parsePattern(source));
    } catch (error) {
      if (!isLenient || !(error instanceof PatternError)) throw error;
      this.fault = error;
      this.program = NOTHING;
    }
  }

  /** What is said of one that can't be used. */
  get problem(): string {
    const { source, fault } = this;
    const what = fault instanceof UnsupportedPatternError ? 'cannot be used' : 'is no regular expression';
    return `'${source}' ${what}: ${fault?.message}`;
  }

  /** Whether it matches anywhere in the text. Some microseconds for a usual pattern and name. */
  matches(text: string): boolean {
    return matchesAnywhere(this.program, Buffer.from(text));
  }
}
