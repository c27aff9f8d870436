import { Matcher } from './matcher.ts';
import { PatternParser } from './parser.ts';
import { PatternError } from './pattern-error.ts';

/** Longer patterns have no use, and cost memory by the octet. */
const MAX_PATTERN_OCTETS = 4096;

/**
 * A regular expression as RabbitMQ's, which are those of PCRE, on octets: what administrators write for names that clients
 * choose. So the cost of a match is limited, which it is not with those of JavaScript; nor do these know `(?i)`, `\A` or
 * `[[:alpha:]]`.
 */
export class Pattern {
  readonly source: string;
  private readonly matcher: Matcher;

  /** @throws PatternError if it is no regular expression */
  constructor(source: string) {
    const octets = octetText(source);
    if (octets.length > MAX_PATTERN_OCTETS) throw new PatternError('regular expression is too large', 0);
    this.source = source;
    this.matcher = new Matcher(new PatternParser(octets).parse());
  }

  /** Whether it matches anywhere in the text. One that would take too long to tell is taken for "no", as in RabbitMQ. */
  matches(text: string): boolean {
    return this.matcher.matches(octetText(text));
  }
}

/** A character for each octet of the text in UTF-8. */
function octetText(text: string): string {
  return Buffer.from(text).toString('latin1');
}
