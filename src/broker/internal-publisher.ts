import type { Message } from '../protocol/message.ts';
import { deliveryModeIn, scanProperties, selectsRoutes, TRANSIENT } from '../protocol/property-scan.ts';
import type { MessageJournal } from '../storage/message-journal.ts';
import type { MessageStore } from '../storage/message-store.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';
import { type Destinations, durableIdsOf } from './router.ts';
import { routingKeysOf } from './sender-selected-keys.ts';

/** The publisher's own reference is no queue's. */
const NO_QUEUE = 0;

/** The virtual host that messages are published in. */
export interface RoutingVhost {
  readonly exchanges: ReadonlyMap<string, Exchange>;
  destinationsOf(exchange: Exchange, message: Message, routingKeys?: readonly string[]): Destinations;
}

/** Publishes what the broker itself sends: dead letters, delayed messages, events. It asks for no permissions. */
export class InternalPublisher {
  private readonly vhost: RoutingVhost;
  private readonly store: MessageStore;
  private readonly journal: MessageJournal | undefined;

  constructor(vhost: RoutingVhost, store: MessageStore, journal: MessageJournal | undefined) {
    this.vhost = vhost;
    this.store = store;
    this.journal = journal;
  }

  /**
   * Takes the message to the queues that its exchange and routing key lead to; nowhere, if there is no such exchange.
   *
   * @param onSafe called once it is as safe there as it can be: on disk, where it is persistent and a queue durable; else at
   *   once. Never, if the disk fails.
   * @param mayTake tells the queues, by their names, that it may go to; without it, to all that it is routed to
   * @returns the queues that it went to
   * @throws AmqpError RESOURCE_ERROR if the disk is full, INTERNAL_ERROR if it has failed: then it went nowhere
   */
  publish(message: Message, onSafe: () => void, mayTake?: (queue: string) => boolean): readonly Queue[] {
    const exchange = this.vhost.exchanges.get(message.exchange);
    if (exchange === undefined) {
      onSafe();
      return [];
    }
    const routingKeys = selectsRoutes(scan(message)) ? routingKeysOf(message) : undefined;
    const { queues, durableIds } = this.vhost.destinationsOf(exchange, message, routingKeys);
    const takers = mayTake === undefined ? queues : queues.filter(({ name }) => mayTake(name));
    this.publishTo(takers, takers.length === queues.length ? durableIds : durableIdsOf(takers), message, onSafe);
    return takers;
  }

  /** The same for queues that are known already. */
  publishTo(queues: readonly Queue[], durableIds: Int32Array, message: Message, onSafe: () => void): void {
    const { journal, store } = this;
    const isPersistent = deliveryModeIn(scan(message)) !== TRANSIENT;
    if (journal === undefined || !isPersistent || durableIds.length === 0) {
      for (const queue of queues) queue.publish(message);
      onSafe();
      return;
    }
    journal.append(message, durableIds);
    const { slot } = message;
    for (const queue of queues) queue.publish(message);
    store.release(slot, NO_QUEUE);
    journal.commit.wait({ committed: onSafe, commitFailed: () => undefined });
  }
}

function scan({ header, headerStart, headerEnd }: Message): number {
  return scanProperties(header, headerStart, headerEnd);
}
