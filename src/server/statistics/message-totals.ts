import { DeadLetterCounts } from '../../broker/queue/dead-letter-counts.ts';
import { QueueCounters } from '../../broker/queue/queue-counters.ts';
import type { VirtualHost } from '../../broker/vhost.ts';

/** What has become of messages since the broker was started: of queues that there are and that there were. All of it only grows. */
export interface MessageTotals {
  readonly classic: QueueCounters;
  readonly quorum: QueueCounters;
  readonly deadLetters: DeadLetterCounts;
  /** How many messages came that were to be confirmed. */
  receivedToConfirm: number;
}

export function noMessageTotals(): MessageTotals {
  const [classic, quorum, deadLetters] = [new QueueCounters(), new QueueCounters(), new DeadLetterCounts()];
  return { classic, quorum, deadLetters, receivedToConfirm: 0 };
}

export function addMessageTotalsOf(sum: MessageTotals, more: MessageTotals): void {
  sum.classic.add(more.classic);
  sum.quorum.add(more.quorum);
  sum.deadLetters.addAll(more.deadLetters);
  sum.receivedToConfirm += more.receivedToConfirm;
}

/** Without the channels that are open. */
export function addMessageTotals(sum: MessageTotals, { counters, queues }: VirtualHost): void {
  const { deletedQueues, deadLetters, receivedToConfirmOfClosed: receivedToConfirm } = counters;
  addMessageTotalsOf(sum, { ...deletedQueues, deadLetters, receivedToConfirm });
  for (const queue of queues.values()) sum[queue.settings.isQuorum ? 'quorum' : 'classic'].add(queue.counters);
}
