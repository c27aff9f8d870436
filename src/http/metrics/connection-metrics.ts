import type { OpenConnection } from '../../server/amqp-server.ts';
import { counter, gauge, type MetricFamily, summedFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

const objects = (scrape: Scrape) => scrape.connections();
/** In RabbitMQ, too, the label of connections is called `channel`. */
const labels = ({ name }: OpenConnection) => ({ channel: name });

export const CONNECTION_FAMILIES: readonly MetricFamily[] = [
  summedFamily<OpenConnection>({
    name: 'connection_coarse_metrics',
    objects,
    labels,
    metrics: [
      counter(
        'connection_incoming_bytes_total',
        'Total number of bytes received on a connection',
        ({ details }) => details.receivedOctets,
        ({ totals }) => totals.recv_oct,
      ),
      counter(
        'connection_outgoing_bytes_total',
        'Total number of bytes sent on a connection',
        ({ details }) => details.sentOctets,
        ({ totals }) => totals.send_oct,
      ),
    ],
  }),
  summedFamily<OpenConnection>({
    name: 'connection_metrics',
    objects,
    labels,
    metrics: [
      counter(
        'connection_incoming_packets_total',
        'Total number of packets received on a connection',
        ({ receivedPackets }) => receivedPackets,
      ),
      counter(
        'connection_outgoing_packets_total',
        'Total number of packets sent on a connection',
        ({ output }) => output.sentPackets,
      ),
      gauge(
        'connection_pending_packets',
        'Number of packets waiting to be sent on a connection',
        ({ output }) => (output.unreadOctets > 0 ? 1 : 0), // they are gathered in one
      ),
      gauge('connection_channels', 'Channels on a connection', ({ openChannels }) => [...openChannels].length),
    ],
  }),
];
