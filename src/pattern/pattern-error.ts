/** A regular expression that is none, or one that is not supported. */
export class PatternError extends Error {
  /** Where in the pattern, in octets. */
  readonly offset: number;

  /** @param reason in PCRE's words */
  constructor(reason: string, offset: number) {
    super(reason);
    this.name = 'PatternError';
    this.offset = offset;
  }

  /** As RabbitMQ's texts show it: a term of Erlang's. */
  get term(): string {
    return `{${JSON.stringify(this.message)},${this.offset}}`;
  }
}
