import { BROKER_FAMILIES, CHURN_FAMILY } from './broker-metrics.ts';
import { CHANNEL_FAMILIES } from './channel-metrics.ts';
import { CONNECTION_FAMILIES } from './connection-metrics.ts';
import { GLOBAL_FAMILIES } from './global-metrics.ts';
import { IDENTITY_FAMILIES } from './identity-metrics.ts';
import type { MetricFamily } from './metric.ts';
import type { MetricSet, MetricsPage } from './metrics-text.ts';
import { NODE_FAMILIES } from './node-metrics.ts';
import { OWN_FAMILIES, OWN_HISTOGRAMS, PROCESS_FAMILIES } from './own-metrics.ts';
import { QUEUE_FAMILIES } from './queue-metrics.ts';
import { TOPOLOGY_FAMILIES } from './topology-metrics.ts';

/** What `/metrics/detailed` has by its families' names, besides what there is. */
const DETAILED: readonly MetricFamily[] = [
  CHURN_FAMILY,
  ...NODE_FAMILIES,
  ...QUEUE_FAMILIES,
  ...CHANNEL_FAMILIES,
  ...CONNECTION_FAMILIES,
];

const SETS: readonly MetricSet[] = [
  { prefix: 'rabbitmq_', families: [...IDENTITY_FAMILIES, ...BROKER_FAMILIES, ...DETAILED, ...GLOBAL_FAMILIES] },
  { prefix: '', families: PROCESS_FAMILIES },
  { prefix: 'leveret_', families: OWN_FAMILIES, histograms: OWN_HISTOGRAMS },
];

/** `/metrics`: sums over queues, channels and connections. */
export const SUMMED_PAGE: MetricsPage = { sets: SETS, isSummed: true };
/** `/metrics/per-object`: each of them. */
export const PER_OBJECT_PAGE: MetricsPage = { sets: SETS, isSummed: false };

/** `/metrics/detailed`: the families that are asked for. Names of families that there are not are passed over, as in RabbitMQ. */
export function detailedPage(names: ReadonlySet<string>): MetricsPage {
  const wanted = (families: readonly MetricFamily[]) => families.filter(({ name }) => names.has(name));
  return {
    sets: [
      { prefix: 'rabbitmq_', families: IDENTITY_FAMILIES },
      { prefix: 'rabbitmq_detailed_', families: wanted(DETAILED) },
      { prefix: 'rabbitmq_cluster_', families: wanted(TOPOLOGY_FAMILIES) },
    ],
    isSummed: false,
  };
}
