import { Message, NOT_STORED } from '../protocol/message.ts';
import { deliveryModeIn, hasDelay, scanProperties, selectsRoutes, TRANSIENT } from '../protocol/property-scan.ts';
import type { MessageStore } from '../storage/message/message-store.ts';
import type { MessageJournal } from '../storage/message-journal.ts';
import type { Exchange } from './exchange/exchange.ts';
import { announceExpiration, type Destinations, durableIdsOf, type Receiver } from './routing/router.ts';
import { routingKeysOf } from './routing/sender-selected-keys.ts';
import { takersOf } from './routing/takers.ts';

/** The virtual host that messages are published in. */
export interface RoutingVhost {
  readonly exchanges: ReadonlyMap<string, Exchange>;
  destinationsOf(exchange: Exchange, message: Message, routingKeys?: readonly string[]): Destinations;
  destinationsOnward(exchange: Exchange, message: Message, routingKeys?: readonly string[]): Destinations;
}

/** What has become of a message that was offered to queues. */
export interface Offered {
  /** It was for one queue at least. */
  readonly isRouted: boolean;
  /** One of them had no room for it. */
  readonly isRefused: boolean;
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
   * @throws AmqpError RESOURCE_ERROR if the disk is full, INTERNAL_ERROR if it has failed: then it went nowhere
   */
  publish(message: Message, onSafe: () => void, mayTake?: (queue: string) => boolean): void {
    const exchange = this.vhost.exchanges.get(message.exchange);
    if (exchange === undefined) {
      onSafe();
      return;
    }
    const { queues, durableIds } = this.vhost.destinationsOf(exchange, message, furtherKeysOf(message));
    const takers =
      mayTake === undefined ? queues : queues.filter(({ kind, name }) => kind === 'keeper' || mayTake(name));
    this.publishTo(takers, takers.length === queues.length ? durableIds : durableIdsOf(takers), message, onSafe);
  }

  /**
   * Takes a message to the queues that it is for, as far as they want it: not those that have no room for it, or one like it.
   *
   * @param onRouted called before, with all that it is for
   * @throws AmqpError as `publish` does
   */
  offer(
    exchange: Exchange,
    message: Message,
    routingKeys: readonly string[],
    onRouted: (receivers: readonly Receiver[]) => void,
  ): Offered {
    scan(message);
    const destinations = this.vhost.destinationsOf(exchange, message, routingKeys);
    onRouted(destinations.queues);
    const { queues, durableIds, isRefused = false } = takersOf(destinations, message);
    this.publishTo(queues, durableIds, message, () => undefined);
    return { isRouted: destinations.queues.length > 0, isRefused };
  }

  /** The same as `publish` for a message that the exchange has kept so far: it goes to where the exchange's bindings lead. */
  publishOnward(exchangeName: string, message: Message, onSafe: () => void): void {
    const exchange = this.vhost.exchanges.get(exchangeName)!; // what it keeps goes with it
    const { queues, durableIds } = this.vhost.destinationsOnward(exchange, message, furtherKeysOf(message));
    this.publishTo(queues, durableIds, message, onSafe);
  }

  /** A queue that drops messages may move what the store has: a view of it is looked up again for the next. */
  private handTo(queues: readonly Receiver[], message: Message): void {
    const isView = message.slot !== NOT_STORED && !message.isHolder;
    for (let i = 0; i < queues.length; i++) {
      if (i > 0 && isView) this.store.read(message.slot, message);
      queues[i]!.publish(message);
    }
  }

  /** The same as `publish` for queues that are known already. */
  publishTo(queues: readonly Receiver[], durableIds: Int32Array, message: Message, onSafe: () => void): void {
    try {
      this.offerTo(queues, durableIds, message, onSafe);
    } finally {
      this.store.endPublish(message);
    }
  }

  private offerTo(queues: readonly Receiver[], durableIds: Int32Array, message: Message, onSafe: () => void): void {
    const { journal, store } = this;
    announceExpiration(message, queues);
    const isPersistent = deliveryModeIn(scan(message)) !== TRANSIENT;
    if (journal === undefined || !isPersistent || durableIds.length === 0) {
      this.handTo(queues, message);
      onSafe();
      return;
    }
    journal.append(message, durableIds);
    const appended = new Message(); // where the message was may be out of sight by now
    store.read(message.slot, appended);
    appended.isDelayed = message.isDelayed;
    this.handTo(queues, appended);
    journal.commit.wait({ committed: onSafe, commitFailed: () => undefined });
  }
}

/** Notes on the way whether the message is to be delayed. */
function scan(message: Message): number {
  const scanned = scanProperties(message.header, message.headerStart, message.headerEnd);
  message.isDelayed = hasDelay(scanned);
  return scanned;
}

/** Its routing keys, if its sender has selected more than one. */
function furtherKeysOf(message: Message): string[] | undefined {
  return selectsRoutes(scan(message)) ? routingKeysOf(message) : undefined;
}
