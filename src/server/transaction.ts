import type { Queue } from '../broker/queue/queue.ts';
import type { Message } from '../protocol/message.ts';
import type { MessageStore } from '../storage/message-store.ts';

interface PendingPublish {
  readonly slot: number;
  readonly queues: readonly Queue[];
  readonly isMandatory: boolean;
}

/** Something that waits for tx.commit: a settled delivery. */
export interface PendingSettlement {
  commit(): void;
  rollback(): void;
}

/** What a channel has published and settled since the last commit (AMQP 0-9-1, section 1.9). */
export class Transaction {
  private readonly store: MessageStore;
  private publishes: PendingPublish[] = [];
  private settlements: PendingSettlement[] = [];

  constructor(store: MessageStore) {
    this.store = store;
  }

  publish(message: Message, queues: readonly Queue[], isMandatory: boolean): void {
    this.publishes.push({ slot: this.store.hold(message), queues, isMandatory });
  }

  settle(settlement: PendingSettlement): void {
    this.settlements.push(settlement);
  }

  /** Does all that was put off, in order: publishes through `publish`, then settlements. */
  commit(publish: (slot: number, queues: readonly Queue[], isMandatory: boolean) => void): void {
    const { publishes, settlements } = this;
    this.publishes = [];
    this.settlements = [];
    for (const { slot, queues, isMandatory } of publishes) {
      publish(slot, queues, isMandatory);
      this.store.release(slot);
    }
    for (const settlement of settlements) settlement.commit();
  }

  /** Forgets the publishes and takes the settlements back: the deliveries are unacknowledged again. */
  rollback(): void {
    const { publishes, settlements } = this;
    this.publishes = [];
    this.settlements = [];
    for (const { slot } of publishes) this.store.release(slot);
    for (const settlement of settlements) settlement.rollback();
  }
}
