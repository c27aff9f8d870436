import type { Queue } from '../../broker/queue/queue.ts';
import { waitingCount, waitingOctets } from '../../broker/queue/waiting-messages.ts';
import { counter, gauge, type MetricFamily, summedFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

const objects = (scrape: Scrape) => scrape.queues();
const labels = ({ vhost, name: queue }: Queue) => ({ vhost, queue });

const CONSUMERS = gauge('queue_consumers', 'Consumers on a queue', (queue: Queue) => queue.consumerCount);

export const QUEUE_FAMILIES: readonly MetricFamily[] = [
  summedFamily<Queue>({
    name: 'queue_coarse_metrics',
    objects,
    labels,
    metrics: [
      gauge('queue_messages_ready', 'Messages ready to be delivered to consumers', waitingCount),
      gauge(
        'queue_messages_unacked',
        'Messages delivered to consumers but not yet acknowledged',
        ({ unackedCount }) => unackedCount,
      ),
      gauge(
        'queue_messages',
        'Sum of ready and unacknowledged messages - total queue depth',
        (queue) => waitingCount(queue) + queue.unackedCount,
      ),
    ],
  }),
  summedFamily<Queue>({
    name: 'queue_metrics',
    objects,
    labels,
    metrics: [
      CONSUMERS,
      gauge(
        'queue_messages_bytes',
        'Size in bytes of ready and unacknowledged messages',
        (queue) => waitingOctets(queue) + queue.unackedOctets,
      ),
      gauge('queue_messages_ready_bytes', 'Size in bytes of ready messages', waitingOctets),
      gauge(
        'queue_messages_unacked_bytes',
        'Size in bytes of all unacknowledged messages',
        ({ unackedOctets }) => unackedOctets,
      ),
    ],
  }),
  summedFamily<Queue>({ name: 'queue_consumer_count', objects, labels, metrics: [CONSUMERS] }),
  summedFamily<Queue>({
    name: 'channel_queue_exchange_metrics',
    objects,
    labels: ({ vhost, name }) => ({ queue_vhost: vhost, queue: name }),
    metrics: [
      counter(
        'queue_messages_published_total',
        'Total number of messages published to queues',
        ({ counters }) => counters.publish,
        ({ messageTotals: { classic, quorum } }) => classic.publish + quorum.publish,
      ),
    ],
  }),
];
