/** The data directory can't be used. The message says in one line what is wrong, and what to do. */
export class DataDirectoryError extends Error {
  constructor(problem: string, remedy: string, options?: ErrorOptions) {
    super(`${problem}; ${remedy}`, options);
    this.name = 'DataDirectoryError';
  }
}

const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: 'give it to the user that runs the broker, or choose another directory',
  EPERM: 'give it to the user that runs the broker, or choose another directory',
  EROFS: 'its file system is read-only: choose another directory',
  ENOTDIR: 'a part of the path is a file: choose another directory',
  EEXIST: 'there is a file of that name: choose another directory',
  ENOSPC: 'the disk is full: make room on it, or choose another directory',
  EDQUOT: 'the quota is used up: make room, or choose another directory',
};

/** What the system said about a path, as a `DataDirectoryError`; those it is already stay as they are. */
export function explainSystemError(error: unknown, path: string): unknown {
  if (error instanceof DataDirectoryError || !(error instanceof Error) || !('code' in error)) return error;
  const code = String(error.code);
  const remedy = REMEDIES[code] ?? 'check the disk that it is on, or choose another directory';
  return new DataDirectoryError(`the data directory ${path} cannot be used (${code})`, remedy, { cause: error });
}
