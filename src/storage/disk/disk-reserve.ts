import { join } from 'node:path';
import type { DataFile, Files } from './files.ts';
import { isOutOfSpace, isSystemError } from './system-error.ts';

export const RESERVE_FILE = 'reserve';
/** Acks of a quarter of a million messages, or the end of some hundred segments. */
const RESERVE_OCTETS = 1024 * 1024;
/** How often a full disk is asked for the reserve again, once it was used. */
const RESTORE_INTERVAL_MS = 1000;

/**
 * Disk space for what frees more of it: acks, and the notes that segments are gone. A wholly full disk would not take these, so
 * that nothing on it could ever be removed. The file holds nothing but its place; on a full disk it is cut, and what has to be
 * written goes there instead.
 */
export class DiskReserve {
  private readonly files: Files;
  private readonly path: string;
  private readonly sizeOctets: number;
  private file: DataFile | undefined;
  private isWhole = false;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(files: Files, directory: string, sizeOctets: number = RESERVE_OCTETS) {
    this.files = files;
    this.path = join(directory, RESERVE_FILE);
    this.sizeOctets = sizeOctets;
    this.restore();
  }

  /**
   * Writes something small; on a full disk, in the place of the reserve.
   *
   * @param write is called again after it has thrown ENOSPC @throws the system's error if that does not help either
   */
  use(write: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isOutOfSpace(error) || !this.release()) throw error;
      write();
    }
  }

  /** Gives the reserve to whoever writes next. Returns whether there was any. */
  private release(): boolean {
    if (!this.isWhole) return false;
    this.isWhole = false;
    this.file!.truncate(0);
    this.restoreLater();
    return true;
  }

  private restoreLater(): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => this.restore(), RESTORE_INTERVAL_MS).unref();
  }

  private restore(): void {
    try {
      this.file ??= this.files.exists(this.path) ? this.files.open(this.path) : this.files.create(this.path);
      this.file.preallocate(this.sizeOctets);
      this.isWhole = true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      this.giveBack();
      this.restoreLater();
    }
  }

  /** A part of the reserve is none: others need it more. */
  private giveBack(): void {
    try {
      this.file?.truncate(0);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
  }

  /** What is reserved stays so for the next start, which may find the disk full. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.file?.close();
    this.file = undefined;
    this.isWhole = false;
  }
}
