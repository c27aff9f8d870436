import { dirname } from 'node:path';
import type { DataFile, Files } from './files.ts';

/** All that is in the file. @throws ENOENT */
export function readWhole(files: Files, path: string): Buffer {
  const file = files.open(path);
  try {
    return readAll(file);
  } finally {
    file.close();
  }
}

/** All that is in the open file. */
export function readAll(file: DataFile): Buffer {
  const octets = Buffer.alloc(file.sizeOctets);
  return octets.subarray(0, file.read(octets, 0, octets.length, 0));
}

/** Where the new version of a file is written, before it takes the old one's place. */
export function replacementOf(path: string): string {
  return `${path}.new`;
}

/**
 * Puts a file with these octets in the place of the one of that name, if there is one. Whatever happens, there is either
 * the old version or the new one, whole; that it is the new one is certain once the directory is synced.
 *
 * @returns the new file, open
 */
export function replaceWhole(files: Files, path: string, octets: Buffer): DataFile {
  const replacement = replacementOf(path);
  if (files.exists(replacement)) files.remove(replacement); // a crash has left it
  const file = files.create(replacement);
  try {
    file.write(octets, 0, octets.length, 0);
    file.syncNow();
    files.rename(replacement, path);
    return file;
  } catch (error) {
    file.close();
    if (files.exists(replacement)) files.remove(replacement); // on a full disk it would take room from others
    throw error;
  }
}

/** The same for good: returns once the new version is there to stay. */
export function replaceWholeNow(files: Files, path: string, octets: Buffer): void {
  const file = replaceWhole(files, path, octets);
  file.close();
  files.directory(dirname(path)).syncNow();
}
