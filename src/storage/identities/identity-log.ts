import { join } from 'node:path';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import type { DataFile, Files } from '../disk/files.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isMediumError } from '../disk/system-error.ts';
import { readAll, replacementOf, replaceWhole } from '../disk/whole-file.ts';
import {
  IDENTITIES_TITLE,
  IDENTITY_RECORD_OCTETS,
  type IdentityRecord,
  putIdentity,
  readIdentities,
} from './identity-record.ts';

export const IDENTITIES_FILE = 'identities.log';
/** A smaller log is not worth the writing of another. */
const REWRITE_FROM_RECORDS = 64 * 1024;
/** A log with so many times the records that still count is written anew. */
const REWRITE_AT_RATIO = 4;
/** So many records are written anew in one go; then others have their turn. */
const SLICE_RECORDS = 2048;

/** What is wrong with a log of identities: what exchanges have seen may be forgotten. */
export interface IdentityDamage {
  readonly reason: string;
  /** Records that did not check, and were left out. */
  readonly count?: number;
  /** Octets behind the last sound record, which are gone. */
  readonly cutOctets?: number;
  /** Where the file is now. */
  readonly keptAs?: string;
}

interface OpenedContent {
  readonly records: readonly IdentityRecord[];
  readonly damage: IdentityDamage | undefined;
}

const NOTHING: OpenedContent = { records: [], damage: undefined };

/** Whoever knows identities: what it has forgotten need not be kept. */
export interface IdentitySource {
  readonly size: number;
  /** Those that it knows, the oldest first; it may learn and forget meanwhile. */
  records(): Iterable<IdentityRecord>;
}

/**
 * Which messages exchanges have seen: one file of records of one size (see identity-record.ts), there once something is in
 * it. When it is mostly about what was forgotten, another one takes its place: that is written bit by bit, while what comes in
 * meanwhile goes to both.
 */
export class IdentityLog {
  /** What the file said when it was opened. */
  readonly recovered: readonly IdentityRecord[];
  /** What was wrong with it, for the log; undefined: nothing. */
  readonly damage: IdentityDamage | undefined;
  readonly path: string;

  private readonly files: Files;
  private readonly directory: string;
  private readonly commit: GroupCommit;
  private readonly sources = new Set<IdentitySource>();
  private readonly record = Buffer.alloc(IDENTITY_RECORD_OCTETS);
  private file: DataFile | undefined;
  private sizeOctets = 0;
  private successor: { readonly file: DataFile; sizeOctets: number } | undefined;
  private rewriteAtRecords = REWRITE_FROM_RECORDS;

  /**
   * Opens the log of a data directory, if there is one.
   *
   * @param directory its path @throws DataDirectoryError if it is not such a log; the system's errors
   */
  constructor(files: Files, directory: string, commit: GroupCommit) {
    this.files = files;
    this.directory = directory;
    this.commit = commit;
    this.path = join(directory, IDENTITIES_FILE);
    const replacement = replacementOf(this.path);
    if (files.exists(replacement)) files.remove(replacement); // a crash has left it
    const content = files.exists(this.path) ? this.openIfReadable() : NOTHING;
    this.recovered = content.records;
    this.damage = content.damage;
  }

  /** A file that the disk does not give back makes room for another, and stays beside it. */
  private openIfReadable(): OpenedContent {
    try {
      return this.open();
    } catch (error) {
      if (!isMediumError(error)) throw error;
      this.file?.close();
      this.file = undefined;
      const keptAs = `${this.path}.unreadable`;
      this.files.rename(this.path, keptAs);
      return { records: [], damage: { reason: `cannot be read (${error.code})`, keptAs } };
    }
  }

  private open(): OpenedContent {
    const file = this.files.open(this.path);
    this.file = file;
    const octets = readAll(file);
    if (octets.length < IDENTITY_RECORD_OCTETS) {
      file.close(); // a crash came before anything was in it, or somebody has cut it
      this.file = undefined; // the first record makes another one
      this.files.remove(this.path); // or it would be told of at each start
      return { records: [], damage: { reason: 'empty', cutOctets: octets.length } };
    }
    if (IDENTITIES_TITLE.compare(octets, 0, IDENTITY_RECORD_OCTETS) !== 0) {
      file.close();
      throw new DataDirectoryError(
        `${this.path} is damaged in its first line, or of a newer version`,
        'restore it from a backup, or move it away: then exchanges forget what they have seen',
      );
    }
    const { records, soundOctets, damaged } = readIdentities(octets);
    if (soundOctets < octets.length) file.truncate(soundOctets);
    this.sizeOctets = soundOctets;
    const cutOctets = octets.length - soundOctets;
    if (damaged.length > 0) return { records, damage: { reason: 'damaged records', count: damaged.length, cutOctets } };
    return { records, damage: cutOctets > 0 ? { reason: 'cut short', cutOctets } : undefined };
  }

