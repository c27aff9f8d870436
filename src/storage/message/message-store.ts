import type { Message } from '../../protocol/message.ts';

/**
 * Keeps messages as long as queues, consumers or transactions refer to them. A message is stored once, however many
 * queues it reaches; a slot names it, and stays the same when the store moves the octets.
 */
export interface MessageStore {
  /**
   * Adds a reference to the message and returns its slot. A message that is being published and not stored yet is copied
   * into the store for that, so that further holders share the copy; it gets a reference of its own, by which that is there
   * until `endPublish`, whoever releases it before.
   * @throws AmqpError RESOURCE_ERROR if there are as many messages as there can be
   */
  hold(message: Message): number;

  /** All who were to take the message in have done so, or have failed to: it is not in the store any more, as far as it knows. */
  endPublish(message: Message): void;

  /**
   * Adds a reference for somebody whom the message is not published to. One that is not stored stays so: the copy in the
   * slot that is returned is the caller's alone.
   * @throws AmqpError as `hold`
   */
  keepCopy(message: Message): number;

  /**
   * Points `into` at the stored message. The view is valid until the next call of any method of the store.
   * @throws UnreadableMessageError as whatever looks at a stored message may, if the disk fails
   */
  read(slot: number, into: Message): void;

  /** The same without the body, which may have to be brought from elsewhere. Its size is known. */
  readHeader(slot: number, into: Message): void;

  /** How many octets the message's body has. */
  bodySize(slot: number): number;

  /** When the message came: milliseconds since 1970. */
  timestampMs(slot: number): number;

  /** The message counts as come just now: a transaction that has kept it is carried out. */
  restamp(slot: number): void;

  /**
   * Takes a reference away; with the last one the message is gone.
   * @param queue number of the durable queue that is done with the message, so that it is not there after a restart; 0: none
   */
  release(slot: number, queue: number): void;

  /** A durable queue is done with a message that it never had a reference to: it was delivered at once. */
  acknowledged(slot: number, queue: number): void;

  /**
   * A durable queue has delivered the message for the first time: after a restart it counts as redelivered.
   * @param isInOrder the queue has delivered everything before it, too: then this takes less room
   */
  delivered(slot: number, queue: number, isInOrder: boolean): void;

  /** The message came back to a durable queue, once more: after a restart it is known how often. */
  returned(slot: number, queue: number): void;

  /**
   * Writes messages to disk, about so many octets of them, and gives their memory back. Returns how many; 0 when there is
   * nothing left to be paged out, or no room for it. Reading brings a message back.
   * @throws the system's error when the disk fails; what was to be paged out is still in memory
   */
  pageOut(octets: number): number;

  /** Memory that the store has taken from the system for messages, whether they are still alive or not. */
  readonly allocatedOctets: number;
  /** The part of it that is taken up by messages, and by dead ones between them: not what stands ready for the next. */
  readonly occupiedOctets: number;
  /** Memory that it takes to find the messages, wherever their octets are. */
  readonly indexOctets: number;
  /** What the stored messages themselves take, in memory or on disk. */
  readonly liveOctets: number;
  readonly messageCount: number;
  /** The part of all slots that is taken: at 1, nothing more can be stored. */
  readonly slotUse: number;
}
