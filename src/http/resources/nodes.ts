import { availableParallelism } from 'node:os';
import type { Histogram } from '../../observe/histogram.ts';
import { descriptorLimit } from '../../observe/process-usage.ts';
import { type ApiCall, CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import type { ManagementContext } from '../management-context.ts';
import { StatisticsView } from '../views/statistics-view.ts';
import { contexts, exchangeTypes } from './overview.ts';

/** The broker is one node, which has all queues. */
export function addNodes(routes: ApiRoutes): void {
  const access = 'monitoring';
  routes.get('/nodes', { summary: 'The nodes: one', access }, async (call) => [await nodeView(call)]);
  routes.get('/nodes/:name', { summary: 'A node', access }, (call) => {
    if (call.part('name') !== call.context.node) throw objectNotFound();
    return nodeView(call);
  });
  const rebalancing = { summary: 'Spread queues over the nodes: there is one', access: 'administrator' } as const;
  routes.post('/rebalance/queues', rebalancing, () => CHANGED);
  const flags = { summary: 'What can be switched on for good: nothing', access: 'administrator' } as const;
  routes.get('/feature-flags', flags, () => []);
}

async function nodeView(call: ApiCall): Promise<JsonObject> {
  const { context } = call;
  const statistics = new StatisticsView(call);
  await statistics.refresh();
  const { disk_free, disk_free_details, ...numbers } = statistics.node();
  const disk = context.broker.durable?.diskAlarm;
  return {
    ...factsOf(context),
    ...numbers,
    histograms: {
      sync_seconds: histogramView(context.broker.commit.syncSeconds),
      event_loop_delay_seconds: histogramView(context.eventLoopDelay.seconds),
      delivery_milliseconds: histogramView(context.statistics.deliveryLatency()),
    },
    disk_free_alarm: disk?.isRaised ?? false,
    ...(disk !== undefined && { disk_free, disk_free_details, disk_free_limit: disk.limitOctets }),
  };
}

/** Counts since the start, one more than bounds: the last is of what is beyond all of them. */
function histogramView({ bounds, counts, sum }: Histogram): JsonObject {
  return { bounds: [...bounds], counts: [...counts], sum };
}

/** What hardly changes. */
function factsOf(context: ManagementContext): JsonObject {
  const { broker, node } = context;
  const { config, memoryAlarm, durable } = broker;
  return {
    name: node,
    type: 'disc',
    running: true,
    partitions: [],
    cluster_links: [],
    os_pid: String(process.pid),
    uptime: Math.round(process.uptime() * 1000),
    processors: availableParallelism(),
    run_queue: 0,
    rates_mode: 'basic',
    mem_calculation_strategy: 'rss',
    mem_limit: memoryAlarm.limitOctets,
    mem_alarm: memoryAlarm.isRaised,
    fd_total: descriptorLimit(),
    sockets_total: Math.min(config.maxConnections, descriptorLimit()),
    exchange_types: exchangeTypes(),
    auth_mechanisms: [
      { name: 'PLAIN', description: 'SASL PLAIN authentication mechanism', enabled: true },
      { name: 'AMQPLAIN', description: 'QPid AMQPLAIN mechanism', enabled: true },
    ],
    applications: [
      { name: 'leveret', description: 'Leveret', version: context.version },
      { name: 'node', description: 'Node.js', version: process.versions.node },
    ],
    contexts: contexts(context),
    log_files: ['<stdout>'],
    db_dir: durable?.directory.path ?? '',
    config_files: [],
    enabled_plugins: [],
  };
}
