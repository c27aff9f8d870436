import { Histogram } from '../../observe/histogram.ts';
import { Message } from '../../protocol/message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { TestClock } from '../../time/clock.test.helper.ts';
import { ConsumerTimeouts } from '../consumer-timeouts.ts';
import { DeadLetterCounts } from './dead-letter-counts.ts';
import { DeadLetterOutbox } from './dead-letter-outbox.ts';
import { DispatchSchedule } from './dispatch-schedule.ts';
import type { QueueEnvironment } from './queue-environment.ts';
import { ReadRetries } from './read-retries.ts';

/** What a queue needs of its virtual host, where there is none. */
export function environmentOf(store: MessageStore, clock = new TestClock()): QueueEnvironment {
  const publisher = { publish: (_message: Message, onSafe: () => void) => onSafe() };
  const consumerTimeouts = new ConsumerTimeouts();
  const deadLetterOutbox = new DeadLetterOutbox(clock);
  return {
    store,
    outgoing: new Message(),
    clock,
    publisher,
    consumerTimeouts,
    deadLetterOutbox,
    dispatches: new DispatchSchedule(clock),
    readRetries: new ReadRetries(clock, () => undefined),
    deadLetterCounts: new DeadLetterCounts(),
    deliveryLatency: new Histogram([]),
    expire: () => undefined,
    onDeadLetterCycle: () => undefined,
  };
}
