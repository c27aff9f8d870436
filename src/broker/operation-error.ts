/**
 * Why something can't be done that whoever runs the broker has asked for, rather than a client: the message names what it
 * is about. `isMissing` says that it is not there, else what was given makes no sense.
 */
export class OperationError extends Error {
  override readonly name = 'OperationError';
  readonly isMissing: boolean;

  constructor(message: string, { isMissing = false }: { readonly isMissing?: boolean } = {}) {
    super(message);
    this.isMissing = isMissing;
  }
}
