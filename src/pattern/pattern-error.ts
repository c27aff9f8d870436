/** A regular expression that is none. */
export class PatternError extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'PatternError';
  }
}

/** One that PCRE takes, with something in it that can't be matched in linear time, or is not supported here. */
export class UnsupportedPatternError extends PatternError {
  constructor(construct: string) {
    super(`${construct} is not supported`);
    this.name = 'UnsupportedPatternError';
  }
}
