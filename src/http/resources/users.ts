import { DEFAULT_HASHING_ALGORITHM, HASHING_ALGORITHMS, type HashingAlgorithm } from '../../auth/password.ts';
import type { PermissionPatterns } from '../../auth/permissions.ts';
import type { UserRecord } from '../../auth/user-directory.ts';
import { type HashedPassword, hashedPassword, NO_PASSWORD, requirePatterns } from '../../server/accounts/users.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, TAGS, TEXT, tagsOf } from '../body-schema.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import { listing } from '../listing/listing.ts';
import { permissionViews, topicPermissionViews, userView } from '../views/account-views.ts';

const access = 'administrator';
const PERMISSION = bodyOf({ configure: TEXT, write: TEXT, read: TEXT }, ['configure', 'write', 'read']);
const USER = bodyOf({
  password: TEXT,
  password_hash: TEXT,
  hashing_algorithm: TEXT,
  tags: TAGS,
  permissions: { type: 'object', additionalProperties: PERMISSION },
});
const NAMES = bodyOf({ users: { type: 'array', items: TEXT } }, ['users']);
/** A salt and the shortest digest. */
const SHORTEST_HASH_OCTETS = 4;

interface UserBody {
  readonly password?: string;
  readonly password_hash?: string;
  readonly hashing_algorithm?: string;
  readonly tags?: string | readonly string[];
  /** By virtual host. */
  readonly permissions?: Readonly<Record<string, PermissionPatterns>>;
}

/** Users, by name. */
export function addUsers(routes: ApiRoutes): void {
  routes.get('/users', { summary: 'All users', access }, ({ context }) => {
    const { users, userLimits } = context.broker;
    return listing(users.records, (user) => userView(user, userLimits), ['name']);
  });
  routes.get('/users/without-permissions', { summary: 'Users who may open nothing', access }, ({ context }) => {
    const { users, userLimits } = context.broker;
    const without = users.records.filter(({ permissions }) => permissions.size === 0);
    return listing(without, (user) => userView(user, userLimits), ['name']);
  });
  const bulk = { summary: 'Delete several users', access, body: NAMES } as const;
  routes.post<{ users: readonly string[] }>('/users/bulk-delete', bulk, removeAll);
  routes.get('/users/:user', { summary: 'A user', access }, (call) => {
    return userView(requireUser(call), call.context.broker.userLimits);
  });
  routes.put<UserBody>('/users/:user', { summary: 'Add or change a user', access, body: USER }, put);
  routes.delete('/users/:user', { summary: 'Delete a user', access }, async (call) => {
    await call.context.administration.deleteUser(requireUser(call).name);
    return CHANGED;
  });
  routes.get('/users/:user/permissions', { summary: "A user's permissions", access }, (call) => {
    return listing(permissionViews(requireUser(call)), (view) => view, ['vhost']);
  });
  routes.get('/users/:user/topic-permissions', { summary: "A user's permissions for topics", access }, (call) => {
    const { users, vhosts } = call.context.broker;
    const views = topicPermissionViews(users, requireUser(call).name, vhosts.values());
    return listing(views, (view) => view, ['vhost', 'exchange']);
  });
}

/** @throws HttpError 404 */
function requireUser(call: ApiCall): UserRecord {
  const user = call.context.broker.users.get(call.part('user'));
  if (user === undefined) throw objectNotFound();
  return user;
}

/** Without a password and a hash of one, nobody can log in as the user with a password: as in RabbitMQ. */
async function put(call: ApiCall<UserBody>): Promise<Done> {
  const { context, body } = call;
  const name = call.part('user');
  if (body.tags === undefined) throw badRequest('tags_not_present');
  const isNew = context.broker.users.get(name) === undefined;
  const permissions = Object.entries(body.permissions ?? {});
  for (const [vhost, patterns] of permissions) {
    context.broker.vhosts.require(vhost);
    requirePatterns(patterns);
  }
  context.broker.users.put(name, passwordOf(body), tagsOf(body.tags));
  for (const [vhost, { configure, write, read }] of permissions) {
    context.broker.users.setPermissions(name, vhost, { configure, write, read });
  }
  await call.committed();
  return isNew ? CREATED : CHANGED;
}

function passwordOf({ password, password_hash: hash, hashing_algorithm: given }: UserBody): HashedPassword {
  if (password !== undefined && hash !== undefined) throw badRequest('both_password_and_password_hash_are_provided');
  if (password !== undefined) return password === '' ? NO_PASSWORD : hashedPassword(password);
  if (hash === undefined || hash === '') return NO_PASSWORD;
  const octets = Buffer.from(hash, 'base64');
  if (octets.toString('base64') !== hash || octets.length < SHORTEST_HASH_OCTETS)
    throw badRequest(['not_base64', hash]);
  const algorithm = given ?? DEFAULT_HASHING_ALGORITHM;
  const isKnown = HASHING_ALGORITHMS.includes(algorithm as HashingAlgorithm);
  if (!isKnown) throw badRequest(`hashing_algorithm should be ${HASHING_ALGORITHMS.join(' or ')}`);
  return { passwordHash: hash, hashingAlgorithm: algorithm as HashingAlgorithm };
}

async function removeAll({ context, body }: ApiCall<{ users: readonly string[] }>): Promise<Done> {
  for (const name of body.users) {
    if (context.broker.users.get(name) === undefined) throw badRequest(['no_such_user', name]);
    await context.administration.deleteUser(name);
  }
  return CHANGED;
}
