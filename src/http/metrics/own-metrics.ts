import type { Histogram } from '../../observe/histogram.ts';
import type { Segment } from '../../storage/commit-log/segment.ts';
import { brokerFamily, counter, family, gauge, type MetricFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

interface SegmentCount {
  readonly state: 'live' | 'sparse' | 'dead';
  readonly count: number;
}

/** What RabbitMQ has no name for. */
export const OWN_FAMILIES: readonly MetricFamily[] = [
  family<Scrape>({
    name: 'build',
    objects: (scrape) => [scrape],
    labels: ({ context }) => ({ version: context.version, node_version: process.versions.node }),
    metrics: [gauge('build_info', 'Versions of Leveret and of Node.js', () => 1)],
  }),
  brokerFamily('process', [
    counter('event_loop_active_seconds_total', 'How long the event loop was busy', () => eventLoop().active / 1000),
    counter(
      'event_loop_idle_seconds_total',
      'How long the event loop had nothing to do',
      () => eventLoop().idle / 1000,
    ),
    gauge('heap_used_bytes', "What is in use of JavaScript's heap", () => process.memoryUsage().heapUsed),
  ]),
  brokerFamily('memory', [
    gauge('messages', 'Messages in the broker, each once', ({ context }) => context.broker.store.messageCount),
    gauge('messages_bytes', 'What they take, in memory and on disk', ({ context }) => context.broker.store.liveOctets),
    gauge(
      'message_memory_bytes',
      'Memory of messages and of what finds them, which the memory alarm looks at',
      ({ context: { broker } }) => broker.store.occupiedOctets + broker.store.indexOctets,
    ),
    counter(
      'messages_paged_out_bytes_total',
      'Transient messages written to scratch files because memory was short',
      ({ context }) => context.broker.memoryAlarm.pagedOutOctets,
    ),
  ]),
  brokerFamily('log', [
    gauge(
      'log_live_bytes',
      'Persistent messages on disk that are still needed',
      ({ context }) => context.broker.durable?.messages.store.liveOctets ?? 0,
    ),
    gauge(
      'log_disk_bytes',
      'Disk space of persistent messages, live and dead, and of their acknowledgements',
      ({ context }) => context.broker.durable?.messages.store.heldOctets ?? 0,
    ),
  ]),
  family<SegmentCount>({
    name: 'log',
    objects: segmentCounts,
    labels: ({ state }) => ({ state }),
    metrics: [
      gauge(
        'log_segments',
        'Segments of the message log: less than half of a sparse one is needed, nothing of a dead one',
        ({ count }) => count,
      ),
    ],
  }),
];

function eventLoop(): { readonly active: number; readonly idle: number } {
  return performance.eventLoopUtilization();
}

function segmentCounts({ context }: Scrape): SegmentCount[] {
  const counts = { live: 0, sparse: 0, dead: 0 };
  for (const segment of context.broker.durable?.messages.store.segments ?? []) {
    if (segment !== undefined) counts[stateOf(segment)]++;
  }
  return (['live', 'sparse', 'dead'] as const).map((state) => ({ state, count: counts[state] }));
}

function stateOf({ liveOctets, isTail, isSparse }: Segment): SegmentCount['state'] {
  if (isTail) return 'live';
  if (liveOctets === 0) return 'dead';
  return isSparse ? 'sparse' : 'live';
}

/** Which Prometheus expects of every process, under its own name. */
export const PROCESS_FAMILIES: readonly MetricFamily[] = [
  brokerFamily('process', [
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      () => performance.timeOrigin / 1000,
    ),
  ]),
];

/** How often something took how long. */
export interface HistogramMetric {
  readonly name: string;
  readonly help: string;
  readonly read: (scrape: Scrape) => Histogram;
  /** What the histogram's numbers are to be multiplied by. */
  readonly factor: number;
}

export const OWN_HISTOGRAMS: readonly HistogramMetric[] = [
  {
    name: 'delivery_latency_seconds',
    help: 'From publish to delivery, of one in 256 deliveries to consumers of each queue',
    read: ({ context }) => context.statistics.deliveryLatency(),
    factor: 0.001,
  },
  {
    name: 'sync_seconds',
    help: 'How long syncs to disk have taken',
    read: ({ context }) => context.broker.commit.syncSeconds,
    factor: 1,
  },
  {
    name: 'event_loop_delay_seconds',
    help: 'How late timers were because the event loop was busy, ten times a second',
    read: ({ context }) => context.eventLoopDelay.seconds,
    factor: 1,
  },
];
