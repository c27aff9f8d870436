import type { Logger } from '../../observe/logger.ts';
import type { Agreement } from './handshake.ts';

/** The names that clients give themselves may be as long as a frame. */
const LONGEST_NAME = 255;

/** Logs a connection's life: who it is from, and why it ended. Nothing is made before there is something to say. */
export class ConnectionLog {
  private readonly root: Logger;
  private readonly peer: () => string;
  private own: Logger | undefined;
  private openedMs = 0;
  /** Why it ends; undefined: the client has just gone. */
  private reason: string | undefined;

  /** @param peer where it is from */
  constructor(root: Logger, peer: () => string) {
    this.root = root;
    this.peer = peer;
  }

  /** Adds to each event where the connection is from. */
  get logger(): Logger {
    this.own ??= this.root.child({ peer: this.peer() });
    return this.own;
  }

  debug(fields: Readonly<Record<string, unknown>>, text: string): void {
    if (this.root.isLevelEnabled('debug')) this.logger.debug(fields, text);
  }

  opened({ user, vhost, mechanism, clientProperties }: Agreement): void {
    this.openedMs = performance.now();
    if (!this.root.isLevelEnabled('warn')) return;
    this.own = this.logger.child({ user: user.name, vhost: vhost.name });
    const name = clientProperties.get('connection_name');
    const client = name?.type === 'longstr' ? name.value.slice(0, LONGEST_NAME) : undefined;
    this.own.info({ mechanism, client }, 'connection opened');
  }

  /** It is about to end. The first reason is the one that counts. */
  ends(reason: string): void {
    this.reason ??= reason;
  }

  /** It is gone. That of one which had not got so far as to open a virtual host is of no interest: it may be a probe. */
  closed(): void {
    const { reason } = this;
    if (this.openedMs === 0) {
      this.debug({ reason }, 'connection closed before it was open');
      return;
    }
    const durationMs = Math.round(performance.now() - this.openedMs);
    if (reason === undefined) this.logger.warn({ durationMs }, 'connection closed unexpectedly by the client');
    else this.logger.info({ reason, durationMs }, 'connection closed');
  }
}
