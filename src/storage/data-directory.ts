import { dirname, join, resolve } from 'node:path';
import { DEFINITIONS_FILE } from './definitions/definitions-log.ts';
import { DataDirectoryError, explainSystemError } from './disk/data-directory-error.ts';
import { DirectoryLock, LOCK_FILE } from './disk/directory-lock.ts';
import type { Files } from './disk/files.ts';
import type { Native } from './disk/native.ts';
import { readWhole, replacementOf, replaceWholeNow } from './disk/whole-file.ts';

/** A broker's directory, which no other broker can open meanwhile. */
export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly files: Files;
  /** Lets others open it. Whatever is open in it is to be closed first. */
  close(): void;
}

const PRODUCT = 'leveret';
/** The layout of everything in the directory. One that an older broker would misread gets the next number. */
const FORMAT = 1;
export const FORMAT_FILE = 'format.json';
/** What may be in a directory that has no format yet: where a crash has cut the first start, and on a new disk. */
const NAMES_BEFORE_FORMAT: readonly string[] = [LOCK_FILE, replacementOf(FORMAT_FILE), 'lost+found'];

/**
 * Opens a data directory, and makes it one if it is new or empty:
 *
 *     format.json       what this directory is, and in which layout
 *     lock              held while a broker uses it
 *     definitions.log   vhosts, users, exchanges, queues, bindings…
 *     messages/         messages and their acknowledgements
 *     reserve           disk space for what frees more of it
 *     scratch/          transient messages that memory has no room for; emptied at each start
 *     quarantine/       what was found damaged
 *
 * @throws DataDirectoryError if it can't be used, or is another broker's at the moment
 */
export function openDataDirectory(path: string, files: Files, native: Native | undefined): DataDirectory {
  const absolute = resolve(path);
  try {
    makeDirectory(absolute, files);
    refuseForeign(absolute, files); // before anything is written into what may be somebody else's
    const lock = DirectoryLock.acquire(join(absolute, LOCK_FILE), files, native);
    try {
      requireFormat(absolute, files);
    } catch (error) {
      lock.release();
      throw error;
    }
    return { path: absolute, files, close: () => lock.release() };
  } catch (error) {
    throw explainSystemError(error, absolute);
  }
}

/** Creates the directory where it is missing, with those above it, each of them there to stay. */
function makeDirectory(path: string, files: Files): void {
  const missing: string[] = [];
  for (let at = path; !files.exists(at) && dirname(at) !== at; at = dirname(at)) missing.push(at);
  files.makeDirectory(path);
  for (const made of missing.reverse()) files.directory(dirname(made)).syncNow();
}

function refuseForeign(path: string, files: Files): void {
  const names = files.list(path);
  if (names.includes(FORMAT_FILE)) return;
  const foreign = names.find((name) => !NAMES_BEFORE_FORMAT.includes(name) && !isOutputLog(name));
  if (foreign === undefined) return;
  throw new DataDirectoryError(
    `${path} holds files, such as ${foreign}, but no ${FORMAT_FILE}: it is no data directory of ${PRODUCT}`,
    `choose an empty directory, or restore ${FORMAT_FILE} if this is one that has lost it`,
  );
}

/** Whoever starts the broker may have its output written to the directory before there is anything else in it. */
function isOutputLog(name: string): boolean {
  return name.endsWith('.log') && name !== DEFINITIONS_FILE;
}

/** Checks the format, or writes it, since the directory is new. */
function requireFormat(path: string, files: Files): void {
  const formatPath = join(path, FORMAT_FILE);
  if (files.exists(formatPath)) requireKnownFormat(path, files);
  else replaceWholeNow(files, formatPath, Buffer.from(`${JSON.stringify({ product: PRODUCT, format: FORMAT })}\n`));
}

/**
 * The format of the data directory. @throws DataDirectoryError if it is not one that this version can read; ENOENT if there
 * is none
 */
export function requireKnownFormat(path: string, files: Files): number {
  const { product, format } = readFormat(join(path, FORMAT_FILE), files);
  if (product !== PRODUCT) {
    throw new DataDirectoryError(`${path} is no data directory of ${PRODUCT}`, 'choose another directory');
  }
  if (format > FORMAT) {
    throw new DataDirectoryError(
      `${path} has format ${format}, and this version of ${PRODUCT} knows formats up to ${FORMAT}`,
      'start it with the version that wrote it, or choose another directory',
    );
  }
  return format;
}

function readFormat(path: string, files: Files): { product: unknown; format: number } {
  try {
    const { product, format } = JSON.parse(readWhole(files, path).toString()) as Record<string, unknown>;
    if (product !== PRODUCT || (Number.isInteger(format) && Number(format) > 0))
      return { product, format: Number(format) };
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  const text = JSON.stringify({ product: PRODUCT, format: FORMAT });
  throw new DataDirectoryError(
    `${path} is damaged`,
    `restore it from a backup; with data of this version it says ${text}`,
  );
}
