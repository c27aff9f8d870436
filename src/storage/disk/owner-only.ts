import { chmodSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Of files and directories that are made: what is in them is for the user that runs the broker, and nobody else. */
export const OWNER_ONLY_FILE_MODE = 0o600;
export const OWNER_ONLY_DIRECTORY_MODE = 0o700;
const OTHERS_MODE = 0o077;

/** What has become of access that others had. */
export interface Restriction {
  /** So many files and directories were open to others. */
  readonly tightenedCount: number;
  /** The first that could not be tightened, such as one that belongs to another user. */
  readonly stillOpen: string | undefined;
}

/**
 * Takes a directory, and all in it, from everybody but the owner: earlier versions have made it for all to read. Costs some
 * microseconds a file. Links are not followed. Windows has no such modes.
 */
export function restrictToOwner(path: string): Restriction {
  let tightenedCount = 0;
  let stillOpen: string | undefined;
  const restrict = (each: string): void => {
    if (tighten(each)) tightenedCount++;
    else stillOpen ??= each;
  };
  if (process.platform === 'win32') return { tightenedCount, stillOpen };
  if (isOpenToOthers(path)) restrict(path);
  for (const name of readdirSync(path, { recursive: true, encoding: 'utf8' })) {
    const each = join(path, name);
    if (isOpenToOthers(each)) restrict(each);
  }
  return { tightenedCount, stillOpen };
}

function isOpenToOthers(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && (stats.isFile() || stats.isDirectory()) && (stats.mode & OTHERS_MODE) !== 0;
}

function tighten(path: string): boolean {
  try {
    chmodSync(path, lstatSync(path).mode & 0o700);
    return true;
  } catch {
    return false;
  }
}
