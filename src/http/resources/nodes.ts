import { availableParallelism } from 'node:os';
import { descriptorLimit, openDescriptors } from '../../observe/process-usage.ts';
import { CHANGED } from '../api-call.ts';
import type { ApiRoutes } from '../api-routes.ts';
import { objectNotFound } from '../http-error.ts';
import type { JsonObject } from '../listing/columns.ts';
import type { ManagementContext } from '../management-context.ts';
import { contexts, exchangeTypes } from './overview.ts';

/** The broker is one node, which has all queues. */
export function addNodes(routes: ApiRoutes): void {
  const access = 'monitoring';
  routes.get('/nodes', { summary: 'The nodes: one', access }, ({ context }) => [nodeView(context)]);
  routes.get('/nodes/:name', { summary: 'A node', access }, (call) => {
    if (call.part('name') !== call.context.node) throw objectNotFound();
    return nodeView(call.context);
  });
  const rebalancing = { summary: 'Spread queues over the nodes: there is one', access: 'administrator' } as const;
  routes.post('/rebalance/queues', rebalancing, () => CHANGED);
  routes.get('/feature-flags', { summary: 'What can be switched on for good: nothing' }, () => []);
}

function nodeView(context: ManagementContext): JsonObject {
  const { broker, amqp, node } = context;
  const { config, memoryAlarm, durable } = broker;
  const disk = durable?.diskAlarm;
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
    rates_mode: 'none',
    mem_calculation_strategy: 'rss',
    mem_used: process.memoryUsage.rss(),
    mem_limit: config.memoryLimitOctets,
    mem_alarm: memoryAlarm.isRaised,
    disk_free_alarm: disk?.isRaised ?? false,
    ...(disk !== undefined && {
      disk_free: disk.freeOctets,
      disk_free_limit: disk.limitOctets,
    }),
    fd_total: descriptorLimit(),
    fd_used: openDescriptors(),
    sockets_total: Math.min(config.maxConnections, descriptorLimit()),
    sockets_used: [...amqp.openConnections()].length,
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
