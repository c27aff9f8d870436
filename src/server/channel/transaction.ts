import type { Keeper } from '../../broker/exchange/keeper.ts';
import { durableIdsOf, type Receiver } from '../../broker/routing/router.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { Message } from '../../protocol/message.ts';
import type { CommitListener } from '../../storage/disk/group-commit.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { MessageJournal } from '../../storage/message-journal.ts';

const NO_QUEUE = 0;
/** So many publishes may wait for a commit, which takes them out of memory all at once. */
const MOST_PUBLISHES = 2 ** 20;

/** A message that waits for tx.commit. */
export interface TransactionPublish {
  readonly message: Message;
  readonly queues: readonly Receiver[];
  readonly isPersistent: boolean;
  readonly isMandatory: boolean;
}

interface PendingPublish extends Omit<TransactionPublish, 'message'> {
  /** A reference of the transaction's. */
  readonly slot: number;
  readonly isDelayed: boolean;
}

/** Something that waits for tx.commit: a settled delivery. */
export interface PendingSettlement {
  readonly slot: number;
  /** Number of the durable queue that will be done with the message; 0: it is none, or the message comes back to it. */
  readonly acknowledgingQueue: number;
  commit(): void;
  rollback(): void;
}

/** Takes a message that was published in the transaction to its queues. */
type Deliver = (message: Message, queues: readonly Receiver[], isMandatory: boolean) => void;

/** What a channel has published and settled since the last commit (AMQP 0-9-1, section 1.9). */
export class Transaction {
  private readonly store: MessageStore;
  private readonly journal: MessageJournal | undefined;
  private readonly view = new Message();
  private publishes: PendingPublish[] = [];
  private settlements: PendingSettlement[] = [];

  constructor(store: MessageStore, journal: MessageJournal | undefined) {
    this.store = store;
    this.journal = journal;
  }

  /** How many publishes wait for the commit. */
  get publishCount(): number {
    return this.publishes.length;
  }

  /** How many acknowledgements wait for the commit. */
  get settlementCount(): number {
    return this.settlements.length;
  }

  /** @throws AmqpError PRECONDITION_FAILED if very many wait already */
  publish({ message, queues, isPersistent, isMandatory }: TransactionPublish): void {
    if (this.publishes.length >= MOST_PUBLISHES) {
      throw new AmqpError('PRECONDITION_FAILED', `more than ${MOST_PUBLISHES} publishes in a transaction`);
    }
    const { isDelayed } = message;
    this.publishes.push({ slot: this.store.keepCopy(message), isDelayed, queues, isPersistent, isMandatory });
  }

  settle(settlement: PendingSettlement): void {
    this.settlements.push(settlement);
  }

  /**
   * Does all that was put off, in order: publishes through `deliver`, then settlements. What is durable in it goes to disk
   * as a whole, or not at all; settlements then wait for that, since an acknowledgement must not survive without the rest.
   *
   * @returns whether anything of it is durable, and so on its way to disk; otherwise all is done already
   * @throws AmqpError if the disk is full or has failed; the transaction is as it was
   */
  commit(deliver: Deliver): boolean {
    const publishes = this.publishes.map((publish) => ({
      ...publish,
      queues: this.claimed(publish) ? publish.queues.filter((queue) => !queue.isDeleted) : [],
    }));
    const { settlements } = this;
    const settleAll = () => {
      for (const settlement of settlements) settlement.commit();
    };
    const durableSlots = this.makeDurableOrUnclaim(publishes, { committed: settleAll, commitFailed: () => undefined });
    this.publishes = publishes.map((publish, i) => ({ ...publish, slot: durableSlots?.[i] ?? publish.slot }));
    if (durableSlots !== undefined) this.settlements = [];
    this.publishAll(deliver);
    if (durableSlots !== undefined) return true;
    this.settlements = [];
    settleAll();
    return false;
  }

  /** Where one can't be read, it and what comes after it are still there for `rollback`: the client is told by its channel's end. */
  private publishAll(deliver: Deliver): void {
    const { publishes, store, view } = this;
    let count = 0;
    try {
      for (const { slot, isDelayed, queues, isMandatory } of publishes) {
        store.restamp(slot); // its time to live begins now
        // a queue that drops messages may move what the store has: the message is looked up for each
        for (const receivers of queues.length > 1 ? queues.map((queue) => [queue]) : [queues]) {
          store.read(slot, view);
          view.isDelayed = isDelayed;
          deliver(view, receivers, isMandatory);
        }
        store.release(slot, NO_QUEUE);
        count++;
      }
    } finally {
      publishes.splice(0, count);
    }
  }

  /** Whether the message is to be published: exchanges on its way may have seen one like it since it came. */
  private claimed({ slot, queues }: PendingPublish): boolean {
    const witnesses = queues.filter(({ kind }) => kind === 'keeper') as Keeper[];
    if (witnesses.length === 0) return true;
    this.store.read(slot, this.view);
    return witnesses.every((witness) => witness.claim?.(this.view) ?? true);
  }

  private makeDurableOrUnclaim(publishes: readonly PendingPublish[], listener: CommitListener): number[] | undefined {
    try {
      return this.makeDurable(publishes, listener);
    } catch (error) {
      for (const { slot, queues } of publishes) {
        this.store.read(slot, this.view);
        for (const queue of queues) if (queue.kind === 'keeper') queue.unclaim?.(this.view);
      }
      throw error;
    }
  }

  /** Appends what is durable to the log; returns the publishes' slots there, or undefined if nothing is durable. */
  private makeDurable(publishes: readonly PendingPublish[], listener: CommitListener): number[] | undefined {
    const { journal } = this;
    if (journal === undefined) return undefined;
    const acks = this.settlements
      .filter(({ slot, acknowledgingQueue }) => acknowledgingQueue !== 0 && journal.holds(slot))
      .map(({ slot, acknowledgingQueue }) => ({ slot, queue: acknowledgingQueue }));
    const isDurable = ({ isPersistent, queues }: PendingPublish) => isPersistent && durableIdsOf(queues).length > 0;
    const count = publishes.filter(isDurable).length;
    if (count === 0 && acks.length === 0) return undefined;
    const appended: number[] = [];
    try {
      const slots = publishes.map((publish) => {
        if (!isDurable(publish)) return publish.slot;
        const slot = this.append(journal, publish);
        appended.push(slot);
        return slot;
      });
      journal.endTransaction(count, acks, listener);
      for (const publish of publishes) if (isDurable(publish)) this.store.release(publish.slot, NO_QUEUE);
      return slots;
    } catch (error) {
      for (const slot of appended) {
        journal.abandon(slot);
        this.store.release(slot, NO_QUEUE);
      }
      throw error;
    }
  }

  private append(journal: MessageJournal, { slot, queues }: PendingPublish): number {
    this.store.read(slot, this.view);
    return journal.appendInTransaction(this.view, durableIdsOf(queues));
  }

  /** Forgets the publishes and takes the settlements back: the deliveries are unacknowledged again. */
  rollback(): void {
    const { publishes, settlements } = this;
    this.publishes = [];
    this.settlements = [];
    for (const { slot } of publishes) this.store.release(slot, NO_QUEUE);
    for (const settlement of settlements) settlement.rollback();
  }
}
