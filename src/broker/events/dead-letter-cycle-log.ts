import type { Logger } from '../../observe/logger.ts';
import type { BrokerEventListener } from './broker-events.ts';

/** Tells the operator, once for a queue, that messages are lost in a cycle of dead-letter exchanges. */
export function logDeadLetterCycles(log: Logger): BrokerEventListener {
  return ({ name, facts }) => {
    if (name !== 'queue.dead_letter_cycle') return;
    const { name: queue, vhost, target } = facts;
    const text =
      'dead letters of a queue are dropped: they come back to a queue that they died in, and no consumer rejected them';
    log.warn({ queue, vhost, target }, text);
  };
}
