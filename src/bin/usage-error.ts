/** The command cannot do what it was asked to. The message is one line that says what to do about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
