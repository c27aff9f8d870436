import type { CommitListener, GroupCommit } from '../group-commit.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import {
  aligned,
  CHECKSUM_OCTETS,
  FIRST_TARGET_WORD,
  KIND_TRANSACTION,
  KIND_TRANSACTION_SYNCED,
  putRecordHeader,
  RECORD_HEADER_OCTETS,
} from './record.ts';

/** An acknowledgement that is part of a transaction. */
export interface TransactionAck {
  readonly slot: number;
  readonly queue: number;
}

/** Words of an acknowledgement in a transaction's record: the message's order (low, high), and the number of the queue. */
export const TRANSACTION_ACK_WORDS = 3;

/** The store that transactions are written to. */
export interface TransactionStore {
  readonly commit: GroupCommit;
  readonly acknowledgements: Acknowledgements;
  nextOrder: number;
  /** The order of the message in the row. */
  orderAt(slot: number): number;
  /** Appends a record that is no message; returns the number of its segment. @throws AmqpError */
  appendRecord(
    lengthOctets: number,
    put: (words: Int32Array, at: number, segmentNumber: number, timestampMs: number) => void,
  ): number;
}

interface Unapplied {
  readonly segmentNumber: number;
}

const NO_ROUTE = 0;
const TWO_TO_32 = 0x100000000;

/**
 * Transactions in the commit log: the messages that one has published, marked as its own, and then its end, a record that
 * says how many they are and repeats what was acknowledged. Without its end a transaction has not happened. Its
 * acknowledgements go to their segments' ack files only when the end is on disk; until those are on disk as well, recovery
 * takes them from the record.
 */
export class Transactions {
  private readonly store: TransactionStore;
  /** Whose acknowledgements may have to be repeated by recovery, oldest first. */
  private readonly unapplied = new Set<Unapplied>();
  /** The latest transaction that is on disk, by its order; so are all before it. */
  lastSynced = 0;

  constructor(store: TransactionStore) {
    this.store = store;
  }

  /** The first segment with a transaction whose acknowledgements recovery has to repeat; `current` if there is none. */
  replayFrom(current: number): number {
    let first = current;
    for (const { segmentNumber } of this.unapplied) first = Math.min(first, segmentNumber);
    return first;
  }

  /** Some have ended whose acknowledgements are not on disk in their segments' files. */
  get areUnderWay(): boolean {
    return this.unapplied.size > 0;
  }

  /** Whether recovery may need the acknowledgements of a transaction that has ended in this segment. */
  mayRepeat(segmentNumber: number): boolean {
    for (const unapplied of this.unapplied) if (unapplied.segmentNumber === segmentNumber) return true;
    return false;
  }

  /**
   * Ends the transaction. Once that is on disk the listener is called, to do the acknowledging. @throws AmqpError as `append`
   */
  end(messageCount: number, acks: readonly TransactionAck[], listener: CommitListener): void {
    const { store } = this;
    const order = store.nextOrder++;
    const segmentNumber = this.putEnd(order, messageCount, acks);
    const unapplied = { segmentNumber };
    this.unapplied.add(unapplied);
    store.commit.wait({
      committed: () => {
        listener.committed();
        this.noteSynced(order);
        this.afterApplied(unapplied);
      },
      commitFailed: (error) => listener.commitFailed(error),
    });
  }

  private putEnd(order: number, messageCount: number, acks: readonly TransactionAck[]): number {
    const { store } = this;
    const count = acks.length * TRANSACTION_ACK_WORDS;
    const length = aligned(RECORD_HEADER_OCTETS + 4 * count + CHECKSUM_OCTETS);
    const orders = acks.map(({ slot }) => store.orderAt(slot)); // before the end's segment is chosen: looking may move others
    return store.appendRecord(length, (words, at, segmentNumber, timestampMs) => {
      const facts = { kind: KIND_TRANSACTION, flags: 0, segmentNumber, order, timestampMs };
      putRecordHeader(words, at, length, facts, NO_ROUTE, messageCount, acks.length);
      let word = at + FIRST_TARGET_WORD;
      let i = 0;
      for (const { queue } of acks) {
        const acknowledged = orders[i++]!;
        words[word++] = acknowledged;
        words[word++] = acknowledged / TWO_TO_32;
        words[word++] = queue;
      }
    });
  }

  /** Recovery has repeated acknowledgements of transactions from this segment on: they are on their way to their files. */
  repeated(segmentNumber: number): void {
    const unapplied = { segmentNumber };
    this.unapplied.add(unapplied);
    this.afterApplied(unapplied);
  }

  /** So that recovery can tell a transaction that was cut short from one that has lost records since, dead or damaged ones. */
  noteSynced(order: number): void {
    this.lastSynced = order;
    const length = aligned(RECORD_HEADER_OCTETS + CHECKSUM_OCTETS);
    try {
      this.store.appendRecord(length, (words, at, segmentNumber, timestampMs) => {
        const facts = { kind: KIND_TRANSACTION_SYNCED, flags: 0, segmentNumber, order, timestampMs };
        putRecordHeader(words, at, length, facts, NO_ROUTE, 0, 0);
      });
    } catch {
      // The disk is full: without this record, damage to the transaction's others would count as a cut.
    }
  }

  private afterApplied(unapplied: Unapplied): void {
    const { acknowledgements, commit } = this.store;
    acknowledgements.flush();
    acknowledgements.sync();
    commit.wait({ committed: () => this.unapplied.delete(unapplied), commitFailed: () => undefined });
  }
}
