import type { Message } from '../../protocol/message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { Queue } from './queue.ts';

/** Publishes the message to the queue alone. Returns false if it waits although there are consumers. */
export function publishTo(queue: Queue, message: Message): boolean {
  const isKeepingUp = queue.publish(message);
  (queue as unknown as { store: MessageStore }).store.endPublish(message);
  return isKeepingUp;
}
