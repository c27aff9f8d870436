import type { Message } from '../protocol/message.ts';
import type { TransactionAck } from './commit-log/transactions.ts';
import type { CommitListener, GroupCommit } from './disk/group-commit.ts';

/** Where messages go that are to survive. */
export interface MessageJournal {
  /** Tells when what was appended is on disk. */
  readonly commit: GroupCommit;

  /**
   * Appends a message that is being published for the durable queues of these numbers. It has a reference of its own, until
   * MessageStore.endPublish.
   * @throws AmqpError RESOURCE_ERROR if the disk is full, INTERNAL_ERROR if it has failed
   */
  append(message: Message, queues: Int32Array): void;

  /**
   * Appends a copy of a message of a transaction and returns its slot, with a reference that is the caller's. It counts only
   * once the transaction is ended, before anything else is appended. Else it has to be abandoned, and released.
   * @throws AmqpError as `append`
   */
  appendInTransaction(message: Message, queues: Int32Array): number;

  /** The transaction that the message was appended in is not going to be ended. */
  abandon(slot: number): void;

  /**
   * Ends a transaction of so many appended messages and these acknowledgements. The listener hears when that is on disk, and
   * does the acknowledging then. @throws AmqpError as `append`
   */
  endTransaction(messageCount: number, acks: readonly TransactionAck[], listener: CommitListener): void;

  /** Hands what was acknowledged and delivered to the system, so that it survives the end of this process. */
  writeAcknowledgements(): void;

  /** Whether the message is in the journal: only then its acknowledgement can be part of a durable transaction. */
  holds(slot: number): boolean;
}
