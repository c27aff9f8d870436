import { hasRoom, type Limits, limitFaults, withoutLimit } from '../../broker/limits/limit-values.ts';
import { noteChanges } from '../../broker/note-changes.ts';
import { OperationError } from '../../broker/operation-error.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';
import type { Users } from './users.ts';

const KIND = 'user_limit';
const NAMES = ['max-connections', 'max-channels'] as const;

type UserLimitValues = Limits<(typeof NAMES)[number]>;

interface StoredLimits {
  readonly user: string;
  readonly limits: UserLimitValues;
}

/** What a user has open, in all virtual hosts and on all connections, and how much that may be. */
export class UserShare {
  limits: UserLimitValues = {};
  private readonly user: string;
  private connectionCount = 0;
  private channelCount = 0;

  constructor(user: string) {
    this.user = user;
  }

  /** @throws AmqpError NOT_ALLOWED if there are as many connections as may be */
  requireConnection(): void {
    const limit = this.limits['max-connections'];
    if (hasRoom(limit, this.connectionCount)) return;
    const text = `connection refused for user '${this.user}': user connection limit (${limit}) is reached`;
    throw new AmqpError('NOT_ALLOWED', text);
  }

  addConnection(): void {
    this.connectionCount++;
  }

  removeConnection(): void {
    this.connectionCount--;
  }

  /** @throws AmqpError NOT_ALLOWED if there are as many channels as may be */
  addChannel(): void {
    const limit = this.limits['max-channels'];
    if (!hasRoom(limit, this.channelCount)) {
      const text = `number of channels opened for user '${this.user}' has reached the maximum allowed user limit of (${limit})`;
      throw new AmqpError('NOT_ALLOWED', text, { blamesMethod: false });
    }
    this.channelCount++;
  }

  removeChannels(count: number): void {
    this.channelCount -= count;
  }
}

/**
 * How many connections and channels users may have. A limit that is lower than what is there takes nothing away, but lets
 * nothing be added. What is noted is on disk once that was committed.
 */
export class UserLimits {
  private readonly users: Users;
  private readonly log: DefinitionsLog | undefined;
  private readonly shares = new Map<string, UserShare>();

  /**
   * Brings back those that are noted.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(users: Users, log: DefinitionsLog | undefined) {
    this.users = users;
    this.log = log;
    for (const { value } of log?.definitions<StoredLimits>(KIND) ?? []) {
      const { user, limits } = value;
      this.shareOf(user).limits = limits;
    }
    users.onDeleted(({ name }) => this.shares.delete(name));
  }

  shareOf(user: string): UserShare {
    const share = this.shares.get(user) ?? new UserShare(user);
    this.shares.set(user, share);
    return share;
  }

  /**
   * Sets one of the limits. A negative value stands for none.
   *
   * @throws OperationError if it makes no sense, or there is no such user; AmqpError if it can't be noted: then nothing has
   * changed
   */
  set(user: string, name: string, value: Json): void {
    this.setAll(user, { ...this.shareOf(this.users.require(user).name).limits, [name]: value });
  }

  /** Sets these limits, and no others. @throws OperationError, AmqpError: see `set` */
  setAll(user: string, limits: Json): void {
    this.users.require(user);
    requireUserLimits(limits);
    noteChanges(this.log, [['put', KIND, [user], { user, limits }]]);
    this.shareOf(user).limits = limits as UserLimitValues;
    this.users.events.emit('user.limits.set', { user, limits: limits as Readonly<Record<string, Json>> });
  }

  /** Clears one of the limits. @throws OperationError if there is no such user; AmqpError: see `set` */
  clear(user: string, name: string): void {
    this.users.require(user);
    const left = withoutLimit(this.shareOf(user).limits, name);
    if (Object.keys(left).length > 0) this.setAll(user, left as Json);
    else this.clearAll(user);
  }

  /** @throws OperationError, AmqpError: see `clear` */
  clearAll(user: string): void {
    this.users.require(user);
    noteChanges(this.log, [['remove', KIND, [user]]]);
    this.shareOf(user).limits = {};
    this.users.events.emit('user.limits.cleared', { user });
  }
}

/** @throws OperationError unless they are limits that users can have */
export function requireUserLimits(limits: Json): void {
  const faults = limitFaults(limits, NAMES, 'user-limits');
  if (faults.length > 0) throw new OperationError(faults.join('\n'));
}
