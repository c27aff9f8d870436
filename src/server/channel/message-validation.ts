import type { User } from '../../auth/user-directory.ts';
import { AmqpError } from '../../protocol/amqp-error.ts';

/** Ten years, beyond which RabbitMQ takes no time. */
const MAX_EXPIRATION_MS = 315_360_000_000;

/** A message may name only the user who publishes it. @throws AmqpError PRECONDITION_FAILED */
export function validateUserId(userId: string, user: User): void {
  if (userId === user.name || user.tags.includes('impersonator')) return;
  throw new AmqpError(
    'PRECONDITION_FAILED',
    `user_id property set to '${userId}' but authenticated user was '${user.name}'`,
  );
}

/** @throws AmqpError PRECONDITION_FAILED for anything but transient (1) and persistent (2) */
export function validateDeliveryMode(deliveryMode: number): void {
  if (deliveryMode === 1 || deliveryMode === 2) return;
  throw new AmqpError('PRECONDITION_FAILED', `invalid message: {delivery_mode_unknown,${deliveryMode}}`);
}

/** The expiration property is a decimal number of milliseconds, as text. @throws AmqpError PRECONDITION_FAILED */
export function validateExpiration(expiration: string): void {
  const problem = expirationProblem(expiration);
  if (problem !== undefined) {
    throw new AmqpError('PRECONDITION_FAILED', `invalid expiration '${expiration}': ${problem}`);
  }
}

function expirationProblem(expiration: string): string | undefined {
  const digits = /^[+-]?\d+/.exec(expiration)?.[0];
  if (digits === undefined) return 'no_integer';
  if (digits.length < expiration.length) return `{leftover_string,"${expiration.slice(digits.length)}"}`;
  const valueMs = BigInt(digits.replace('+', ''));
  if (valueMs < 0n) return `{value_negative,${valueMs}}`;
  if (valueMs > MAX_EXPIRATION_MS) return `{value_too_large,${valueMs}}`;
  return undefined;
}
