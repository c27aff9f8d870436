import { OrderRuns } from './order-runs.ts';
import {
  FIRST_TARGET_WORD,
  FLAG_IN_TRANSACTION,
  flagsOf,
  KIND_MESSAGE,
  KIND_TRANSACTION,
  KIND_TRANSACTION_SYNCED,
  kindOf,
  MESSAGE_COUNT_WORD,
  orderOf,
  TARGET_COUNT_WORD,
} from './record.ts';
import { TRANSACTION_ACK_WORDS } from './transactions.ts';

const TWO_TO_32 = 0x100000000;

/** The end of a transaction. Its messages have the orders just before its own. */
interface Ended {
  readonly order: number;
  readonly messageCount: number;
  readonly acks: readonly { readonly order: number; readonly queue: number }[];
}

/**
 * Which of the latest transactions have happened. One that a power cut met before its sync had ended may have lost any of
 * its records: it has happened only if all of them are there. Once it is noted that it was on disk, it has, whatever was
 * damaged since. Only then its acknowledgements count; some of them may not have reached their segments' files.
 */
export class TransactionReplay {
  private readonly messageOrders = new OrderRuns();
  /** The latest transaction that is known to have been on disk, and so were all before it. */
  lastSynced = 0;
  /** The latest of these transactions that has happened, by its order; 0: none has. */
  lastHappened = 0;
  private readonly ended: Ended[] = [];
  private readonly happened = new Set<number>();
  /** Queues by the order of the message that they have acknowledged. */
  private readonly acknowledged = new Map<number, Set<number>>();

  private firstOrder = Number.POSITIVE_INFINITY;
  private firstOrderSeen = Number.POSITIVE_INFINITY;

  /** A record of a segment that may have the end of one of them; `at` is its first word. */
  record(words: Int32Array, at: number): void {
    const kind = kindOf(words, at);
    if (kind === KIND_MESSAGE) this.message(words, at);
    else if (kind === KIND_TRANSACTION_SYNCED) this.synced(orderOf(words, at));
    else if (kind === KIND_TRANSACTION) {
      const ended = {
        order: orderOf(words, at),
        messageCount: words[at + MESSAGE_COUNT_WORD]!,
        acks: acksAt(words, at),
      };
      this.ended.push(ended);
      this.firstOrder = Math.min(this.firstOrder, ended.order - ended.messageCount);
      this.firstOrderSeen = Math.min(this.firstOrderSeen, ended.order);
    }
  }

  /** The transaction was on disk, and so were all before it. */
  synced(order: number): void {
    this.lastSynced = Math.max(this.lastSynced, order);
  }

  /** A record of an earlier segment: one of them may have begun there. */
  earlierRecord(words: Int32Array, at: number): void {
    if (kindOf(words, at) === KIND_MESSAGE) this.message(words, at);
  }

  private message(words: Int32Array, at: number): void {
    const order = orderOf(words, at);
    this.firstOrderSeen = Math.min(this.firstOrderSeen, order);
    if ((flagsOf(words, at) & FLAG_IN_TRANSACTION) !== 0) this.messageOrders.add(order);
  }

  /** One of them began before the records that were seen. */
  get hasBegunEarlier(): boolean {
    return this.firstOrder < this.firstOrderSeen;
  }

  /** All records are known: decides. */
  finish(): void {
    const areThere = this.messageOrders.coverage();
    for (const transaction of this.ended) {
      const { order: end, messageCount } = transaction;
      if (!this.isSynced(end) && !areThere(end - messageCount, end)) continue;
      this.happened.add(transaction.order);
      this.lastHappened = Math.max(this.lastHappened, transaction.order);
      for (const { order, queue } of transaction.acks) {
        this.acknowledged.set(order, (this.acknowledged.get(order) ?? new Set()).add(queue));
      }
    }
  }

  /** Whether the transaction is known to have been on disk that the record of this order is a part or the end of. */
  isSynced(order: number): boolean {
    return order <= this.lastSynced;
  }

  hasHappened(order: number): boolean {
    return this.happened.has(order);
  }

  /** The queues that have acknowledged the message in a transaction. */
  acknowledgedBy(order: number): ReadonlySet<number> | undefined {
    return this.acknowledged.size === 0 ? undefined : this.acknowledged.get(order);
  }
}

function acksAt(words: Int32Array, at: number): { order: number; queue: number }[] {
  return Array.from({ length: words[at + TARGET_COUNT_WORD]! }, (_, i) => {
    const word = at + FIRST_TARGET_WORD + i * TRANSACTION_ACK_WORDS;
    return { order: words[word + 1]! * TWO_TO_32 + (words[word]! >>> 0), queue: words[word + 2]! };
  });
}
