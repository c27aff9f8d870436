import type { BrokerEvent } from '../../broker/events/broker-events.ts';
import type { Logger } from '../../observe/logger.ts';

/**
 * Logs what administrators do, and at level debug what clients declare and delete. Values of parameters are left out, since
 * plugins keep addresses with passwords there; what is told of users has no passwords in it.
 */
export class EventLog {
  private readonly log: Logger;

  constructor(log: Logger) {
    this.log = log;
  }

  /** Listens to what happens in the broker. */
  readonly hear = ({ name, facts, performedBy: by }: BrokerEvent): void => {
    const text = name.replaceAll('.', ' ');
    switch (name) {
      case 'user.created':
      case 'user.deleted':
      case 'user.password.changed':
      case 'user.password.cleared':
        this.log.info({ user: facts.name, by }, text);
        break;
      case 'user.tags.set':
        this.log.info({ user: facts.name, tags: facts.tags, by }, text);
        break;
      case 'permission.created':
      case 'permission.deleted':
      case 'topic.permission.created':
      case 'topic.permission.deleted':
      case 'user.limits.set':
      case 'user.limits.cleared':
      case 'vhost.limits.set':
      case 'vhost.limits.cleared':
        this.log.info({ ...facts, by }, text);
        break;
      case 'vhost.created':
      case 'vhost.deleted':
        this.log.info({ vhost: facts.name, by }, text);
        break;
      case 'policy.set':
        this.log.info({ policy: facts.name, vhost: facts.vhost, definition: facts.definition, by }, text);
        break;
      case 'policy.cleared':
      case 'operator.policy.cleared':
        this.log.info({ policy: facts.name, vhost: facts.vhost, by }, text);
        break;
      case 'parameter.set':
      case 'parameter.cleared':
        this.log.info({ component: facts.component, parameter: facts.name, vhost: facts.vhost, by }, text);
        break;
      case 'queue.created':
      case 'queue.deleted':
        this.log.debug({ queue: facts.name, vhost: facts.vhost, by }, text);
        break;
      case 'exchange.created':
      case 'exchange.deleted':
        this.log.debug({ exchange: facts.name, vhost: facts.vhost, by }, text);
        break;
    }
  };
}
