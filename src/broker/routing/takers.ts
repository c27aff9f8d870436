import type { Message } from '../../protocol/message.ts';
import { type Destinations, durableIdsOf, type Receiver } from './router.ts';

/** Whether the queue has no room for the message. */
export function isRefusedBy(queue: Receiver, message: Message): boolean {
  return queue.mayRefuse && queue.refuses(message);
}

/** The queues that take a message. */
export interface Takers extends Destinations {
  /** One of the others had no room for it; undefined: there are no others. */
  readonly isRefused?: boolean;
}

/**
 * The queues that take the message, which are mostly all of them; the others have refused it, or have one like it. It is not
 * even written to disk for those: a crash before they could say so would leave it there.
 */
export function takersOf(destinations: Destinations, message: Message): Takers {
  const { queues } = destinations;
  for (let i = 0; i < queues.length; i++) {
    const queue = queues[i]!;
    if (queue.mayRefuse && (queue.refuses(message) || queue.isDuplicate(message))) return onlyTakers(queues, message);
  }
  return destinations;
}

function onlyTakers(queues: readonly Receiver[], message: Message): Takers {
  const takers: Receiver[] = [];
  let isRefused = false;
  for (const queue of queues) {
    if (!queue.mayRefuse) takers.push(queue);
    else if (queue.refuses(message)) {
      queue.refuse(message);
      isRefused = true;
    } else if (!queue.isDuplicate(message)) takers.push(queue);
  }
  return { queues: takers, durableIds: durableIdsOf(takers), isRefused };
}
