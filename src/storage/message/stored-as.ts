import { violated } from '../../observe/invariants.ts';
import { type Message, NOT_STORED } from '../../protocol/message.ts';

/**
 * What a store says of a message. Nobody else writes these fields: a slot that is known by two who don't know of each other
 * may be freed by one of them, and be another message's when the other one uses it.
 */
type StoredMessage = { -readonly [Field in 'slot' | 'isHolder']: Message[Field] };

/** The message is a view of what is in the slot. Whoever has the view has no reference by that. */
export function viewOf(message: Message, slot: number): void {
  if (message.isHolder)
    violated(`the reference of the message in slot ${message.slot} would be lost: it is being published`);
  (message as StoredMessage).slot = slot;
}

/** The message was put into the slot while it is being published, with a reference of its own. */
export function holds(message: Message, slot: number): void {
  const stored = message as StoredMessage;
  stored.slot = slot;
  stored.isHolder = true;
}

/** The message is in no slot any more, as far as it knows. */
export function holdsNothing(message: Message): void {
  const stored = message as StoredMessage;
  stored.slot = NOT_STORED;
  stored.isHolder = false;
}
