import { type HashingAlgorithm, hashPassword, passwordMatches } from './password.ts';
import { type PermissionPatterns, Permissions } from './permissions.ts';
import { TopicPermissions } from './topic-permissions.ts';

/** A user as it is stored: no password, only its hash. */
export interface UserRecord {
  readonly name: string;
  /** base64 of salt and digest, as `hashPassword` makes it; empty: there is no password to log in with. */
  readonly passwordHash: string;
  readonly hashingAlgorithm: HashingAlgorithm;
  /** Free words; the management API gives some a meaning, such as 'administrator'. */
  readonly tags: readonly string[];
  /** By virtual host. A virtual host that is not in here cannot be opened by this user. */
  readonly permissions: ReadonlyMap<string, PermissionPatterns>;
  /** Refuse this user on connections that come from other machines. */
  readonly loopbackOnly: boolean;
}

/** Someone who has logged in, and what they may do. It changes with the record, so that connections see that. */
export class User {
  readonly name: string;
  /** Grows with every change of permissions: what was allowed in an older epoch has to be asked again. */
  permissionsEpoch = 0;
  readonly topicPermissions = new TopicPermissions();
  #record: UserRecord;
  #permissions: ReadonlyMap<string, Permissions>;

  constructor(record: UserRecord) {
    this.name = record.name;
    this.#record = record;
    this.#permissions = permissionsOf(record);
  }

  get record(): UserRecord {
    return this.#record;
  }

  get tags(): readonly string[] {
    return this.#record.tags;
  }

  /** What this user may do in `vhost`; undefined when it may not even open it. */
  permissionsFor(vhost: string): Permissions | undefined {
    return this.#permissions.get(vhost);
  }

  /** Becomes as the record says. */
  change(record: UserRecord): void {
    if (record.permissions !== this.#record.permissions) {
      this.#permissions = permissionsOf(record);
      this.permissionsEpoch++;
    }
    this.#record = record;
  }
}

function permissionsOf({ permissions }: UserRecord): ReadonlyMap<string, Permissions> {
  return new Map([...permissions].map(([vhost, patterns]) => [vhost, new Permissions(patterns)]));
}

/** Everyone who may log in to one broker. */
export class UserDirectory {
  readonly #users = new Map<string, User>();

  constructor(records: Iterable<UserRecord>) {
    for (const record of records) this.put(record);
  }

  get(name: string): User | undefined {
    return this.#users.get(name);
  }

  /** All users, the oldest first. */
  get records(): readonly UserRecord[] {
    return Array.from(this.#users.values(), ({ record }) => record);
  }

  /** Adds the user, or changes the one of that name. */
  put(record: UserRecord): void {
    const user = this.#users.get(record.name);
    if (user === undefined) this.#users.set(record.name, new User(record));
    else user.change(record);
  }

  /** Removes the user, who may do nothing any more wherever it is still logged in. */
  delete(name: string): void {
    const user = this.#users.get(name);
    user?.change({ ...user.record, permissions: new Map() });
    this.#users.delete(name);
  }

  /**
   * The user of that name if the password is right, else undefined. `fromLoopback` says whether the client is on
   * this machine: users that are `loopbackOnly` are refused otherwise. An empty password is nobody's, as in RabbitMQ.
   *
   * Nothing is remembered between calls: one SHA-256 costs some 2 us, less than any safe cache of passwords would save.
   */
  authenticate(name: string, password: string, fromLoopback: boolean): User | undefined {
    const user = this.#users.get(name);
    // An unknown name is given the same work to do, so that the time taken does not tell which names exist.
    const matches = passwordMatches(
      password,
      user?.record.passwordHash ?? UNKNOWN_USER_HASH,
      user?.record.hashingAlgorithm,
    );
    if (user === undefined || !matches || password === '') return undefined;
    return user.record.loopbackOnly && !fromLoopback ? undefined : user;
  }
}

const UNKNOWN_USER_HASH = hashPassword('');
