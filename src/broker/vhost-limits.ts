import type { Json } from '../storage/definitions/definition-line.ts';
import type { DefinitionsLog } from '../storage/definitions/definitions-log.ts';
import { limitFaults, withoutLimit } from './limits/limit-values.ts';
import type { VirtualHostLimits } from './limits/vhost-room.ts';
import { noteChanges } from './note-changes.ts';
import { validationFailure } from './validation-failure.ts';
import type { VirtualHosts } from './virtual-hosts.ts';

const KIND = 'vhost_limit';
/** What RabbitMQ calls them where it tells of changes. */
const PARAMETER = 'vhost-limits';
const NAMES = ['max-connections', 'max-queues'] as const;

interface StoredLimits {
  readonly vhost: string;
  readonly limits: VirtualHostLimits;
}

/**
 * How many connections and queues virtual hosts may have. A limit that is lower than what is there takes nothing away, but
 * lets nothing be added. What is noted is on disk once that was committed.
 */
export class VhostLimits {
  private readonly vhosts: VirtualHosts;
  private readonly log: DefinitionsLog | undefined;

  /**
   * Brings back those that are noted: to be done after queues are brought back, of which there may be more.
   *
   * @param log undefined: nothing survives a restart
   */
  constructor(vhosts: VirtualHosts, log: DefinitionsLog | undefined) {
    this.vhosts = vhosts;
    this.log = log;
    for (const { value } of log?.definitions<StoredLimits>(KIND) ?? []) {
      const { vhost, limits } = value;
      vhosts.require(vhost).limits = limits;
    }
  }

  /**
   * Sets one of the limits. A negative value stands for none.
   *
   * @throws OperationError if it makes no sense, or there is no such virtual host; AmqpError if it can't be noted: then
   * nothing has changed
   */
  set(vhost: string, name: string, value: Json): void {
    this.setAll(vhost, { ...this.vhosts.require(vhost).limits, [name]: value });
  }

  /** Sets these limits, and no others. @throws OperationError, AmqpError: see `set` */
  setAll(vhostName: string, limits: Json): void {
    const vhost = this.vhosts.require(vhostName);
    requireVhostLimits(limits);
    noteChanges(this.log, [['put', KIND, [vhostName], { vhost: vhostName, limits }]]);
    vhost.limits = limits as VirtualHostLimits;
    const { events } = this.vhosts;
    events.emit('parameter.set', { component: PARAMETER, vhost: vhostName, name: 'limits', value: limits });
    events.emit('vhost.limits.set', { vhost: vhostName, limits: limits as Readonly<Record<string, Json>> });
  }

  /**
   * Clears one of the limits. Where it was the last, limits are set, and are none, as in RabbitMQ.
   * @throws OperationError if there is no such virtual host; AmqpError: see `set`
   */
  clear(vhostName: string, name: string): void {
    this.setAll(vhostName, withoutLimit(this.vhosts.require(vhostName).limits ?? {}, name) as Json);
  }

  /** @throws OperationError, AmqpError: see `clear` */
  clearAll(vhostName: string): void {
    const vhost = this.vhosts.require(vhostName);
    noteChanges(this.log, [['remove', KIND, [vhostName]]]);
    vhost.limits = undefined;
    const { events } = this.vhosts;
    events.emit('parameter.cleared', { component: PARAMETER, vhost: vhostName, name: 'limits' });
    events.emit('vhost.limits.cleared', { vhost: vhostName });
  }
}

/** @throws OperationError unless they are limits that virtual hosts can have */
export function requireVhostLimits(limits: Json): void {
  const faults = limitFaults(limits, NAMES, 'limits');
  if (faults.length > 0) throw validationFailure(faults);
}
