import { AmqpError } from '../protocol/amqp-error.ts';

/** What is to be known of a queue: the connection that it is exclusive to, if it is. Its text is what RabbitMQ calls it. */
interface OwnedQueue {
  readonly owner: object | undefined;
  toString(): string;
}

/** A virtual host's exclusive queues, which go with the connection that has declared them (AMQP 0-9-1, queue.declare). */
export class ExclusiveQueues<Queue extends OwnedQueue> {
  private readonly byOwner = new Map<object, Set<Queue>>();

  /** Adds the queue, if it is exclusive. */
  add(queue: Queue): void {
    const { owner } = queue;
    if (owner === undefined) return;
    const owned = this.byOwner.get(owner);
    if (owned === undefined) this.byOwner.set(owner, new Set([queue]));
    else owned.add(queue);
  }

  delete(queue: Queue): void {
    if (queue.owner !== undefined) this.byOwner.get(queue.owner)?.delete(queue);
  }

  /** Forgets the connection; returns the queues that it has left. */
  take(owner: object): readonly Queue[] {
    const owned = [...(this.byOwner.get(owner) ?? [])];
    this.byOwner.delete(owner);
    return owned;
  }
}

/** @param user the connection that asks. @throws AmqpError RESOURCE_LOCKED if the queue is exclusive to another one */
export function requireUnlocked(queue: OwnedQueue, user: object): void {
  if (queue.owner !== undefined && queue.owner !== user) refuseLocked(queue);
}

/** @throws AmqpError RESOURCE_LOCKED, always */
export function refuseLocked(queue: OwnedQueue): never {
  throw new AmqpError(
    'RESOURCE_LOCKED',
    `cannot obtain exclusive access to locked ${queue}. It could be originally declared on another connection or the ` +
      'exclusive property value does not match that of the original declaration.',
  );
}
