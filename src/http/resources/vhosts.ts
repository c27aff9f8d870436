import { NO_METADATA, type VirtualHost } from '../../broker/vhost.ts';
import { type ApiCall, booleanOf, CHANGED, CREATED, type Done } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor, openableVhosts } from '../authorization.ts';
import { BOOLEAN, bodyOf, TAGS, TEXT, tagsOf } from '../body-schema.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import { listing } from '../listing/listing.ts';
import { permissionViews, topicPermissionViews, vhostView } from '../views/account-views.ts';
import { StatisticsView } from '../views/statistics-view.ts';

const access = 'administrator';
const VHOST = bodyOf({ description: TEXT, tags: TAGS, default_queue_type: TEXT, tracing: BOOLEAN });

interface VhostBody {
  readonly description?: string;
  readonly tags?: string | readonly string[];
  readonly default_queue_type?: string;
  readonly tracing?: unknown;
}

/** Virtual hosts, by name. */
export function addVhosts(routes: ApiRoutes): void {
  routes.get('/vhosts', { summary: 'All virtual hosts' }, async (call) => {
    const { context, user } = call;
    const { vhosts } = context.broker;
    const seen: Iterable<VirtualHost> = isMonitor(user) ? vhosts.values() : openableVhosts(vhosts, user);
    const named = ({ name }: VirtualHost) => ({ name });
    // What is in all queues is not summed up for names alone.
    const view = call.query.columns === 'name' ? named : await vhostViewer(call);
    return listing(seen, view, ['name'], named);
  });
  routes.get('/vhosts/:vhost', { summary: 'A virtual host', access }, async (call) => {
    const { vhost } = call;
    return (await vhostViewer(call))(vhost);
  });
  routes.put<VhostBody>(
    '/vhosts/:vhost',
    {
      summary: 'Add or describe a virtual host, whose creator may do everything in it; tracing: switch its firehose',
      access,
      body: VHOST,
    },
    put,
  );
  routes.delete('/vhosts/:vhost', { summary: 'Delete a virtual host with all that is in it', access }, remove);
  routes.get('/vhosts/:vhost/permissions', { summary: 'Who may do what in a virtual host', access }, (call) => {
    const { vhost, context } = call;
    const views = context.broker.users.records.flatMap(permissionViews).filter((view) => view.vhost === vhost.name);
    return listing(views, (view) => view, ['user']);
  });
  const topics = { summary: 'Who may do what with topics in a virtual host', access } as const;
  routes.get('/vhosts/:vhost/topic-permissions', topics, ({ vhost, context }) => {
    const { users } = context.broker;
    const views = users.records.flatMap(({ name }) => topicPermissionViews(users, name, [vhost]));
    return listing(views, (view) => view, ['user', 'exchange']);
  });
  const starting = { summary: 'Start a virtual host that has failed: none has', access } as const;
  routes.post('/vhosts/:vhost/start/:node', starting, (call) => started(call));
}

async function vhostViewer(call: ApiCall): Promise<(vhost: VirtualHost) => JsonObject> {
  const { node } = call.context;
  const statistics = new StatisticsView(call);
  await statistics.refresh();
  return (vhost) => ({ ...vhostView(vhost, node), ...statistics.vhost(vhost) });
}

/** What is not said of one that is there stays. */
async function put(call: ApiCall<VhostBody>): Promise<Done> {
  const { context, body, user } = call;
  const name = call.part('vhost');
  const existing = context.broker.vhosts.get(name);
  const before = existing?.metadata ?? NO_METADATA;
  const traces = body.tracing === undefined ? undefined : booleanOf(body.tracing, false);
  const isDescribed = Object.keys(body).some((field) => field in VHOST.properties!);
  if (existing !== undefined && !isDescribed) return CHANGED;
  const metadata = {
    description: body.description ?? before.description,
    tags: body.tags === undefined ? before.tags : tagsOf(body.tags),
    defaultQueueType: body.default_queue_type ?? before.defaultQueueType,
  };
  await context.administration.putVhost(name, metadata, user.name);
  if (traces === true) context.administration.startTracing(name);
  if (traces === false) context.administration.stopTracing(name);
  return existing === undefined ? CREATED : CHANGED;
}

async function remove({ context, vhost }: ApiCall): Promise<Done> {
  await context.administration.deleteVhost(vhost.name);
  return CHANGED;
}

/** @throws HttpError 404 */
function started(call: ApiCall): Done {
  const { broker, node } = call.context;
  if (broker.vhosts.get(call.part('vhost')) === undefined || call.part('node') !== node) throw objectNotFound();
  return CHANGED;
}
