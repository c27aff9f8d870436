import { Pattern } from '../pattern/pattern.ts';

/**
 * Regular expressions on routing keys of one topic exchange: of what is published, and of bindings. `{username}` and
 * `{vhost}` stand for the names, as they are: they become part of the expression, as in RabbitMQ.
 */
export interface TopicPatterns {
  readonly write: string;
  readonly read: string;
}

/** What one user may do with the topics of one exchange. */
export class TopicPermission {
  readonly patterns: TopicPatterns;
  private readonly write: Pattern;
  private readonly read: Pattern;

  /** Who sets one looks for its fault first: a pattern that can't be used allows nothing. */
  constructor(patterns: TopicPatterns, user: string, vhost: string) {
    this.patterns = patterns;
    this.write = topicPattern(patterns.write, user, vhost);
    this.read = topicPattern(patterns.read, user, vhost);
  }

  /** The first pattern that can't be used; undefined: both can. */
  get unusablePattern(): Pattern | undefined {
    return [this.write, this.read].find(({ fault }) => fault !== undefined);
  }

  mayPublish(routingKey: string): boolean {
    return this.write.matches(routingKey);
  }

  mayBind(routingKey: string): boolean {
    return this.read.matches(routingKey);
  }
}

function topicPattern(source: string, user: string, vhost: string): Pattern {
  if (source === '') return new Pattern('^$'); // nothing is allowed, as with other permissions
  const expanded = source.replaceAll('{username}', () => user).replaceAll('{vhost}', () => vhost);
  return new Pattern(expanded, { isLenient: true });
}

/** What one user may do with topics. Where nothing is said of an exchange, everything is allowed that permissions allow. */
export class TopicPermissions {
  /** By virtual host, and by exchange. */
  private readonly vhosts = new Map<string, Map<string, TopicPermission>>();

  of(vhost: string, exchange: string): TopicPermission | undefined {
    return this.vhosts.get(vhost)?.get(exchange);
  }

  /** All of a virtual host, by exchange. */
  in(vhost: string): ReadonlyMap<string, TopicPermission> {
    return this.vhosts.get(vhost) ?? new Map();
  }

  set(vhost: string, exchange: string, permission: TopicPermission): void {
    const exchanges = this.vhosts.get(vhost) ?? new Map<string, TopicPermission>();
    this.vhosts.set(vhost, exchanges.set(exchange, permission));
  }

  clear(vhost: string, exchange: string): void {
    const exchanges = this.vhosts.get(vhost);
    exchanges?.delete(exchange);
    if (exchanges?.size === 0) this.vhosts.delete(vhost);
  }

  clearVhost(vhost: string): void {
    this.vhosts.delete(vhost);
  }
}
