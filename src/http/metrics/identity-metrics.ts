import { CLUSTER_ID } from '../../server/context/cluster-id.ts';
import { clusterName, type ManagementContext } from '../management-context.ts';
import { family, type MetricFamily, untyped } from './metric.ts';
import type { Scrape } from './scrape.ts';

const objects = ({ context }: Scrape) => [context];

/** What dashboards join all other metrics with. What is about Erlang is there without a value, so that they need no change. */
export const IDENTITY_FAMILIES: readonly MetricFamily[] = [
  family<ManagementContext>({
    name: 'build',
    objects,
    labels: ({ broker, version }) => ({
      rabbitmq_version: broker.config.serverProperties.version,
      prometheus_plugin_version: version,
      prometheus_client_version: version,
      erlang_version: '',
    }),
    metrics: [untyped('build_info', 'RabbitMQ & Erlang/OTP version info', () => 1)],
  }),
  family<ManagementContext>({
    name: 'identity',
    objects,
    labels: (context) => ({
      rabbitmq_node: context.node,
      rabbitmq_cluster: clusterName(context),
      rabbitmq_cluster_permanent_id: permanentId(context),
    }),
    metrics: [untyped('identity_info', 'RabbitMQ node & cluster identity info', () => 1)],
  }),
];

/** Somebody may have taken it away. */
function permanentId({ broker, node }: ManagementContext): string {
  const id = broker.globalParameters.values.get(CLUSTER_ID);
  return typeof id === 'string' ? id : node;
}
