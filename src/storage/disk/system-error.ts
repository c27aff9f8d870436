/** Whether the system has refused a call: a disk may be full or broken, a file missing. Anything else that is thrown is a defect. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error && typeof error.errno === 'number';
}

/** The disk, or what this user may have of it, is full. */
export function isOutOfSpace(error: unknown): boolean {
  return isSystemError(error) && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
