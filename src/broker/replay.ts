import { detach } from '../protocol/detached-message.ts';
import { Message } from '../protocol/message.ts';
import type { MessageStore } from '../storage/message/message-store.ts';
import type { Destination } from './binding.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { InternalPublisher } from './internal-publisher.ts';
import type { Queue } from './queue/queue.ts';
import { type Destinations, durableIdsOf } from './routing/router.ts';
import { routingKeysOf } from './routing/sender-selected-keys.ts';

/** Whoever kept the messages was no queue. */
const NO_QUEUE = 0;

/** The virtual host that messages are replayed in. */
export interface ReplayingVhost {
  readonly publisher: InternalPublisher;
  destinationsOf(exchange: Exchange, message: Message, routingKeys: readonly string[]): Destinations;
}

/**
 * Takes messages of the store to a queue, or through an exchange, in order. They are held meanwhile, and copied on their
 * way: what one of them sets in motion may push the others out of where they are kept.
 *
 * @throws AmqpError as a publish to a full disk does; then the rest of them goes nowhere
 */
export function replay(
  slots: readonly number[],
  destination: Destination,
  store: MessageStore,
  vhost: ReplayingVhost,
): void {
  const view = new Message();
  for (const slot of slots) {
    store.read(slot, view);
    store.hold(view);
  }
  try {
    for (const slot of slots) {
      store.read(slot, view);
      detach(view);
      const { queues, durableIds } = destinationsBehind(destination, view, vhost);
      vhost.publisher.publishTo(queues, durableIds, view, () => undefined);
    }
  } finally {
    for (const slot of slots) store.release(slot, NO_QUEUE);
  }
}

function destinationsBehind(destination: Destination, message: Message, vhost: ReplayingVhost): Destinations {
  if (destination.kind === 'exchange') {
    return vhost.destinationsOf(destination as Exchange, message, routingKeysOf(message));
  }
  const queues = [destination as Queue];
  return { queues, durableIds: durableIdsOf(queues) };
}
