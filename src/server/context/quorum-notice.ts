import type { Queue } from '../../broker/queue/queue.ts';
import type { Logger } from '../../observe/logger.ts';

/** Tells the operator, once, what quorum queues are here. */
export class QuorumNotice {
  private readonly log: Logger;
  private isGiven = false;

  constructor(log: Logger) {
    this.log = log;
  }

  /** Somebody has declared the queue. */
  declared({ name, vhost, settings }: Pick<Queue, 'name' | 'vhost' | 'settings'>): void {
    if (this.isGiven || !settings.isQuorum) return;
    this.isGiven = true;
    const text =
      'quorum queues are durable queues of this broker alone, which count deliveries: they are not replicated, and transient messages in them do not survive a restart';
    this.log.info({ queue: name, vhost }, text);
  }
}
