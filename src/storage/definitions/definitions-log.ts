import { dirname, join } from 'node:path';
import { stringifyJson } from '../../json/exact-json.ts';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import type { DataFile, Files } from '../disk/files.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { readAll, replaceWhole } from '../disk/whole-file.ts';
import { type Change, type DefinitionKey, encodeLine, type Json } from './definition-line.ts';
import { type DefinitionsFile, readDefinitionsFile } from './definitions-file.ts';
import { type Definition, DefinitionsTable } from './definitions-table.ts';

export const DEFINITIONS_FILE = 'definitions.log';
/** The first line of each log. */
const TITLE = JSON.stringify(['definitions', 1]);
/** What stands for the end of a log that was closed: nothing changes, but all before it is known to be committed. */
const NO_CHANGES = '[]';
/** A smaller log is not worth the writing of another. */
const REWRITE_FROM_OCTETS = 64 * 1024;
/** A log this much larger than what it says is rewritten. */
const REWRITE_AT_RATIO = 4;

export interface WriteOptions {
  /** More of the same follows: the log is not written anew before that. */
  readonly isPart?: boolean;
}

/** Lines that end here are on disk once the batch is. */
interface WrittenBatch {
  readonly batch: number;
  endOctets: number;
}

/**
 * What is defined in a broker, as a file of lines (see definition-line.ts): each puts or removes some definitions, all of
 * them or, after a crash, none. When it says much that holds no more, it is written anew.
 */
export class DefinitionsLog {
  /** Left behind by a crash, never committed, and cut off when the log was opened. */
  readonly cutOctets: number;
  readonly path: string;

  private readonly files: Files;
  private readonly commit: GroupCommit;
  private file: DataFile;
  private sizeOctets: number;
  private readonly table = new DefinitionsTable();
  private rewriteAtOctets = REWRITE_FROM_OCTETS;
  private committedOctets: number;
  private readonly uncommitted: WrittenBatch[] = [];
  /** What a write has left that failed. */
  private hasRemains = false;

  private constructor(files: Files, path: string, commit: GroupCommit, file: DataFile, content: DefinitionsFile) {
    this.files = files;
    this.path = path;
    this.commit = commit;
    this.file = file;
    this.cutOctets = file.sizeOctets - content.soundOctets;
    this.sizeOctets = this.committedOctets = content.soundOctets;
    this.table.applyLines(content.texts);
  }

