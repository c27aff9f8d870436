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

/** Does what reads messages from disk. @throws UnreadableMessageError if the disk fails */
export function readingMessage<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new UnreadableMessageError(error);
  }
}
