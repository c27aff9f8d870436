import { AmqpError } from '../../protocol/amqp-error.ts';
import { hasRoom, type Limits } from './limit-values.ts';

export type VirtualHostLimits = Limits<'max-connections' | 'max-queues'>;

interface LimitedHost {
  readonly name: string;
  readonly limits: VirtualHostLimits | undefined;
  readonly connectionCount: number;
  readonly queues: { readonly size: number };
}

/**
 * @param user who wants to open the virtual host
 * @throws AmqpError NOT_ALLOWED if there are as many connections as may be
 */
export function requireConnectionRoom({ name, limits, connectionCount }: LimitedHost, user: string): void {
  const limit = limits?.['max-connections'];
  if (hasRoom(limit, connectionCount)) return;
  const text = `access to vhost '${name}' refused for user '${user}': connection limit (${limit}) is reached`;
  throw new AmqpError('NOT_ALLOWED', text);
}

/** @throws AmqpError PRECONDITION_FAILED if there are as many queues as may be */
export function requireQueueRoom({ name, limits, queues }: LimitedHost, queue: string): void {
  const limit = limits?.['max-queues'];
  if (hasRoom(limit, queues.size)) return;
  const text = `cannot declare queue '${queue}': queue limit in vhost '${name}' (${limit}) is reached`;
  throw new AmqpError('PRECONDITION_FAILED', text);
}
