import type { PermissionPatterns } from '../auth/permissions.ts';
import type { UserRecord } from '../auth/user-directory.ts';
import type { Config } from '../config/options.ts';
import type { Change, DefinitionKey, Json } from '../storage/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions-log.ts';

/** Who may log in, and where to. */
export interface Accounts {
  readonly vhosts: readonly string[];
  readonly users: readonly UserRecord[];
}

/** As they stand in RabbitMQ's definitions files, but for `loopback_only`. */
interface StoredUser {
  readonly name: string;
  readonly password_hash: string;
  readonly tags: readonly string[];
  readonly loopback_only: boolean;
}

interface StoredPermission extends PermissionPatterns {
  readonly user: string;
  readonly vhost: string;
}

/**
 * What the data directory knows of virtual hosts and users, and over it what the config says, which is noted. Of a user
 * in both, everything is as in the config. The default user is for directories that have no users yet.
 */
export function mergeAccounts(config: Pick<Config, keyof Accounts | 'hasDefaultUsers'>, log: DefinitionsLog): Accounts {
  const vhosts = new Set([...log.definitions('vhost')].map(({ value }) => (value as { name: string }).name));
  const users = new Map(storedUsers(log).map((user) => [user.name, user]));
  const changes: Change[] = [];
  for (const name of config.vhosts) {
    if (!vhosts.has(name)) changes.push(['put', 'vhost', [name], { name }]);
    vhosts.add(name);
  }
  for (const user of config.hasDefaultUsers && users.size > 0 ? [] : config.users) {
    changes.push(...userChanges(users.get(user.name), user));
    users.set(user.name, user);
  }
  if (changes.length > 0) log.write(changes);
  return { vhosts: [...vhosts], users: [...users.values()] };
}

function storedUsers(log: DefinitionsLog): UserRecord[] {
  const permissions = new Map<string, Map<string, PermissionPatterns>>();
  for (const { value } of log.definitions('permission')) {
    const { user, vhost, configure, write, read } = value as unknown as StoredPermission;
    const ofUser = permissions.get(user) ?? new Map<string, PermissionPatterns>();
    permissions.set(user, ofUser.set(vhost, { configure, write, read }));
  }
  return [...log.definitions('user')].map(({ value }) => {
    const { name, password_hash: passwordHash, tags, loopback_only: loopbackOnly } = value as unknown as StoredUser;
    return { name, passwordHash, tags, loopbackOnly, permissions: permissions.get(name) ?? new Map() };
  });
}

function userChanges(known: UserRecord | undefined, user: UserRecord): Change[] {
  const { name, permissions } = user;
  const lost = [...(known?.permissions.keys() ?? [])].filter((vhost) => !permissions.has(vhost));
  return [
    ['put', 'user', [name], userToJson(user)],
    ...lost.map((vhost): Change => ['remove', 'permission', permissionKey(name, vhost)]),
    ...[...permissions].map(([vhost, { configure, write, read }]): Change => {
      return ['put', 'permission', permissionKey(name, vhost), { user: name, vhost, configure, write, read }];
    }),
  ];
}

function permissionKey(user: string, vhost: string): DefinitionKey {
  return [user, vhost];
}

function userToJson({ name, passwordHash, tags, loopbackOnly }: UserRecord): Json {
  const algorithm = { hashing_algorithm: 'rabbit_password_hashing_sha256' };
  return { name, password_hash: passwordHash, ...algorithm, tags, loopback_only: loopbackOnly };
}
