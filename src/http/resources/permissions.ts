import type { PermissionPatterns } from '../../auth/permissions.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, TEXT } from '../body-schema.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { listing } from '../listing/listing.ts';
import { permissionViews } from '../views/account-views.ts';

const access = 'administrator';
const PERMISSION = bodyOf({ configure: TEXT, write: TEXT, read: TEXT }, ['configure', 'write', 'read']);

/** What users may do in virtual hosts. */
export function addPermissions(routes: ApiRoutes): void {
  routes.get('/permissions', { summary: 'All permissions', access }, ({ context }) => {
    return listing(context.broker.users.records.flatMap(permissionViews), (view) => view, ['vhost', 'user']);
  });
  const path = '/permissions/:vhost/:user';
  routes.get(path, { summary: 'What a user may do in a virtual host', access }, requirePermissionView);
  const setting = { summary: 'Say what a user may do in a virtual host', access, body: PERMISSION } as const;
  routes.put<PermissionPatterns>(path, setting, put);
  routes.delete(path, { summary: 'The user may not open the virtual host', access }, async (call) => {
    requirePermissionView(call);
    await call.context.administration.clearPermissions(call.part('user'), call.part('vhost'));
    return CHANGED;
  });
}

/** @throws HttpError 404 */
function requirePermissionView(call: ApiCall): JsonObject {
  const user = call.context.broker.users.get(call.part('user'));
  const view = user && permissionViews(user).find(({ vhost }) => vhost === call.part('vhost'));
  if (view === undefined) throw objectNotFound();
  return view;
}

async function put(call: ApiCall<PermissionPatterns>): Promise<Done> {
  const { context, body } = call;
  const { users, vhosts } = context.broker;
  const [name, vhost] = [call.part('user'), call.part('vhost')];
  const user = users.get(name);
  if (user === undefined || vhosts.get(vhost) === undefined) throw badRequest('vhost_or_user_not_found');
  const { configure, write, read } = body;
  await context.administration.setPermissions(name, vhost, { configure, write, read });
  return user.permissions.has(vhost) ? CHANGED : CREATED;
}
