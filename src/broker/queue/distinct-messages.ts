import type { Message } from '../../protocol/message.ts';
import { messageIdentity } from '../message-identity.ts';
import { LargeMap } from './large-map.ts';

/**
 * Keeps a queue's messages distinct by one of their headers: one that is like a message in the queue, ready, delayed or not
 * acknowledged yet, does not get in. What has left is forgotten, so this is bounded by the queue itself, and is known again
 * after a restart from the messages.
 */
export class DistinctMessages {
  private readonly header: string;
  private readonly slots = new LargeMap<string, number>();
  private readonly identities = new LargeMap<number, string>();

  constructor(header: string) {
    this.header = header;
  }

  /** What tells the message from others; undefined: nothing does. */
  identityOf(message: Message): string | undefined {
    return messageIdentity(message, this.header)?.toString('latin1');
  }

  has(identity: string): boolean {
    return this.slots.has(identity);
  }

  /** The message is in the queue now. */
  entered(slot: number, identity: string): void {
    this.slots.set(identity, slot);
    this.identities.set(slot, identity);
  }

  /** The message is not in the queue any more. */
  left(slot: number): void {
    const identity = this.identities.get(slot);
    if (identity === undefined) return;
    this.identities.delete(slot);
    this.slots.delete(identity);
  }
}
