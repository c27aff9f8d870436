import { OperationError } from './operation-error.ts';

/** The error for parameters that make no sense, in RabbitMQ's words. @param reasons at least one; each is a line */
export function validationFailure(reasons: readonly string[]): OperationError {
  return new OperationError(`Validation failed\n\n${reasons.join('\n')}\n`);
}
