import type { Logger } from '../../observe/logger.ts';
import type { BrokerEventListener } from './broker-events.ts';

/** Tells the operator, about once a second while it lasts, that consumers wait since the disk does not give a message back. */
export function logUnreadableQueues(log: Logger): BrokerEventListener {
  return ({ name, facts }) => {
    if (name !== 'queue.unreadable') return;
    const { name: queue, vhost, error } = facts;
    log.error({ queue, vhost, err: error }, 'deliveries of a queue wait until its first message can be read');
  };
}
