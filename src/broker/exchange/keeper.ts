import type { Message } from '../../protocol/message.ts';

/**
 * Part of an exchange that messages are handed to as they are to queues, because it keeps something of them: by that it takes
 * part in all that makes publishing safe, whoever the publisher is.
 */
export interface Keeper {
  readonly kind: 'keeper';
  /** It takes all that comes, unlike a queue. */
  readonly mayRefuse: false;
  /** The exchange's. */
  readonly name: string;
  /** Names it on disk, as queues are named: no queue has the same. 0: it does not survive a restart. */
  durableId: number;
  readonly isDeleted: boolean;
  /** Takes a message in. Returns true: nobody needs to wait for it. */
  publish(message: Message): boolean;
  /** Before messages of a transaction are published together: returns false for one that is not to be published at all. */
  claim?(message: Message): boolean;
  /** Takes that back. */
  unclaim?(message: Message): void;
  /** Was known before the broker was restarted, by what tells it from others. */
  learn?(identity: string, expiresMs: number): void;
  /** Takes back a message that was there before the broker was restarted; they come in order. */
  restore(slot: number): void;
}
