import type { LoginAttempts } from '../../auth/login-attempts.ts';
import type { DiskAlarm } from '../../broker/alarms/disk-alarm.ts';
import { descriptorLimit, openDescriptors } from '../../observe/process-usage.ts';
import { brokerFamily, counter, family, gauge, type MetricFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

/** None without a data directory. */
const disks = ({ context }: Scrape): Iterable<DiskAlarm> => {
  const { durable } = context.broker;
  return durable === undefined ? [] : [durable.diskAlarm];
};

export const NODE_FAMILIES: readonly MetricFamily[] = [
  brokerFamily('node_coarse_metrics', [
    gauge('process_open_fds', 'Open file descriptors', openDescriptors),
    gauge('process_open_tcp_sockets', 'Open TCP sockets', ({ totals }) => totals.connections),
    gauge('process_resident_memory_bytes', 'Memory used in bytes', () => process.memoryUsage.rss()),
  ]),
  family<DiskAlarm>({
    name: 'node_coarse_metrics',
    objects: disks,
    labels: () => ({}),
    metrics: [gauge('disk_space_available_bytes', 'Disk space available in bytes', ({ freeOctets }) => freeOctets)],
  }),
  brokerFamily('node_metrics', [
    gauge('erlang_uptime_seconds', 'Node uptime', () => process.uptime()), // under this name, dashboards ask for it
    gauge('process_max_fds', 'Open file descriptors limit', descriptorLimit),
    gauge('process_max_tcp_sockets', 'Open TCP sockets limit', ({ context }) =>
      Math.min(context.broker.config.maxConnections, descriptorLimit()),
    ),
    gauge(
      'resident_memory_limit_bytes',
      'Memory high watermark in bytes',
      ({ context }) => context.broker.memoryAlarm.limitOctets,
    ),
  ]),
  family<DiskAlarm>({
    name: 'node_metrics',
    objects: disks,
    labels: () => ({}),
    metrics: [
      gauge(
        'disk_space_available_limit_bytes',
        'Free disk space low watermark in bytes',
        ({ limitOctets }) => limitOctets,
      ),
    ],
  }),
  brokerFamily('node_persister_metrics', [
    counter(
      'io_sync_ops_total',
      'Total number of I/O sync operations',
      ({ context }) => context.broker.commit.syncSeconds.count,
    ),
    counter(
      'io_sync_time_seconds_total',
      'Total I/O sync time',
      ({ context }) => context.broker.commit.syncSeconds.sum,
    ),
    counter(
      'msg_store_write_total',
      'Total number of Message Store write operations',
      ({ totals }) => totals.disk_writes,
    ),
  ]),
  family<LoginAttempts>({
    name: 'auth_attempt_metrics',
    objects: ({ context }) => context.broker.logins.all,
    labels: ({ protocol }) => ({ protocol }),
    metrics: [
      counter(
        'auth_attempts_total',
        'Total number of authorization attempts',
        ({ succeeded, failed }) => succeeded + failed,
      ),
      counter(
        'auth_attempts_succeeded_total',
        'Total number of successful authentication attempts',
        ({ succeeded }) => succeeded,
      ),
      counter('auth_attempts_failed_total', 'Total number of failed authentication attempts', ({ failed }) => failed),
    ],
  }),
];
