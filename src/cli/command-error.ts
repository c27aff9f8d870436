/** The command was given in a way that makes no sense. */
export const STATUS_MISUSE = 2;
/** It makes sense, and could not be done. */
const STATUS_FAILURE = 1;

/** A command that can't be done. The message is one line that says what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly status: number;

  constructor(message: string, status: number = STATUS_FAILURE) {
    super(message);
    this.status = status;
  }
}

/** @returns the error for what is written in a way that makes no sense */
export function misuse(message: string): CommandError {
  return new CommandError(message, STATUS_MISUSE);
}
