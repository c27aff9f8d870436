import type { Resource } from '../../broker/alarms/resource-alarms.ts';
import { brokerFamily, counter, gauge, type Metric, type MetricFamily, untyped } from './metric.ts';
import type { Scrape } from './scrape.ts';

function alarm(name: string, what: string, resource: Resource): Metric<Scrape> {
  const help = `is 1 if ${what} alarm is in effect`;
  return untyped(name, help, ({ context }) => Number(context.broker.alarms.isLow(resource)));
}

/** How much comes and goes, which `/metrics/detailed` has as well. */
export const CHURN_FAMILY: MetricFamily = brokerFamily('connection_churn_metrics', [
  counter('connections_opened_total', 'Total number of connections opened', ({ totals }) => totals.connection_created),
  counter(
    'connections_closed_total',
    'Total number of connections closed or terminated',
    ({ totals }) => totals.connection_closed,
  ),
  counter('channels_opened_total', 'Total number of channels opened', ({ totals }) => totals.channel_created),
  counter('channels_closed_total', 'Total number of channels closed', ({ totals }) => totals.channel_closed),
  counter('queues_declared_total', 'Total number of queues declared', ({ totals }) => totals.queue_declared),
  counter('queues_created_total', 'Total number of queues created', ({ totals }) => totals.queue_created),
  counter('queues_deleted_total', 'Total number of queues deleted', ({ totals }) => totals.queue_deleted),
]);

export const BROKER_FAMILIES: readonly MetricFamily[] = [
  brokerFamily('alarms', [
    // Out of descriptors, new connections are refused, and nobody is blocked: that is no alarm of ours.
    untyped('alarms_file_descriptor_limit', 'is 1 if file descriptor limit alarm is in effect', () => 0),
    alarm('alarms_free_disk_space_watermark', 'free disk space watermark', 'disk'),
    alarm('alarms_memory_used_watermark', 'VM memory watermark', 'memory'),
  ]),
  brokerFamily('totals', [
    gauge('connections', 'Connections currently open', ({ totals }) => totals.connections),
    gauge('channels', 'Channels currently open', ({ totals }) => totals.channels),
    gauge('consumers', 'Consumers currently connected', ({ totals }) => totals.consumers),
    gauge('queues', 'Queues available', ({ totals }) => totals.queues),
  ]),
];