  /**
   * Opens the log of a data directory, or begins it in a new one.
   *
   * @param directory its path @throws DataDirectoryError if the log is damaged or missing; the system's errors
   */
  static open(files: Files, directory: string, commit: GroupCommit): DefinitionsLog {
    const path = join(directory, DEFINITIONS_FILE);
    if (!files.exists(path)) begin(files, path);
    const file = files.open(path);
    try {
      const content = readDefinitionsFile(readAll(file), path);
      const log = new DefinitionsLog(files, path, commit, file, content);
      if (log.cutOctets > 0) log.cutTail();
      return log;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  /** All definitions of the kind, the oldest first: see `DefinitionsTable`. */
  definitions<Value = Json>(kind: string): Generator<Definition<Value>> {
    return this.table.definitions<Value>(kind);
  }

  /** The kinds that there are, or were, definitions of. */
  get kinds(): readonly string[] {
    return [...this.table.counts.keys()];
  }

  put(kind: string, key: DefinitionKey, value: Json): void {
    this.write([['put', kind, key, value]]);
  }

  remove(kind: string, key: DefinitionKey): void {
    this.write([['remove', kind, key]]);
  }

  /**
   * Makes the changes, together; they are there to stay once the group commit has covered them.
   *
   * @throws the system's error (ENOSPC, EIO), or why nothing can be committed any more: then nothing has changed
   */
  write(changes: readonly Change[], { isPart = false }: WriteOptions = {}): void {
    if (this.commit.failure !== undefined) throw this.commit.failure;
    this.append(stringifyJson(changes));
    this.commit.markDirty(this.file);
    for (const change of changes) this.table.apply(change);
    if (!isPart && this.sizeOctets > this.rewriteAtOctets) this.rewriteIfDue();
  }

  /** Why nothing can be written any more. */
  get failure(): Error | undefined {
    return this.commit.failure;
  }

  /** Returns once all that was written is on disk for good. */
  syncNow(): void {
    try {
      this.file.syncNow();
      this.files.directory(dirname(this.path)).syncNow();
    } catch (error) {
      this.fail(error);
    }
  }

  /** Whether all that was written is on disk for good. */
  get isCommitted(): boolean {
    this.noteCommitted();
    return this.uncommitted.length === 0;
  }

  /** To be called when all that was written is committed. */
  close(): void {
    const isSound = this.commit.failure === undefined && this.isCommitted;
    try {
      if (isSound) this.append(NO_CHANGES);
    } catch {
      // It only tells the next start that the last line was committed.
    }
    this.commit.forget(this.file);
    this.file.close();
  }

  private append(text: string): void {
    if (this.hasRemains) this.cutTail();
    this.noteCommitted();
    const line = encodeLine({ text, committedOctets: this.committedOctets });
    try {
      this.file.write(line, 0, line.length, this.sizeOctets);
    } catch (error) {
      this.dropRemains();
      throw error;
    }
    this.sizeOctets += line.length;
    const { batch } = this.commit;
    const last = this.uncommitted.at(-1);
    if (last?.batch === batch) last.endOctets = this.sizeOctets;
    else this.uncommitted.push({ batch, endOctets: this.sizeOctets });
  }

  private noteCommitted(): void {
    const { uncommitted, commit } = this;
    while (uncommitted.length > 0 && uncommitted[0]!.batch <= commit.committedBatch) {
      this.committedOctets = uncommitted.shift()!.endOctets;
    }
  }

  /** What a failed write has left, which may be all of it, is not to be found by the next start: as far as that can be had. */
  private dropRemains(): void {
    this.hasRemains = true;
    try {
      this.file.truncate(this.sizeOctets);
    } catch {
      // `cutTail` tries again, before anything else is written.
    }
  }

  /** For good, before anything is written in its place: or it might come back between two lines. */
  private cutTail(): void {
    this.file.truncate(this.sizeOctets);
    try {
      this.file.syncNow();
    } catch (error) {
      this.fail(error);
    }
    this.hasRemains = false;
  }

  /** After a sync that failed: whatever else the next one was to bring to disk may be lost with it. */
  private fail(error: unknown): never {
    this.commit.failure ??= error as Error;
    throw error;
  }

  private rewriteIfDue(): void {
    this.rewriteAtOctets = Math.max(REWRITE_FROM_OCTETS, REWRITE_AT_RATIO * this.table.liveOctets);
    if (this.sizeOctets <= this.rewriteAtOctets) return;
    try {
      this.rewrite();
      this.rewriteAtOctets = Math.max(REWRITE_FROM_OCTETS, REWRITE_AT_RATIO * this.sizeOctets);
    } catch {
      this.rewriteAtOctets = 2 * this.sizeOctets; // the log goes on as it is: there may be room for another one later
    }
  }

  /** Writes the log anew. It is on disk before it takes the old one's place; that it has is for the next commit to see to. */
  private rewrite(): void {
    const { commit, file: old } = this;
    const octets = encodeLog(this.table.changes);
    this.file = replaceWhole(this.files, this.path, octets);
    this.sizeOctets = this.committedOctets = octets.length;
    this.uncommitted.splice(0, Number.POSITIVE_INFINITY, { batch: commit.batch, endOctets: octets.length });
    commit.markDirty(this.files.directory(dirname(this.path)));
    commit.forget(old);
    const close = () => old.close(); // not before the sync has ended that may be under way
    commit.wait({ committed: close, commitFailed: close });
  }
}

/** A first log for a new directory. */
function begin(files: Files, path: string): void {
  const directory = dirname(path);
  if (files.list(directory).includes('messages')) {
    throw new DataDirectoryError(
      `${path} is missing: it says which queues the messages in ${directory} belong to`,
      'restore it from a backup, or move the directory away to begin with an empty one',
    );
  }
  replaceWhole(files, path, encodeLog([])).close();
  files.directory(directory).syncNow();
}

/** @param changes as JSON, each in a line of its own */
function encodeLog(changes: readonly string[]): Buffer {
  const lines = [TITLE, ...changes.map((change) => `[${change}]`)].map((text) =>
    encodeLine({ text, committedOctets: 0 }),
  );
  const committedOctets = lines.reduce((sum, { length }) => sum + length, 0);
  return Buffer.concat([...lines, encodeLine({ text: NO_CHANGES, committedOctets })]);
}
