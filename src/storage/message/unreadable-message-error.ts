import { InvariantViolation } from '../../observe/invariants.ts';

/** The disk does not give a message back. It is still there, and may be readable later: a file may not be opened, say. */
export class UnreadableMessageError extends Error {
  /** Of the system's error. */
  readonly code: string | undefined;

  /** @param cause what the system says */
  constructor(cause: unknown) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`a message cannot be read: ${message}`, { cause });
    this.name = 'UnreadableMessageError';
    this.code = code;
  }
}

/** Does what reads messages from disk. @throws UnreadableMessageError if the disk fails; a defect as it is */
export function readingMessage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw isDefect(error) ? error : new UnreadableMessageError(error);
  }
}

/** What neither the system nor the storage throws on purpose. */
function isDefect(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, InvariantViolation].some((defect) => error instanceof defect);
}
