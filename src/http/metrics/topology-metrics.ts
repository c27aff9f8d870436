import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { family, gauge, type MetricFamily } from './metric.ts';

const labels = ({ vhost, name, properties }: Exchange) => ({ vhost, exchange: name, type: properties.type });

/** What there is, which only `/metrics/detailed` tells. */
export const TOPOLOGY_FAMILIES: readonly MetricFamily[] = [
  family<VirtualHost>({
    name: 'vhost_status',
    objects: (scrape) => scrape.vhosts(),
    labels: ({ name }) => ({ vhost: name }),
    metrics: [gauge('vhost_status', 'Whether a given vhost is running', () => 1)],
  }),
  family<Exchange>({
    name: 'exchange_names',
    objects: (scrape) => scrape.exchanges(),
    labels,
    metrics: [
      gauge(
        'exchange_name',
        'Enumerates exchanges without any additional info. This value is cluster-wide. A cheaper alternative to `exchange_bindings`',
        () => 1,
      ),
    ],
  }),
  family<Exchange>({
    name: 'exchange_bindings',
    objects: (scrape) => scrape.exchanges(),
    labels,
    metrics: [
      gauge(
        'exchange_bindings',
        'Number of bindings for an exchange. This value is cluster-wide.',
        ({ bindingCount }) => bindingCount,
      ),
    ],
  }),
];
