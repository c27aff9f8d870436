import { reportDefect } from '../../observe/invariants.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';
import type { DiskRetries } from '../disk/disk-retries.ts';
import type { CommitListener, GroupCommit } from '../disk/group-commit.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import {
  aligned,
  CHECKSUM_OCTETS,
  FIRST_TARGET_WORD,
  KIND_TRANSACTION,
  KIND_TRANSACTION_SYNCED,
  putRecordHeader,
  RECORD_HEADER_OCTETS,
  type RecordWriter,
  SMALLEST_RECORD_OCTETS,
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
  readonly retries: DiskRetries;
  nextOrder: number;
  /** The order of the message in the row. */
  orderAt(slot: number): number;
  /** Appends a record that is no message; returns the number of its segment. @throws AmqpError */
  appendRecord(lengthOctets: number, put: RecordWriter): number;
  /** The same for a record that room is kept for: one of the smallest length a batch. */
  appendReserved(lengthOctets: number, put: RecordWriter): number;
}

/** Transactions that have ended in one batch of the group commit. */
interface EndedBatch {
  readonly batch: number;
  /** The segment with the first of their ends. */
  readonly segmentNumber: number;
  /** The order of the last of them. */
  lastOrder: number;
  /** Are to be called once it is noted that they were on disk. */
  readonly listeners: (() => void)[];
}

const NO_ROUTE = 0;
const TWO_TO_32 = 0x100000000;

/**
 * Transactions in the commit log: the messages that one has published, marked as its own, and then its end, a record that
 * says how many they are and repeats what was acknowledged. Without its end a transaction has not happened. Its
 * acknowledgements go to their segments' ack files only when the end is on disk, and together with them goes a note that it
 * is. Until both are on disk as well, the transaction is not settled: recovery takes the acknowledgements from its end, and
 * knows by all its messages being there that it has happened. So none of them may be removed, dead or not.
 */
export class Transactions {
  private readonly store: TransactionStore;
  /** Oldest first. */
  private readonly unsettled: EndedBatch[] = [];
  /** Notes that are on their way to the disk. */
  private notesUnderWay = 0;
  /** The latest transaction that is on disk, by its order; so are all before it. */
  lastSynced = 0;

  constructor(store: TransactionStore) {
    this.store = store;
  }

  /** The first segment with a transaction whose acknowledgements recovery has to repeat; `current` if there is none. */
  replayFrom(current: number): number {
    return Math.min(current, this.unsettled[0]?.segmentNumber ?? current);
  }

  /** Some have ended and are about to be settled. */
  get areUnderWay(): boolean {
    const { batch } = this.unsettled.at(-1) ?? { batch: 0 };
    return batch > this.store.commit.committedBatch || this.notesUnderWay > 0;
  }

  /** Calls the listener once all transactions that have ended until now are settled: at once if they are. */
  whenSettled(listener: () => void): void {
    const latest = this.unsettled.at(-1);
    if (latest === undefined) listener();
    else latest.listeners.push(listener);
  }

  /**
   * Ends the transaction. Once that is on disk the listener is called, to do the acknowledging. @throws AmqpError as `append`
   */
  end(messageCount: number, acks: readonly TransactionAck[], listener: CommitListener): void {
    const { store } = this;
    const order = store.nextOrder++;
    const ended = this.ended(this.putEnd(order, messageCount, acks), order);
    store.commit.wait({
      committed: () => {
        listener.committed();
        this.synced(order, ended);
      },
      commitFailed: (error) => listener.commitFailed(error),
    });
  }

  /** Adds a transaction to those that are not settled. */
  private ended(segmentNumber: number, order: number): EndedBatch {
    const { batch } = this.store.commit;
    const latest = this.unsettled.at(-1);
    if (latest?.batch === batch) {
      latest.lastOrder = order;
      return latest;
    }
    const ended = { batch, segmentNumber, lastOrder: order, listeners: [] };
    this.unsettled.push(ended);
    return ended;
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

  /** The transaction's end is on disk, and what it has acknowledged on its way to the files. */
  private synced(order: number, ended: EndedBatch): void {
    this.lastSynced = order;
    const isLast = order === ended.lastOrder;
    const isNoted = this.note(order, isLast);
    if (isLast) this.settleWithNextCommit(isNoted ? order : 0);
  }

  /**
   * Recovery has repeated acknowledgements of transactions from this segment on.
   *
   * @param lastSynced the order of the latest that has happened
   * @param isNoted whether what stays in the log says so, and not only its own records
   */
  repeated(segmentNumber: number, lastSynced: number, isNoted: boolean): void {
    this.lastSynced = lastSynced;
    this.ended(segmentNumber, lastSynced);
    const settle = () => {
      if (!isNoted && !this.note(lastSynced, true)) return false;
      this.settleWithNextCommit(lastSynced);
      return true;
    };
    if (!settle()) this.store.retries.add(settle);
  }

  /**
   * Notes that the transaction is on disk, so that recovery can tell one that was cut short from one that has lost records
   * since, dead or damaged ones. False: there is no room, which only happens to one that is not the last of its batch, since
   * the note of a later one says it of all; or at the start.
   */
  private note(order: number, isLast: boolean): boolean {
    const length = SMALLEST_RECORD_OCTETS;
    const put: RecordWriter = (words, at, segmentNumber, timestampMs) => {
      const facts = { kind: KIND_TRANSACTION_SYNCED, flags: 0, segmentNumber, order, timestampMs };
      putRecordHeader(words, at, length, facts, NO_ROUTE, 0, 0);
    };
    try {
      if (isLast) this.store.appendReserved(length, put);
      else this.store.appendRecord(length, put);
      return true;
    } catch (error) {
      if (!(error instanceof AmqpError)) reportDefect(error, 'the note of a transaction');
      return false;
    }
  }

  /** @param lastOrder the order of the latest transaction that is noted */
  private settleWithNextCommit(lastOrder: number): void {
    const { acknowledgements, commit } = this.store;
    this.notesUnderWay++;
    acknowledgements.whenWritten(() => {
      acknowledgements.sync();
      commit.wait({ committed: () => this.settled(lastOrder), commitFailed: () => undefined });
    });
  }

  private settled(lastOrder: number): void {
    this.notesUnderWay--;
    while (this.unsettled.length > 0 && this.unsettled[0]!.lastOrder <= lastOrder) {
      for (const listener of this.unsettled.shift()!.listeners) listener();
    }
  }
}
