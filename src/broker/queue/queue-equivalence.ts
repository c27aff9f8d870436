import { assertSame, assertSameArguments } from '../equivalence.ts';
import type { Queue, QueueProperties } from './queue.ts';
import { COMPARED_QUEUE_ARGUMENTS, queueType } from './queue-arguments.ts';

/** Refuses a declaration of a queue that is there and differs. @throws InequivalentError */
export function assertEquivalentQueue(existing: Queue, received: QueueProperties): void {
  const { properties: current } = existing;
  const resource = existing.toString();
  assertSame('durable', resource, received.durable, current.durable);
  assertSame('auto_delete', resource, received.autoDelete, current.autoDelete);
  assertSameArguments(COMPARED_QUEUE_ARGUMENTS, resource, received.arguments, current.arguments);
  if (queueType(received.arguments) !== queueType(current.arguments)) {
    assertSameArguments(['x-queue-type'], resource, received.arguments, current.arguments);
  }
}
