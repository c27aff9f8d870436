import { Pattern } from '../pattern/pattern.ts';

/** Three regular expressions, each matched against a resource's name, unanchored, as RabbitMQ's permissions are. */
export interface PermissionPatterns {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

/** What somebody has who may do everything. */
export const EVERYTHING: PermissionPatterns = { configure: '.*', write: '.*', read: '.*' };

/** The default exchange has no name; permissions speak of it under this one. */
const DEFAULT_EXCHANGE_NAME = 'amq.default';

/** Names whose answer one pattern remembers. Clients choose the names, so memory for them needs a limit. */
const REMEMBERED_NAMES_LIMIT = 1024;

/** What one user may do in one virtual host. */
export class Permissions {
  readonly #configure: NamePattern;
  readonly #write: NamePattern;
  readonly #read: NamePattern;

  /** Who sets them looks for faults first: a pattern that can't be used allows nothing. */
  constructor(patterns: PermissionPatterns) {
    this.#configure = new NamePattern(patterns.configure);
    this.#write = new NamePattern(patterns.write);
    this.#read = new NamePattern(patterns.read);
  }

  /** May declare or delete the exchange or queue of this name ('' is the default exchange). */
  mayConfigure(name: string): boolean {
    return this.#configure.matches(name);
  }

  /** May publish to the exchange, bind to the queue or unbind from it ('' is the default exchange). */
  mayWrite(name: string): boolean {
    return this.#write.matches(name);
  }

  /** May consume from, get from or purge the queue, or bind from the exchange ('' is the default exchange). */
  mayRead(name: string): boolean {
    return this.#read.matches(name);
  }
}

/** The first pattern that can't be used; undefined: all can. */
export function unusablePattern({ configure, write, read }: PermissionPatterns): Pattern | undefined {
  return [configure, write, read].map(compile).find(({ fault }) => fault !== undefined);
}

function compile(pattern: string): Pattern {
  // RabbitMQ reads the empty pattern as "nothing", where as an expression it would match everything.
  return new Pattern(pattern === '' ? '^$' : pattern, { isLenient: true });
}

class NamePattern {
  readonly #matchesAll: boolean;
  readonly #expression: Pattern;
  readonly #answers = new Map<string, boolean>();

  constructor(pattern: string) {
    this.#matchesAll = pattern === '.*';
    this.#expression = compile(pattern);
  }

  matches(name: string): boolean {
    if (this.#matchesAll) return true;
    return this.#answers.get(name) ?? this.#ask(name);
  }

  #ask(name: string): boolean {
    const answer = this.#expression.matches(name === '' ? DEFAULT_EXCHANGE_NAME : name);
    // Starting afresh is as good as evicting the oldest here, and keeps no order on the hot path.
    if (this.#answers.size >= REMEMBERED_NAMES_LIMIT) this.#answers.clear();
    this.#answers.set(name, answer);
    return answer;
  }
}
