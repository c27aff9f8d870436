import type { ChannelCount } from '../../broker/statistics/channel-counts.ts';
import { channelName, type OpenChannel } from '../views/connection-view.ts';
import { counter, gauge, type Metric, type MetricFamily, summedFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

const objects = (scrape: Scrape) => scrape.channels();
const labels = (open: OpenChannel) => ({ channel: channelName(open) });
/** RabbitMQ names the exchange or the queue, too, and we count for the channel only. */
const labelsInVhost = (open: OpenChannel) => ({ ...labels(open), vhost: open.connection.vhost.name });

/** What was counted on the channel; in all, those that are closed count, too. */
function counted(name: string, count: ChannelCount, help: string): Metric<OpenChannel> {
  return counter(
    name,
    help,
    ({ channel }) => channel.counts[count],
    ({ totals }) => totals[count],
  );
}

export const CHANNEL_FAMILIES: readonly MetricFamily[] = [
  summedFamily<OpenChannel>({
    name: 'channel_metrics',
    objects,
    labels,
    metrics: [
      gauge('channel_consumers', 'Consumers on a channel', ({ channel }) => channel.consuming.consumerCount),
      gauge(
        'channel_messages_unacked',
        'Delivered but not yet acknowledged messages',
        ({ channel }) => channel.consuming.unackedCount,
      ),
      gauge(
        'channel_messages_unconfirmed',
        'Published but not yet confirmed messages',
        ({ channel }) => channel.publishing.confirms?.unconfirmedCount ?? 0,
      ),
      gauge(
        'channel_messages_uncommitted',
        'Messages received in a transaction but not yet committed',
        ({ channel }) => channel.publishing.transaction?.publishCount ?? 0,
      ),
      gauge(
        'channel_acks_uncommitted',
        'Message acknowledgements in a transaction not yet committed',
        ({ channel }) => channel.publishing.transaction?.settlementCount ?? 0,
      ),
      gauge(
        'consumer_prefetch',
        'Limit of unacknowledged messages for each consumer',
        ({ channel }) => channel.consuming.consumerPrefetch,
      ),
      gauge(
        'channel_prefetch',
        'Total limit of unacknowledged messages for all consumers on a channel',
        ({ channel }) => channel.consuming.channelPrefetch,
      ),
    ],
  }),
  summedFamily<OpenChannel>({
    name: 'channel_exchange_metrics',
    objects,
    labels: labelsInVhost,
    metrics: [
      counted(
        'channel_messages_published_total',
        'publish',
        'Total number of messages published into an exchange on a channel',
      ),
      counted(
        'channel_messages_confirmed_total',
        'confirm',
        'Total number of messages published into an exchange and confirmed on the channel',
      ),
      counted(
        'channel_messages_unroutable_returned_total',
        'return_unroutable',
        'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
      ),
      counted(
        'channel_messages_unroutable_dropped_total',
        'drop_unroutable',
        'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
      ),
    ],
  }),
  summedFamily<OpenChannel>({
    name: 'channel_queue_metrics',
    objects,
    labels: labelsInVhost,
    metrics: [
      counted(
        'channel_get_ack_total',
        'get',
        'Total number of messages fetched with basic.get in manual acknowledgement mode',
      ),
      counted(
        'channel_get_total',
        'get_no_ack',
        'Total number of messages fetched with basic.get in automatic acknowledgement mode',
      ),
      counted(
        'channel_messages_delivered_ack_total',
        'deliver',
        'Total number of messages delivered to consumers in manual acknowledgement mode',
      ),
      counted(
        'channel_messages_delivered_total',
        'deliver_no_ack',
        'Total number of messages delivered to consumers in automatic acknowledgement mode',
      ),
      counted('channel_messages_redelivered_total', 'redeliver', 'Total number of messages redelivered to consumers'),
      counted('channel_messages_acked_total', 'ack', 'Total number of messages acknowledged by consumers'),
      counted('channel_get_empty_total', 'get_empty', 'Total number of times basic.get operations fetched no message'),
    ],
  }),
];
