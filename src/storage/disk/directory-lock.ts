import { randomUUID } from 'node:crypto';
import { DataDirectoryError } from './data-directory-error.ts';
import type { DataFile, Files } from './files.ts';
import type { Native } from './native.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { readAll } from './whole-file.ts';

export const LOCK_FILE = 'lock';

/** What the lock file says of whoever holds it. */
export interface Owner extends ProcessIdentity {
  /** Tells the brokers of one process apart. */
  readonly token: string;
}

/** What flock answers on file systems that cannot do it. */
const NOT_SUPPORTED: readonly string[] = ['ENOLCK', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'];

/** Locks that brokers in this process hold. */
const heldHere = new Set<string>();

/**
 * Keeps a directory to one broker. The system's lock on the file goes with the process, however that ends. Where there is
 * no such lock, the file says which process holds it: one that does not run any more, or not since then, holds nothing.
 */
export class DirectoryLock {
  private readonly file: DataFile;
  private readonly token: string;

  private constructor(file: DataFile, token: string) {
    this.file = file;
    this.token = token;
  }

  /** @param path the lock file @throws DataDirectoryError if somebody else holds the lock */
  static acquire(path: string, files: Files, native: Native | undefined): DirectoryLock {
    const file = files.exists(path) ? files.open(path) : files.create(path);
    try {
      const owner = readOwner(file);
      const isLocked = native !== undefined && !tryLock(native, file);
      if (isLocked || (owner !== undefined && isHeld(owner))) throw inUse(path, owner);
      const token = randomUUID();
      writeOwner(file, { pid: process.pid, started: identify(process.pid)?.started, token });
      heldHere.add(token);
      return new DirectoryLock(file, token);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  release(): void {
    heldHere.delete(this.token);
    this.file.truncate(0);
    this.file.close();
  }
}

/** True as well where the file system knows no locks: then what the file says decides alone. */
function tryLock(native: Native, file: DataFile): boolean {
  try {
    return native.tryLock(file.descriptor);
  } catch (error) {
    if (NOT_SUPPORTED.includes(String((error as NodeJS.ErrnoException).code))) return true;
    throw error;
  }
}

/** Whose lock it is, as the file says, if it is still held. Looks, and touches nothing. @param octets what the file holds */
export function lockHolder(octets: Buffer): Owner | undefined {
  const owner = parseOwner(octets);
  return owner !== undefined && isHeld(owner) ? owner : undefined;
}

function isHeld(owner: Owner): boolean {
  return owner.pid === process.pid && owner.started === identify(process.pid)?.started
    ? heldHere.has(owner.token)
    : isRunning(owner);
}

function readOwner(file: DataFile): Owner | undefined {
  return parseOwner(readAll(file));
}

function parseOwner(octets: Buffer): Owner | undefined {
  try {
    const { pid, started, token } = JSON.parse(octets.toString()) as Partial<Owner>;
    return pid === undefined || token === undefined ? undefined : { pid, started, token };
  } catch {
    return undefined; // empty since it was released, or a crash has cut it
  }
}

function writeOwner(file: DataFile, owner: Owner): void {
  const octets = Buffer.from(`${JSON.stringify(owner)}\n`);
  file.truncate(0);
  file.write(octets, 0, octets.length, 0);
}

function inUse(path: string, owner: Owner | undefined): DataDirectoryError {
  const who = owner?.pid === process.pid ? 'another broker in this process' : `process ${owner?.pid ?? 'unknown'}`;
  return new DataDirectoryError(`${path} is locked by ${who}`, 'stop that broker, or choose another data directory');
}
