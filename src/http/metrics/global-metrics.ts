import type { DeadLetterCounts, QueueKind } from '../../broker/queue/dead-letter-counts.ts';
import { QueueCounters } from '../../broker/queue/queue-counters.ts';
import type { DeathReason } from '../../broker/queue/x-death.ts';
import { counter, family, gauge, type MetricFamily } from './metric.ts';
import type { Scrape } from './scrape.ts';

const protocol = 'amqp091';
const NO_STREAMS = new QueueCounters();

/** What queues of a type have done. */
interface OfType {
  readonly type: QueueKind | 'stream';
  readonly counters: QueueCounters;
}

function* byType({ messageTotals: { classic, quorum } }: Scrape): Generator<OfType> {
  yield { type: 'classic', counters: classic };
  yield { type: 'quorum', counters: quorum };
  yield { type: 'stream', counters: NO_STREAMS };
}

/** RabbitMQ's names for what becomes of dead letters: dropped, or published in one of two ways. */
type Strategy = 'disabled' | 'at_most_once' | 'at_least_once';

interface DeadLettersOf {
  readonly kind: QueueKind;
  readonly strategy: Strategy;
  readonly counts: DeadLetterCounts;
}

const CLASSIC: readonly [QueueKind, Strategy][] = [
  ['classic', 'at_most_once'],
  ['classic', 'disabled'],
];
const QUORUM: readonly [QueueKind, Strategy][] = [
  ['quorum', 'at_least_once'],
  ['quorum', 'at_most_once'],
  ['quorum', 'disabled'],
];
const QUORUM_AT_MOST_ONCE: readonly [QueueKind, Strategy][] = QUORUM.slice(1);

/**
 * Messages that died for a reason. All dead letters of ours are published at least once; what RabbitMQ can't do so is told
 * under the name that it has there, so that nobody misses it.
 */
function deadLetters(
  reason: DeathReason,
  help: string,
  pairs: readonly (readonly [QueueKind, Strategy])[],
): MetricFamily {
  const isAtLeastOnce = (kind: QueueKind) =>
    pairs.some(([each, strategy]) => each === kind && strategy === 'at_least_once');
  const published = (kind: QueueKind) => (isAtLeastOnce(kind) ? 'at_least_once' : 'at_most_once');
  return family<DeadLettersOf>({
    name: 'global',
    objects: ({ messageTotals: { deadLetters: counts } }) =>
      pairs.map(([kind, strategy]) => ({ kind, strategy, counts })),
    labels: ({ kind, strategy }) => ({ queue_type: `rabbit_${kind}_queue`, dead_letter_strategy: strategy }),
    metrics: [
      counter(`global_messages_dead_lettered_${reason}_total`, help, ({ kind, strategy, counts }) => {
        if (strategy === 'disabled') return counts.get(kind, reason, false);
        return strategy === published(kind) ? counts.get(kind, reason, true) : 0;
      }),
    ],
  });
}

/** What goes on in the whole broker. They only grow, whatever is closed or deleted. */
export const GLOBAL_FAMILIES: readonly MetricFamily[] = [
  family<OfType>({
    name: 'global',
    objects: byType,
    labels: ({ type }) => ({ protocol, queue_type: `rabbit_${type}_queue` }),
    metrics: [
      counter(
        'global_messages_acknowledged_total',
        'Total number of messages acknowledged by consumers',
        ({ counters }) => counters.ack,
      ),
      counter(
        'global_messages_delivered_consume_auto_ack_total',
        'Total number of messages delivered to consumers using basic.consume with automatic acknowledgment',
        ({ counters }) => counters.deliverNoAck,
      ),
      counter(
        'global_messages_delivered_consume_manual_ack_total',
        'Total number of messages delivered to consumers using basic.consume with manual acknowledgment',
        ({ counters }) => counters.deliver,
      ),
      counter(
        'global_messages_delivered_get_auto_ack_total',
        'Total number of messages delivered to consumers using basic.get with automatic acknowledgment',
        ({ counters }) => counters.getNoAck,
      ),
      counter(
        'global_messages_delivered_get_manual_ack_total',
        'Total number of messages delivered to consumers using basic.get with manual acknowledgment',
        ({ counters }) => counters.get,
      ),
      counter(
        'global_messages_delivered_total',
        'Total number of messages delivered to consumers',
        ({ counters: { deliver, deliverNoAck, get, getNoAck } }) => deliver + deliverNoAck + get + getNoAck,
      ),
      counter(
        'global_messages_get_empty_total',
        'Total number of times basic.get operations fetched no message',
        ({ counters }) => counters.getEmpty,
      ),
      counter(
        'global_messages_redelivered_total',
        'Total number of messages redelivered to consumers',
        ({ counters }) => counters.redeliver,
      ),
    ],
  }),
  family<Scrape>({
    name: 'global',
    objects: (scrape) => [scrape],
    labels: () => ({ protocol }),
    metrics: [
      gauge('global_consumers', 'Current number of consumers', ({ totals }) => totals.consumers),
      gauge('global_publishers', 'Current number of publishers', ({ totals }) => totals.publishers),
      counter(
        'global_messages_received_total',
        'Total number of messages received from publishers',
        ({ totals }) => totals.publish,
      ),
      counter(
        'global_messages_received_confirm_total',
        'Total number of messages received from publishers expecting confirmations',
        ({ messageTotals }) => messageTotals.receivedToConfirm,
      ),
      counter(
        'global_messages_confirmed_total',
        'Total number of messages confirmed to publishers',
        ({ totals }) => totals.confirm,
      ),
      counter(
        'global_messages_routed_total',
        'Total number of messages routed to queues or streams',
        ({ totals }) => totals.routed,
      ),
      counter(
        'global_messages_unroutable_dropped_total',
        'Total number of messages published as non-mandatory into an exchange and dropped as unroutable',
        ({ totals }) => totals.drop_unroutable,
      ),
      counter(
        'global_messages_unroutable_returned_total',
        'Total number of messages published as mandatory into an exchange and returned to the publisher as unroutable',
        ({ totals }) => totals.return_unroutable,
      ),
    ],
  }),
  deadLetters('rejected', 'Total number of messages dead-lettered due to basic.reject or basic.nack', [
    ...CLASSIC,
    ...QUORUM,
  ]),
  deadLetters('expired', 'Total number of messages dead-lettered due to message TTL exceeded', [...CLASSIC, ...QUORUM]),
  deadLetters('maxlen', 'Total number of messages dead-lettered due to overflow drop-head or reject-publish-dlx', [
    ...CLASSIC,
    ...QUORUM_AT_MOST_ONCE,
  ]),
  deadLetters('delivery_limit', 'Total number of messages dead-lettered due to delivery-limit exceeded', QUORUM),
  family<Scrape>({
    name: 'global',
    objects: (scrape) => [scrape],
    labels: () => ({ queue_type: 'rabbit_quorum_queue', dead_letter_strategy: 'at_least_once' }),
    metrics: [
      counter(
        'global_messages_dead_lettered_confirmed_total',
        'Total number of messages dead-lettered and confirmed by target queues',
        ({ messageTotals }) => messageTotals.deadLetters.confirmed,
      ),
    ],
  }),
];
