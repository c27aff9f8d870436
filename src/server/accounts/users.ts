import {
  DEFAULT_HASHING_ALGORITHM,
  type HashingAlgorithm,
  hashPassword,
  NO_PASSWORD_HASH,
} from '../../auth/password.ts';
import { type PermissionPatterns, unusablePattern } from '../../auth/permissions.ts';
import { type User, UserDirectory, type UserRecord } from '../../auth/user-directory.ts';
import type { BrokerEvents } from '../../broker/events/broker-events.ts';
import { noteChanges } from '../../broker/note-changes.ts';
import { OperationError } from '../../broker/operation-error.ts';
import { requireName, type VirtualHosts } from '../../broker/virtual-hosts.ts';
import type { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';
import { storedUsers, userChanges, userRemoval } from './stored-users.ts';

/** RabbitMQ's loopback_users: whose name it is, everybody knows. */
const LOOPBACK_ONLY_USER = 'guest';

/** What a password is kept as. */
export interface HashedPassword {
  readonly passwordHash: string;
  readonly hashingAlgorithm: HashingAlgorithm;
}

/** For users that don't log in with a password. */
export const NO_PASSWORD: HashedPassword = {
  passwordHash: NO_PASSWORD_HASH,
  hashingAlgorithm: DEFAULT_HASHING_ALGORITHM,
};

/** Everyone who may log in, and what they may do: it changes while the broker runs. What it notes is on disk once that was committed. */
export class Users {
  private readonly directory: UserDirectory;
  private readonly log: DefinitionsLog | undefined;
  private readonly vhosts: VirtualHosts;
  private readonly deletionListeners: ((user: User) => void)[] = [];

  /**
   * Brings back those that are noted.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(vhosts: VirtualHosts, log: DefinitionsLog | undefined) {
    this.directory = new UserDirectory(log === undefined ? [] : storedUsers(log));
    this.log = log;
    this.vhosts = vhosts;
    vhosts.onDeletion(({ name }) => this.forgetVhost(name));
  }

  /** Where what happens in the broker is told. */
  get events(): BrokerEvents {
    return this.vhosts.events;
  }

  /** See `UserDirectory.authenticate`. */
  authenticate(name: string, password: string, fromLoopback: boolean): User | undefined {
    return this.directory.authenticate(name, password, fromLoopback);
  }

  /** All users, the oldest first. */
  get records(): readonly UserRecord[] {
    return this.directory.records;
  }

  get(name: string): UserRecord | undefined {
    return this.directory.get(name)?.record;
  }

  find(name: string): User | undefined {
    return this.directory.get(name);
  }

  /** @throws OperationError if there is no such user */
  require(name: string): UserRecord {
    const record = this.get(name);
    if (record === undefined) throw new OperationError(`user '${name}' does not exist`, { isMissing: true });
    return record;
  }

  /** Calls the listener whenever a user was deleted. */
  onDeleted(listener: (user: User) => void): void {
    this.deletionListeners.push(listener);
  }

  /**
   * Adds a user who may not open any virtual host yet, or gives the one of that name another password and other tags.
   *
   * @throws OperationError for a name that can't be one; AmqpError if it can't be noted: then nothing has changed
   */
  put(name: string, password: HashedPassword, tags: readonly string[]): void {
    requireName('user', name);
    const { permissions = new Map(), loopbackOnly = name === LOOPBACK_ONLY_USER } = this.get(name) ?? {};
    const isNew = this.get(name) === undefined;
    this.putRecord({ name, ...password, tags, permissions, loopbackOnly });
    if (isNew) this.events.emit('user.created', { name });
    else this.tellPassword(name, password);
    if (!isNew || tags.length > 0) this.events.emit('user.tags.set', { name, tags });
  }

  /** Adds the user, or makes the one of that name such. @throws AmqpError if it can't be noted: then nothing has changed */
  putRecord(record: UserRecord): void {
    noteChanges(this.log, userChanges(this.get(record.name), record));
    this.directory.put(record);
  }

  /** Connections stay, as in RabbitMQ. @throws OperationError if there is no such user; AmqpError, see `put` */
  changePassword(name: string, password: HashedPassword): void {
    this.putRecord({ ...this.require(name), ...password });
    this.tellPassword(name, password);
  }

  private tellPassword(name: string, { passwordHash }: HashedPassword): void {
    const isCleared = passwordHash === NO_PASSWORD.passwordHash;
    this.events.emit(isCleared ? 'user.password.cleared' : 'user.password.changed', { name });
  }

  /** @throws OperationError if there is no such user; AmqpError, see `put` */
  setTags(name: string, tags: readonly string[]): void {
    this.putRecord({ ...this.require(name), tags });
    this.events.emit('user.tags.set', { name, tags });
  }

  /** Deletes the user and its permissions. @throws OperationError if there is none; AmqpError, see `put` */
  delete(name: string): void {
    this.require(name);
    const user = this.directory.get(name)!;
    if (this.log !== undefined) noteChanges(this.log, userRemoval(this.log, name));
    this.directory.delete(name);
    for (const listener of this.deletionListeners) listener(user);
    this.events.emit('user.deleted', { name });
  }

  /**
   * Lets the user open the virtual host, and says what it may do there; also where it is connected already.
   *
   * @param patterns one that can't be used allows nothing: see `requirePatterns`
   * @throws OperationError if there is no such user or virtual host; AmqpError, see `put`
   */
  setPermissions(name: string, vhost: string, patterns: PermissionPatterns): void {
    const record = this.require(name);
    this.vhosts.require(vhost);
    this.changePermissions(record, vhost, new Map(record.permissions).set(vhost, patterns));
    const { configure, write, read } = patterns;
    this.events.emit('permission.created', { user: name, vhost, configure, write, read });
  }

  /** The user may do nothing in the virtual host any more, and not open it. @throws OperationError, AmqpError: as above */
  clearPermissions(name: string, vhost: string): void {
    const record = this.require(name);
    this.vhosts.require(vhost);
    this.changePermissions(record, vhost, without(record.permissions, vhost));
    this.events.emit('permission.deleted', { user: name, vhost });
  }

  private changePermissions(record: UserRecord, vhost: string, permissions: UserRecord['permissions']): void {
    this.putRecord({ ...record, permissions });
    this.vhosts.get(vhost)?.forgetRoutes(); // a channel's last route is not asked for permission again
  }

  /** What was noted of it has gone with the virtual host. */
  private forgetVhost(vhost: string): void {
    for (const record of this.records) {
      if (!record.permissions.has(vhost)) continue;
      this.directory.put({ ...record, permissions: without(record.permissions, vhost) });
    }
  }
}

/** What is to be kept of a password. @throws OperationError for an empty one, which nobody could log in with */
export function hashedPassword(password: string): HashedPassword {
  if (password === '') throw new OperationError('a password may not be empty');
  return { passwordHash: hashPassword(password), hashingAlgorithm: DEFAULT_HASHING_ALGORITHM };
}

/** @throws OperationError if one of them is no regular expression, or none that is supported */
export function requirePatterns(patterns: PermissionPatterns): void {
  const unusable = unusablePattern(patterns);
  if (unusable !== undefined) throw new OperationError(unusable.problem);
}

function without(permissions: UserRecord['permissions'], vhost: string): UserRecord['permissions'] {
  return new Map([...permissions].filter(([name]) => name !== vhost));
}
