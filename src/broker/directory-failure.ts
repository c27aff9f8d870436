import { AmqpError } from '../protocol/amqp-error.ts';
import { NumbersUsedUpError } from '../storage/numbers-used-up-error.ts';

const FULL: readonly unknown[] = ['ENOSPC', 'EDQUOT'];

/** What a client is told when the data directory did not take what it asked for. The details are for the log. */
export function directoryFailure(error: unknown): AmqpError {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof NumbersUsedUpError) return new AmqpError('RESOURCE_ERROR', error.message);
  if (FULL.includes(code)) return new AmqpError('RESOURCE_ERROR', 'the disk with the data directory is full');
  return commitFailure(error);
}

/** What a client is told when it is unknown whether the data directory has what it asked for. */
export function commitFailure(error: unknown): AmqpError {
  const { code } = error as NodeJS.ErrnoException;
  return new AmqpError('INTERNAL_ERROR', `the data directory failed${code === undefined ? '' : ` (${code})`}`);
}
