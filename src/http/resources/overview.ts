import { EXCHANGE_TYPE_NAMES } from '../../broker/exchange/exchange-types.ts';
import type { TotalName } from '../../server/statistics/columns.ts';
import type { AllTotals } from '../../server/statistics/totals.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { isMonitor, openableVhosts } from '../authorization.ts';
import { bodyOf, TEXT } from '../body-schema.ts';
import type { JsonObject } from '../listing/columns.ts';
import { clusterName, type ManagementContext, setClusterName } from '../management-context.ts';
import { StatisticsView } from '../views/statistics-view.ts';
import { connectionsFor } from './connections.ts';

/** For how many seconds what is remembered: of the broker and virtual hosts, of queues, of everything else. */
const RETENTION = { global: [600, 3600, 28_800, 86_400], basic: [600, 3600], detailed: [5] };

/** Clients that look for the fields need no change. */
const NO_ERLANG = '';

/** Who is asking, and the broker as a whole. */
export function addOverview(routes: ApiRoutes): void {
  routes.get('/overview', { summary: 'The broker as a whole' }, overview);
  routes.get('/whoami', { summary: 'The user who asks' }, ({ user: { name, tags } }) => ({ name, tags }));
  routes.get('/cluster-name', { summary: "The broker's name" }, ({ context }) => ({ name: clusterName(context) }));
  const naming = {
    summary: 'Name the broker',
    access: 'administrator',
    body: bodyOf({ name: TEXT }, ['name']),
  } as const;
  routes.put<{ name: string }>('/cluster-name', naming, async ({ context, body }) => {
    await setClusterName(context, body.name);
    return CHANGED;
  });
  routes.get('/extensions', { summary: 'Extensions of the API: none' }, () => []);
}

async function overview(call: ApiCall): Promise<JsonObject> {
  const { context, user } = call;
  const statistics = new StatisticsView(call);
  const { product, version } = context.broker.config.serverProperties;
  const totals = totalsFor(call, await statistics.refresh());
  return {
    management_version: version,
    product_name: product,
    product_version: version,
    rabbitmq_version: version,
    leveret_version: context.version,
    erlang_version: NO_ERLANG,
    erlang_full_version: NO_ERLANG,
    cluster_name: clusterName(context),
    rates_mode: 'basic',
    sample_retention_policies: RETENTION,
    disable_stats: false,
    enable_queue_totals: false,
    exchange_types: exchangeTypes(),
    ...totals,
    ...(isMonitor(user) && statistics.broker()), // of the broker as a whole: for those who may see all of it
    ...(isMonitor(user) && {
      statistics_db_event_queue: 0,
      node: context.node,
      listeners: listeners(context),
      contexts: contexts(context),
    }),
  };
}

function totalsFor(call: ApiCall, all: AllTotals): { object_totals: Json; queue_totals: Json } {
  const { context, user } = call;
  const isAllSeen = isMonitor(user);
  const totals = isAllSeen
    ? [all.broker]
    : openableVhosts(context.broker.vhosts, user).map((vhost) => all.vhosts.get(vhost));
  const sum = (name: TotalName) => totals.reduce((total, each) => total + (each?.[name] ?? 0), 0);
  const [exchanges, queues, consumers] = [sum('exchanges'), sum('queues'), sum('consumers')];
  const { connections, channels } = isAllSeen ? all.broker : ownConnections(call);
  return {
    object_totals: { connections, channels, exchanges, queues, ...(isAllSeen && { consumers }) },
    queue_totals: {
      messages: sum('messages'),
      messages_ready: sum('messages_ready'),
      messages_unacknowledged: sum('messages_unacknowledged'),
    },
  };
}

function ownConnections(call: ApiCall): { connections: number; channels: number } {
  const own = { connections: 0, channels: 0 };
  for (const connection of connectionsFor(call)) {
    own.connections++;
    own.channels += [...connection.openChannels].length;
  }
  return own;
}

export function exchangeTypes(): Json {
  return EXCHANGE_TYPE_NAMES.map((name) => ({ name, description: `Exchanges of type ${name}`, enabled: true }));
}

function listeners({ broker, amqp, node, port }: ManagementContext): Json {
  const { bind } = broker.config;
  return [
    { node, protocol: 'amqp', ip_address: bind, port: amqp.port, socket_opts: { backlog: 1024, nodelay: true } },
    { node, protocol: 'http', ip_address: bind, port, socket_opts: {} },
  ];
}

export function contexts({ broker, node, port }: ManagementContext): Json {
  const context = { description: 'Leveret management', path: '/', ip: broker.config.bind, port: String(port) };
  return [{ node, ...context, ssl_opts: [], cowboy_opts: '[]' }];
}
