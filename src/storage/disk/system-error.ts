/** Whether the system has refused a call: a disk may be full or broken, a file missing. Anything else that is thrown is a defect. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number';
}

const MEDIUM_CODES: readonly unknown[] = ['EIO', 'EUCLEAN', 'EBADMSG', 'ENODATA', 'EREMOTEIO'];

/** The disk does not give back what is there. */
export function isMediumError(error: unknown): error is NodeJS.ErrnoException {
  return isSystemError(error) && MEDIUM_CODES.includes(error.code);
}

/** The disk, or what this user may have of it, is full. */
export function isOutOfSpace(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
