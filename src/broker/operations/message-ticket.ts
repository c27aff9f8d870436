import type { MessageStore } from '../../storage/message/message-store.ts';

/** Slots are handed out anew after a restart: a ticket of before is to fit nothing. */
const RUN = Math.round(performance.timeOrigin).toString(36);

/**
 * A name for a message that waits in a queue, for those who have seen it and want this one and no other. It holds until the
 * message leaves the queue: a slot is used again, but not for a message that came at the same time.
 */
export function ticketOf(store: MessageStore, slot: number): string {
  return `${RUN}-${slot.toString(36)}-${store.timestampMs(slot).toString(36)}`;
}
