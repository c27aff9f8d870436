/** What a group commit can bring to disk: a file, or a directory with the names in it. */
export interface Syncable {
  /** Resolves when everything written before the call is on disk. @rejects with the system's error: what is there then is unknown */
  sync(): Promise<void>;
  /** The same, holding up the whole process meanwhile. */
  syncNow(): void;
}

/** An open file of the data directory, as far as the storage engine needs one. Positions are in octets. */
export interface DataFile extends Syncable {
  readonly path: string;
  /** The file descriptor, for whoever maps the file into memory or locks it. */
  readonly descriptor: number;
  readonly sizeOctets: number;
  /** Takes disk space for so many octets from the file's start, so that writing there can't fail for want of it. @throws ENOSPC */
  preallocate(sizeOctets: number): void;
  /** Reads into `octets[start, end)`; returns how many came: fewer only at the file's end. */
  read(octets: Buffer, start: number, end: number, position: number): number;
  /** Writes `octets[start, end)`. @throws the system's error (ENOSPC, EIO), after which a part may have been written */
  write(octets: Buffer, start: number, end: number, position: number): void;
  truncate(sizeOctets: number): void;
  close(): void;
}

/**
 * The file system, as far as the storage engine needs one. Everything that is to survive a crash passes through here, so
 * that tests can let disks fail and power go. Paths are absolute; errors are the system's, with their `code`.
 */
export interface Files {
  /** Opens a file that is there, to read and write. @throws ENOENT */
  open(path: string): DataFile;
  /** Creates an empty file. @throws EEXIST */
  create(path: string): DataFile;
  exists(path: string): boolean;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Creates the directory and those above it, where they are missing. */
  makeDirectory(path: string): void;
  /** The names in a directory. */
  list(path: string): string[];
  /** A directory's names as something to be synced: after a file was created, renamed or removed. */
  directory(path: string): Syncable;
  /** What users of the file system that holds the path can still write, and its size. */
  space(path: string): { readonly freeOctets: number; readonly totalOctets: number };
}
