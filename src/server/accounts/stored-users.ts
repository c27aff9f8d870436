import type { HashingAlgorithm } from '../../auth/password.ts';
import type { PermissionPatterns } from '../../auth/permissions.ts';
import type { UserRecord } from '../../auth/user-directory.ts';
import type { Change, DefinitionKey, Json } from '../../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../../storage/definitions/definitions-log.ts';

/** As they stand in RabbitMQ's definitions files, but for `loopback_only`. */
interface StoredUser {
  readonly name: string;
  readonly password_hash: string;
  readonly hashing_algorithm: HashingAlgorithm;
  readonly tags: readonly string[];
  readonly loopback_only: boolean;
}

interface StoredPermission extends PermissionPatterns {
  readonly user: string;
  readonly vhost: string;
}

/** The users that are noted. */
export function storedUsers(log: DefinitionsLog): UserRecord[] {
  const permissions = new Map<string, Map<string, PermissionPatterns>>();
  for (const { value } of log.definitions<StoredPermission>('permission')) {
    const { user, vhost, configure, write, read } = value;
    const ofUser = permissions.get(user) ?? new Map<string, PermissionPatterns>();
    permissions.set(user, ofUser.set(vhost, { configure, write, read }));
  }
  return [...log.definitions<StoredUser>('user')].map(({ value: stored }) => {
    return {
      name: stored.name,
      passwordHash: stored.password_hash,
      hashingAlgorithm: stored.hashing_algorithm,
      tags: stored.tags,
      loopbackOnly: stored.loopback_only,
      permissions: permissions.get(stored.name) ?? new Map(),
    };
  });
}

/** What is to be noted for the user to become so. */
export function userChanges(known: UserRecord | undefined, user: UserRecord): Change[] {
  const { name, permissions } = user;
  const old = known?.permissions ?? new Map<string, PermissionPatterns>();
  const lost = [...old.keys()].filter((vhost) => !permissions.has(vhost));
  const changed = [...permissions].filter(([vhost, patterns]) => old.get(vhost) !== patterns);
  return [
    ['put', 'user', [name], userToJson(user)],
    ...lost.map((vhost): Change => ['remove', 'permission', permissionKey(name, vhost)]),
    ...changed.map(([vhost, { configure, write, read }]): Change => {
      return ['put', 'permission', permissionKey(name, vhost), { user: name, vhost, configure, write, read }];
    }),
  ];
}

/** What is to be noted for the user to be gone: everything of any kind that is said of it goes with it. */
export function userRemoval(log: DefinitionsLog, name: string): Change[] {
  const changes: Change[] = [];
  for (const kind of log.kinds) {
    for (const { key, value } of log.definitions(kind)) {
      if ((value as { readonly user?: Json } | null)?.user === name) changes.push(['remove', kind, key]);
    }
  }
  return [...changes, ['remove', 'user', [name]]];
}

function permissionKey(user: string, vhost: string): DefinitionKey {
  return [user, vhost];
}

function userToJson({ name, passwordHash, hashingAlgorithm, tags, loopbackOnly }: UserRecord): Json {
  return { name, password_hash: passwordHash, hashing_algorithm: hashingAlgorithm, tags, loopback_only: loopbackOnly };
}
