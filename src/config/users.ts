import { DEFAULT_HASHING_ALGORITHM, hashPassword } from '../auth/password.ts';
import { EVERYTHING, type PermissionPatterns } from '../auth/permissions.ts';
import type { UserRecord } from '../auth/user-directory.ts';
import { Pattern } from '../pattern/pattern.ts';
import { ConfigError, refused } from './config-error.ts';
import type { UserOptions } from './options.ts';
import { expectKnownKeys, expectList, expectTable, isShortName, type Table } from './shape.ts';
import { didYouMean } from './suggest.ts';

const DEFAULT_USERS: readonly UserOptions[] = [
  { name: 'guest', password: 'guest', tags: ['administrator'], loopbackOnly: true },
];

const USER_KEYS: readonly (keyof UserOptions)[] = ['name', 'password', 'tags', 'permissions', 'loopbackOnly'];
const RIGHTS: readonly (keyof PermissionPatterns)[] = ['configure', 'write', 'read'];

type Patterns = UserRecord['permissions'];

/** The users there are to be, with their passwords hashed. */
export function resolveUsers(value: unknown = DEFAULT_USERS, vhosts: readonly string[]): readonly UserRecord[] {
  const users = expectList('users', value).map((user, index) => resolveUser(`users[${index}]`, user, vhosts));
  const names = users.map((user) => user.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ConfigError(`users: ${JSON.stringify(twice)} is there twice`);
  return users;
}

function resolveUser(label: string, value: unknown, vhosts: readonly string[]): UserRecord {
  const user = expectTable(label, value);
  expectKnownKeys(`${label}.`, user, USER_KEYS);
  const { name, password, tags = [], permissions, loopbackOnly = false } = user;
  if (!isShortName(name)) throw refused(`${label}.name`, name, 'a name of 1 to 255 octets');
  if (typeof loopbackOnly !== 'boolean') throw refused(`${label}.loopbackOnly`, loopbackOnly, 'true or false');
  return {
    name,
    passwordHash: hashPassword(expectPassword(label, password)),
    hashingAlgorithm: DEFAULT_HASHING_ALGORITHM,
    tags: resolveTags(`${label}.tags`, tags),
    permissions: resolvePermissions(`${label}.permissions`, permissions, vhosts),
    loopbackOnly,
  };
}

/** Unlike elsewhere, the message does not show the value: it might end up in a log. */
function expectPassword(label: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigError(`${label}.password: give a text that is not empty`);
}

function resolveTags(label: string, value: unknown): readonly string[] {
  return expectList(label, value).map((tag, index) => {
    if (!isShortName(tag)) throw refused(`${label}[${index}]`, tag, 'a word such as administrator or monitoring');
    return tag;
  });
}

function resolvePermissions(label: string, value: unknown, vhosts: readonly string[]): Patterns {
  if (value === undefined) return new Map(vhosts.map((vhost) => [vhost, EVERYTHING]));
  const byVhost = Object.entries(expectTable(label, value));
  return new Map(byVhost.map(([vhost, rights]) => [vhost, resolveRights(label, vhost, rights, vhosts)]));
}

function resolveRights(label: string, vhost: string, value: unknown, vhosts: readonly string[]): PermissionPatterns {
  const place = `${label}[${JSON.stringify(vhost)}]`;
  if (!vhosts.includes(vhost)) {
    throw new ConfigError(`${place}: there is no such virtual host${didYouMean(vhost, vhosts)}; add it to vhosts`);
  }
  const rights = expectTable(place, value);
  expectKnownKeys(`${place}.`, rights, RIGHTS);
  return {
    configure: expectPattern(place, 'configure', rights),
    write: expectPattern(place, 'write', rights),
    read: expectPattern(place, 'read', rights),
  };
}

function expectPattern(place: string, right: keyof PermissionPatterns, rights: Table): string {
  const pattern = rights[right];
  if (typeof pattern !== 'string' || !isPattern(pattern)) {
    throw refused(`${place}.${right}`, pattern, 'a regular expression such as ^app- or .*, or "" for nothing');
  }
  return pattern;
}

function isPattern(text: string): boolean {
  try {
    new Pattern(text);
    return true;
  } catch {
    return false;
  }
}
