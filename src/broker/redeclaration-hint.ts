import type { Logger } from '../observe/logger.ts';
import type { BrokerEvent } from './events/broker-events.ts';
import { isPolicyKey } from './policy/policy-keys.ts';

/** So many queues and arguments are remembered; what is beyond is not told of. */
const MAX_TOLD = 1000;
/** At most one is told of in this time. */
const INTERVAL_MS = 1000;
const ARGUMENT_PREFIX = 'x-';

/**
 * Tells the operator, once for a queue and an argument, that an application declares the queue otherwise than it is, and what
 * can be done about it: the application itself sees only that its channel is closed.
 */
export class RedeclarationHint {
  private readonly log: Logger;
  private readonly now: () => number;
  private readonly told = new Set<string>();
  private lastMs = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds on any clock */
  constructor(log: Logger, now: () => number = () => performance.now()) {
    this.log = log;
    this.now = now;
  }

  /** Listens to what happens in the broker. */
  readonly hear = (event: BrokerEvent): void => {
    if (event.name !== 'queue.redeclared' || this.told.size >= MAX_TOLD) return;
    const { name: queue, vhost, argument, received, current } = event.facts;
    const key = JSON.stringify([vhost, queue, argument]);
    const nowMs = this.now();
    if (this.told.has(key) || nowMs - this.lastMs < INTERVAL_MS) return;
    this.told.add(key);
    this.lastMs = nowMs;
    const fields = { queue, vhost, argument, received, current, user: event.performedBy };
    this.log.warn(fields, `a queue is declared otherwise than it is, which is refused: ${remedy(argument)}`);
  };
}

function remedy(argument: string): string {
  const key = argument.startsWith(ARGUMENT_PREFIX) ? argument.slice(ARGUMENT_PREFIX.length) : undefined;
  if (key === undefined || !isPolicyKey(key)) return 'declare it as it is, or delete it first';
  return `leave the argument out and set '${key}' by a policy, which can be changed at any time, or delete the queue first`;
}
