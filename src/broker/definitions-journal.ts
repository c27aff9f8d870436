import type { Binding } from './binding.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';

/** What is removed together: an exchange or a queue with its bindings, and the auto-delete exchanges that go with these. */
export interface Removal {
  readonly exchanges: Exchange[];
  readonly queues: Queue[];
  readonly bindings: Binding[];
}

/**
 * Notes what is to survive a restart: durable exchanges, durable queues that are not exclusive, and bindings between such.
 * It is told of all changes, and picks those.
 */
export interface DefinitionsJournal {
  /** Called before the exchange is there. @throws AmqpError if it can't be noted: then it must not come into being */
  exchangeDeclared(exchange: Exchange): void;
  /** The same for a queue, which gets its `durableId`. @throws AmqpError */
  queueDeclared(queue: Queue): void;
  /** What is noted of the queue has changed. @throws AmqpError if it can't be noted: then it must not be so */
  queueChanged(queue: Queue): void;
  /** @throws AmqpError if the binding can't be noted: then it must not hold */
  bound(binding: Binding): void;
  /** Called after the fact. What can't be noted now is noted with the next change; see `requireNoted`. */
  removed(removal: Removal): void;
  /** Tries again to note removals that could not be. @throws AmqpError if they still can't */
  requireNoted(): void;
  /** Whether everything noted is there to stay. */
  readonly isCommitted: boolean;
}

/** For a broker that keeps nothing. */
export const NO_JOURNAL: DefinitionsJournal = {
  exchangeDeclared: () => undefined,
  queueDeclared: () => undefined,
  queueChanged: () => undefined,
  bound: () => undefined,
  removed: () => undefined,
  requireNoted: () => undefined,
  isCommitted: true,
};
