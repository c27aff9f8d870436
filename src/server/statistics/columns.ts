import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import { waitingCount } from '../../broker/queue/waiting-messages.ts';
import { CHANNEL_COUNTS } from '../../broker/statistics/channel-counts.ts';
import type { Columns } from '../../observe/tracked.ts';
import type { OpenConnection } from '../amqp-server.ts';
import type { Channel } from '../channel/channel.ts';

/** Columns are named as RabbitMQ's management API names them. */
const DELIVERIES = ['deliver', 'deliver_no_ack', 'get', 'get_no_ack'] as const;
export const LENGTHS = ['messages', 'messages_ready', 'messages_unacknowledged'] as const;
export const OCTETS = ['recv_oct', 'send_oct'] as const;
/** What comes and goes. */
export const CHURN = [
  'connection_created',
  'connection_closed',
  'channel_created',
  'channel_closed',
  'queue_declared',
  'queue_created',
  'queue_deleted',
] as const;
export const CHANNEL_NAMES = [...CHANNEL_COUNTS, 'deliver_get'] as const;

export const QUEUE_COLUMNS: Columns<Queue> = {
  names: [...LENGTHS, 'publish', ...DELIVERIES, 'get_empty', 'ack', 'redeliver', 'deliver_get'],
  read: (queue, into) => {
    const { counters, unackedCount } = queue;
    const { deliver, deliverNoAck, get, getNoAck } = counters;
    const ready = waitingCount(queue);
    into[0] = ready + unackedCount;
    into[1] = ready;
    into[2] = unackedCount;
    into[3] = counters.publish;
    into[4] = deliver;
    into[5] = deliverNoAck;
    into[6] = get;
    into[7] = getNoAck;
    into[8] = counters.getEmpty;
    into[9] = counters.ack;
    into[10] = counters.redeliver;
    into[11] = deliver + deliverNoAck + get + getNoAck;
  },
};

export const EXCHANGE_COLUMNS: Columns<Exchange> = {
  names: ['publish_in', 'publish_out'],
  read: ({ publishedIn, publishedOut }, into) => {
    into[0] = publishedIn;
    into[1] = publishedOut;
  },
};

export const CHANNEL_COLUMNS: Columns<Channel> = {
  names: CHANNEL_NAMES,
  read: ({ publishing, consuming }, into) => {
    const published = publishing.counts;
    const consumed = consuming.counts;
    into[0] = published.publish;
    into[1] = published.confirm;
    into[2] = published.return_unroutable;
    into[3] = published.drop_unroutable;
    into[4] = consumed.deliver;
    into[5] = consumed.deliver_no_ack;
    into[6] = consumed.get;
    into[7] = consumed.get_no_ack;
    into[8] = consumed.get_empty;
    into[9] = consumed.ack;
    into[10] = consumed.redeliver;
    into[11] = consumed.deliver + consumed.deliver_no_ack + consumed.get + consumed.get_no_ack;
  },
};

export const CONNECTION_COLUMNS: Columns<OpenConnection> = {
  names: OCTETS,
  read: ({ details }, into) => {
    into[0] = details.receivedOctets;
    into[1] = details.sentOctets;
  },
};

/** What virtual hosts have, and the broker as a whole: sums. The message counts come first. */
export const TOTAL_NAMES = [
  ...CHANNEL_NAMES,
  'disk_writes',
  ...LENGTHS,
  ...OCTETS,
  ...CHURN,
  'routed',
  'connections',
  'channels',
  'publishers',
  'consumers',
  'queues',
  'exchanges',
] as const;

export type TotalName = (typeof TOTAL_NAMES)[number];
/** Sums by their names. */
export type Totals = Record<TotalName, number>;

/** Those of them that only grow, and so outlive what they were counted of. */
export const GROWING_TOTALS: readonly TotalName[] = [...CHANNEL_NAMES, ...OCTETS, ...CHURN, 'routed'];

export const TOTAL_COLUMNS: Columns<Totals> = {
  names: TOTAL_NAMES,
  read: (totals, into) => {
    TOTAL_NAMES.forEach((name, i) => {
      into[i] = totals[name];
    });
  },
};
