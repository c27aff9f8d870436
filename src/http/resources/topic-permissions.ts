import type { TopicPatterns } from '../../auth/topic-permissions.ts';
import { type ApiCall, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { bodyOf, TEXT } from '../body-schema.ts';
import { badRequest, objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { listing } from '../listing/listing.ts';
import { topicPermissionViews } from '../views/account-views.ts';

const access = 'administrator';
const PERMISSION = bodyOf({ exchange: TEXT, write: TEXT, read: TEXT }, ['exchange', 'write', 'read']);

type TopicBody = TopicPatterns & { readonly exchange: string };

/** What users may do with the topics of topic exchanges. */
export function addTopicPermissions(routes: ApiRoutes): void {
  routes.get('/topic-permissions', { summary: 'All permissions for topics', access }, ({ context }) => {
    const { users, vhosts } = context.broker;
    const views = users.records.flatMap(({ name }) => topicPermissionViews(users, name, vhosts.values()));
    return listing(views, (view) => view, ['vhost', 'user', 'exchange']);
  });
  for (const [path, which] of [
    ['/topic-permissions/:vhost/:user', 'all exchanges'],
    ['/topic-permissions/:vhost/:user/:exchange', 'the exchange'],
  ] as const) {
    const listed = { summary: "A user's permissions for topics in a virtual host: all of them", access } as const;
    routes.get(path, listed, (call) => listing(requireViews(call), (view) => view, ['exchange']));
    const setting = {
      summary: 'Say what a user may do with the topics of the exchange that the body names',
      access,
      body: PERMISSION,
    } as const;
    routes.put<TopicBody>(path, setting, put);
    const clearing = {
      summary: `Nothing is said any more of what the user may do with topics of ${which}`,
      access,
    } as const;
    routes.delete(path, clearing, clear);
  }
}

/** @throws HttpError 404 where there are none */
function requireViews(call: ApiCall): JsonObject[] {
  const { users, vhosts } = call.context.broker;
  const vhost = vhosts.get(call.part('vhost'));
  const views = vhost === undefined ? [] : topicPermissionViews(users, call.part('user'), [vhost]);
  if (views.length === 0) throw objectNotFound();
  return views;
}

async function put(call: ApiCall<TopicBody>): Promise<Done> {
  const { context, body } = call;
  const { users, vhosts } = context.broker;
  const [name, vhost] = [call.part('user'), call.part('vhost')];
  const user = users.find(name);
  if (user === undefined || vhosts.get(vhost) === undefined) throw badRequest('vhost_or_user_not_found');
  const isThere = user.topicPermissions.in(vhost).size > 0; // of whatever exchange
  await context.administration.setTopicPermissions(name, vhost, body.exchange, { write: body.write, read: body.read });
  return isThere ? CHANGED : CREATED;
}

async function clear(call: ApiCall): Promise<Done> {
  requireViews(call);
  const { user, vhost, exchange } = call.path;
  await call.context.administration.clearTopicPermissions(user!, vhost!, exchange);
  return CHANGED;
}
