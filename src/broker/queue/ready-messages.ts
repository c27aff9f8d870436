import type { Message } from '../../protocol/message.ts';

/** A message that waits. */
export interface ReadyMessage {
  readonly slot: number;
  readonly sequence: number;
  /** It was delivered before. */
  readonly redelivered: boolean;
}

/** Messages that are in no queue any more. */
export interface DetachedMessages {
  readonly length: number;
  /** Takes out the first message and returns its slot; there must be one. */
  shift(): number;
}

/**
 * A queue's ready messages in the order of their delivery. Each has a sequence number, its position for good: lower ones come
 * first.
 */
export interface ReadyMessages extends DetachedMessages {
  /** Whether a message's priority decides its position. */
  readonly hasPriorities: boolean;

  /**
   * Whether everything that came before the message was delivered, or is gone: asked when the message is delivered for the first
   * time. The store then need not note each delivery (see MessageStore.delivered).
   */
  isInOrderAt(sequence: number): boolean;
  /** The next message to be pushed or passed came before others that are here, or were. */
  expectLate(): void;

  /** The sequence number of a message that does not wait. */
  pass(message: Message): number;
  /** @param message what the slot holds */
  push(slot: number, message: Message): void;

  /** Whether the first message was delivered before. */
  readonly isFirstReturned: boolean;
  /** The slot of the first message; there must be one. */
  readonly first: number;
  /** The sequence number of the first message; there must be one. */
  readonly firstSequence: number;
  /** How many messages came and are not here any more: grows as they are taken. */
  readonly passedCount: number;

  /** Takes out all messages in one go; what comes afterwards stands behind what they had. */
  takeAll(): DetachedMessages;
  /**
   * Messages in the order of their delivery, which stay: at most so many.
   * @param afterSequence the sequence number to look behind; -1: from the first on
   */
  list(afterSequence: number, limit: number): ReadyMessage[];
  /** Takes out what `list` has just told of, or some of it in the same order. */
  takeOut(messages: readonly ReadyMessage[]): void;
  /** Puts a message back to the position that it had. */
  putBack(slot: number, sequence: number): void;
  /**
   * Adds a message that was there before a restart; they come in order. What was delivered before is redelivered, and so is
   * everything that stands before it.
   */
  restore(slot: number, isRedelivered: boolean, priority: number): void;
}
