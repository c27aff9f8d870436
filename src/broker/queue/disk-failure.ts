import { AmqpError } from '../../protocol/amqp-error.ts';
import { isSystemError } from '../../storage/disk/system-error.ts';
import { UnreadableMessageError } from '../../storage/message/unreadable-message-error.ts';

/**
 * Whether an exception is what a disk may do to a queue: it is full, has failed, or does not give a message back. Then the queue
 * tries again later. Anything else is a defect, which trying again would hide.
 */
export function isDiskFailure(error: unknown): boolean {
  if (error instanceof UnreadableMessageError || isSystemError(error)) return true;
  return error instanceof AmqpError && (error.reply === 'RESOURCE_ERROR' || error.reply === 'INTERNAL_ERROR');
}
