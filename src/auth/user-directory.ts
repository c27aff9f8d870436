import { hashPassword, passwordMatches } from './password.ts';
import { type PermissionPatterns, Permissions } from './permissions.ts';

/** A user as it is stored: no password, only its hash. */
export interface UserRecord {
  readonly name: string;
  /** base64 of salt and SHA-256, as `hashPassword` makes it. */
  readonly passwordHash: string;
  /** Free words; the management API gives some a meaning, such as 'administrator'. */
  readonly tags: readonly string[];
  /** By virtual host. A virtual host that is not in here cannot be opened by this user. */
  readonly permissions: ReadonlyMap<string, PermissionPatterns>;
  /** Refuse this user on connections that come from other machines. */
  readonly loopbackOnly: boolean;
}

/** Someone who has logged in, and what they may do. */
export class User {
  readonly name: string;
  readonly tags: readonly string[];
  readonly #permissions: ReadonlyMap<string, Permissions>;

  constructor(record: UserRecord) {
    this.name = record.name;
    this.tags = record.tags;
    this.#permissions = new Map([...record.permissions].map(([vhost, patterns]) => [vhost, new Permissions(patterns)]));
  }

  /** What this user may do in `vhost`; undefined when it may not even open it. */
  permissionsFor(vhost: string): Permissions | undefined {
    return this.#permissions.get(vhost);
  }
}

interface Account {
  readonly user: User;
  readonly passwordHash: string;
  readonly loopbackOnly: boolean;
}

/** Everyone who may log in to one broker. */
export class UserDirectory {
  readonly #accounts: ReadonlyMap<string, Account>;

  constructor(records: Iterable<UserRecord>) {
    this.#accounts = new Map(Array.from(records, (record) => [record.name, accountOf(record)]));
  }

  /**
   * The user of that name if the password is right, else undefined. `fromLoopback` says whether the client is on
   * this machine: users that are `loopbackOnly` are refused otherwise.
   *
   * Nothing is remembered between calls: one SHA-256 costs some 2 us, less than any safe cache of passwords would save.
   */
  authenticate(name: string, password: string, fromLoopback: boolean): User | undefined {
    const account = this.#accounts.get(name);
    // An unknown name is given the same work to do, so that the time taken does not tell which names exist.
    const matches = passwordMatches(password, account?.passwordHash ?? UNKNOWN_USER_HASH);
    if (account === undefined || !matches) return undefined;
    return account.loopbackOnly && !fromLoopback ? undefined : account.user;
  }
}

const UNKNOWN_USER_HASH = hashPassword('');

function accountOf(record: UserRecord): Account {
  return { user: new User(record), passwordHash: record.passwordHash, loopbackOnly: record.loopbackOnly };
}