  /** The source's identities are those that count, with those of other sources. */
  add(source: IdentitySource): void {
    this.sources.add(source);
  }

  remove(source: IdentitySource): void {
    this.sources.delete(source);
  }

  /** Notes a record: it is there to stay once the group commit has covered it. @throws the system's error: then it is not */
  append(record: IdentityRecord): void {
    const file = this.file ?? this.create();
    putIdentity(record, this.record, 0);
    file.write(this.record, 0, IDENTITY_RECORD_OCTETS, this.sizeOctets);
    this.sizeOctets += IDENTITY_RECORD_OCTETS;
    this.commit.markDirty(file);
    if (this.successor !== undefined) this.appendToSuccessor(this.record, IDENTITY_RECORD_OCTETS);
    else if (this.sizeOctets > this.rewriteAtRecords * IDENTITY_RECORD_OCTETS) this.rewriteIfDue();
  }

  /** The title is on disk before the file has its name: after a power cut, a file without it would pass for something else. */
  private create(): DataFile {
    const file = replaceWhole(this.files, this.path, IDENTITIES_TITLE.subarray(0, IDENTITY_RECORD_OCTETS));
    this.file = file;
    this.sizeOctets = IDENTITY_RECORD_OCTETS;
    this.commit.markDirty(this.files.directory(this.directory));
    return file;
  }

  private rewriteIfDue(): void {
    let count = 0;
    for (const { size } of this.sources) count += size;
    this.rewriteAtRecords = Math.max(REWRITE_FROM_RECORDS, REWRITE_AT_RATIO * count);
    if (this.sizeOctets <= this.rewriteAtRecords * IDENTITY_RECORD_OCTETS) return;
    try {
      const file = this.files.create(replacementOf(this.path));
      file.write(IDENTITIES_TITLE, 0, IDENTITY_RECORD_OCTETS, 0);
      this.successor = { file, sizeOctets: IDENTITY_RECORD_OCTETS };
      this.writeSlice(this.records());
    } catch {
      this.abandonSuccessor();
    }
  }

  private *records(): Generator<IdentityRecord> {
    for (const source of this.sources) yield* source.records();
  }

  private writeSlice(records: Iterator<IdentityRecord>): void {
    if (this.successor === undefined) return;
    const octets = Buffer.alloc(SLICE_RECORDS * IDENTITY_RECORD_OCTETS);
    let end = 0;
    for (let next = records.next(); !next.done; next = records.next()) {
      putIdentity(next.value, octets, end);
      end += IDENTITY_RECORD_OCTETS;
      if (end === octets.length) break;
    }
    this.appendToSuccessor(octets, end);
    if (end === octets.length) setImmediate(() => this.writeSlice(records));
    else this.finishSuccessor();
  }

  private appendToSuccessor(octets: Buffer, length: number): void {
    const { successor } = this;
    try {
      successor!.file.write(octets, 0, length, successor!.sizeOctets);
      successor!.sizeOctets += length;
      this.commit.markDirty(successor!.file);
    } catch {
      this.abandonSuccessor(); // the log goes on as it is: there may be room for another one later
    }
  }

  /** It takes the old one's place once it is on disk. */
  private finishSuccessor(): void {
    this.commit.wait({ committed: () => this.takeOver(), commitFailed: () => undefined });
  }

  private takeOver(): void {
    const { successor, file: old } = this;
    if (successor === undefined || old === undefined) return;
    try {
      this.files.rename(replacementOf(this.path), this.path);
    } catch {
      this.abandonSuccessor();
      return;
    }
    this.file = successor.file;
    this.sizeOctets = successor.sizeOctets;
    this.successor = undefined;
    this.commit.markDirty(successor.file);
    this.commit.markDirty(this.files.directory(this.directory));
    this.commit.forget(old);
    const close = () => old.close(); // not before the sync has ended that may be under way
    this.commit.wait({ committed: close, commitFailed: close });
  }

  private abandonSuccessor(): void {
    this.rewriteAtRecords = (2 * this.sizeOctets) / IDENTITY_RECORD_OCTETS;
    const { successor } = this;
    this.successor = undefined;
    if (successor === undefined) return;
    this.commit.forget(successor.file);
    const close = () => successor.file.close();
    this.commit.wait({ committed: close, commitFailed: close });
    try {
      this.files.remove(replacementOf(this.path));
    } catch {
      // The next start removes it.
    }
  }

  /** To be called when all that was written is committed. */
  close(): void {
    this.successor?.file.close();
    this.successor = undefined;
    this.file?.close();
    this.file = undefined;
  }
}
