import type { Message } from '../../protocol/message.ts';
import type { MessageStore } from './message-store.ts';
import { UnreadableMessageError } from './unreadable-message-error.ts';

/** A reference is given up, and the disk is not told: a message that is whole again at the next start is there again. */
const NO_QUEUE = 0;

/** What the disk gives back is not what was written. Trying again is in vain; whoever has a reference is to release it. */
export class DamagedMessageError extends UnreadableMessageError {
  constructor(reason: string) {
    super(new Error(reason));
    this.name = 'DamagedMessageError';
  }
}

/** Points `into` at the message. Returns false if it is damaged: then the reference to it is released. @throws as `read` does otherwise */
export function readOrRelease(store: MessageStore, slot: number, into: Message): boolean {
  try {
    store.read(slot, into);
    return true;
  } catch (error) {
    if (!(error instanceof DamagedMessageError)) throw error;
    store.release(slot, NO_QUEUE);
    return false;
  }
}
