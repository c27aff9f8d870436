import type { Histogram } from '../../observe/histogram.ts';
import type { Message } from '../../protocol/message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { Clock } from '../../time/clock.ts';
import type { ConsumerTimeouts } from '../consumer-timeouts.ts';
import type { DeadLetterCounts } from './dead-letter-counts.ts';
import type { DeadLetterOutbox } from './dead-letter-outbox.ts';
import type { DispatchSchedule } from './dispatch-schedule.ts';
import type { ReadRetries } from './read-retries.ts';

/** Publishes what the broker itself sends (see InternalPublisher). */
export interface QueuePublisher {
  /**
   * @param onSafe called once the message is where it went, as safe as it can be there
   * @param mayTake tells the queues, by their names, that it may go to; without it, to all that it is routed to
   * @throws AmqpError as a full disk does
   */
  publish(message: Message, onSafe: () => void, mayTake?: (queue: string) => boolean): void;
}

/** What a queue needs of the virtual host that it is in. */
export interface QueueEnvironment {
  readonly store: MessageStore;
  /** A view for stored messages on their way out. */
  readonly outgoing: Message;
  readonly clock: Clock;
  readonly publisher: QueuePublisher;
  readonly consumerTimeouts: ConsumerTimeouts;
  readonly deadLetterOutbox: DeadLetterOutbox;
  readonly dispatches: DispatchSchedule;
  readonly readRetries: ReadRetries;
  readonly deadLetterCounts: DeadLetterCounts;
  /** Of some deliveries: how long after the message came, in milliseconds. */
  readonly deliveryLatency: Histogram;
  /** Deletes the queue, because nobody has used it for so long. */
  expire(queue: string): void;
  /** A dead letter was dropped, since it had gone round from the queue to `target` without a consumer rejecting it. */
  onDeadLetterCycle(queue: string, target: string): void;
}
