import { dirname, join } from 'node:path';
import { DataDirectoryError } from '../disk/data-directory-error.ts';
import type { DiskReserve } from '../disk/disk-reserve.ts';
import type { Files } from '../disk/files.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import type { MappedMemory, Native } from '../disk/native.ts';
import { ARENA_SIZE_OCTETS } from '../message/arena.ts';
import { DurableStore } from './durable-store.ts';
import { LargeBodies, parseBodyFileName } from './large-bodies.ts';
import type { DurableStoreListener } from './log-tail.ts';
import { Recovery, type RecoverySink } from './recovery.ts';
import { readHeaderOf, readSalt } from './salt.ts';
import { FORMAT_VERSION, type SegmentHeader } from './segment.ts';
import { parseSegmentName, SegmentFiles, type SegmentManifest } from './segment-files.ts';
import { mappedWindow, plainWindow, type SegmentWindow } from './window.ts';

export const SEGMENT_SIZE_OCTETS = 16 * 1024 * 1024;
/** Mapped segments cost address space; the memory is the system's page cache. */
const MAPPED_PLACES = 20;
/** Segments that are read into memory cost that memory. */
const PLAIN_PLACES = 8;

export interface CommitLogOptions {
  /** The directory of the log's files. */
  readonly path: string;
  readonly files: Files;
  /** Maps segments into memory; undefined: they are read and written. */
  readonly native: Native | undefined;
  readonly commit: GroupCommit;
  readonly listener: DurableStoreListener;
  /** Tells which segments there should be; undefined: nobody knows. */
  readonly manifest?: SegmentManifest;
  /** Disk space for what frees more of it. */
  readonly reserve?: DiskReserve;
  /** A power of two of at least 64 KiB, the same as long as the directory lives. Default: 16 MiB. */
  readonly segmentSizeOctets?: number;
  readonly placeCount?: number;
}

/** The commit log of a data directory: its files, the memory they are looked at in, and the store of what is in them. */
export class CommitLog {
  readonly store: DurableStore;
  /** The memory that holds the arena and the segments in use. */
  readonly octets: Buffer;
  private readonly options: CommitLogOptions;
  private readonly mapped: MappedMemory | undefined;
  private readonly segmentFiles: SegmentFiles;

  /** @throws DataDirectoryError if a file there is not the log's, or of a newer format */
  constructor(options: CommitLogOptions) {
    const { path, files, native, commit, listener } = options;
    const segmentSizeOctets = options.segmentSizeOctets ?? SEGMENT_SIZE_OCTETS;
    const placeCount = options.placeCount ?? (native === undefined ? PLAIN_PLACES : MAPPED_PLACES);
    this.options = options;
    if (!files.exists(path)) {
      files.makeDirectory(path);
      files.directory(dirname(path)).syncNow();
    }
    refuseForeignFiles(files, path, segmentSizeOctets);
    const salt = readSalt(files, path);
    const sizeOctets = ARENA_SIZE_OCTETS + placeCount * segmentSizeOctets;
    this.mapped = native?.reserve(sizeOctets);
    this.octets = this.mapped?.octets ?? Buffer.alloc(sizeOctets);
    const window = this.window(placeCount, segmentSizeOctets);
    this.segmentFiles = new SegmentFiles(options, window, salt);
    this.store = new DurableStore(this.segmentFiles, new LargeBodies(path, files, commit), commit, listener);
  }

  private window(placeCount: number, segmentSizeOctets: number): SegmentWindow {
    const { native } = this.options;
    const layout = { firstPlaceAt: ARENA_SIZE_OCTETS, placeCount, segmentSizeOctets };
    if (native === undefined || this.mapped === undefined) return plainWindow(this.octets, layout);
    return mappedWindow(native, this.mapped, layout);
  }

  /** Puts what is in the files back into queues; to be called once, before anything is appended. */
  recover(sink: RecoverySink): void {
    new Recovery(this.store, sink).run();
  }

  /** Brings everything to disk and closes the files. Nothing of the store may be used any more. */
  async close(): Promise<void> {
    await this.store.close();
  }
}

function refuseForeignFiles(files: Files, path: string, segmentSizeOctets: number): void {
  for (const name of files.list(path)) {
    if (!isLogFileName(name)) {
      throw new DataDirectoryError(
        `${join(path, name)} is not a file of the message log`,
        'move it elsewhere: nothing but the broker may write there',
      );
    }
    if (parseSegmentName(name) !== undefined)
      refuseOtherFormat(readHeaderOf(files, join(path, name)), join(path, name), segmentSizeOctets);
  }
}

/** Whether the log gives such names to its files. */
export function isLogFileName(name: string): boolean {
  const isSegment = parseSegmentName(name) !== undefined;
  return isSegment || /^(\d{10}\.acks|\d+\.spare|salt(\.new)?)$/.test(name) || parseBodyFileName(name) !== undefined;
}

function refuseOtherFormat(header: SegmentHeader | undefined, path: string, segmentSizeOctets: number): void {
  if (header === undefined) return; // damaged, or never written: recovery looks at it
  refuseNewerFormat(header, path);
  if (header.sizeOctets !== segmentSizeOctets) {
    throw new DataDirectoryError(
      `${path} is of segments of ${header.sizeOctets} octets, and this broker's have ${segmentSizeOctets}`,
      'start the broker that wrote it',
    );
  }
}

/** @throws DataDirectoryError if a later version has written the segment */
export function refuseNewerFormat({ version }: SegmentHeader, path: string): void {
  if (version <= FORMAT_VERSION) return;
  throw new DataDirectoryError(
    `${path} has format ${version}, and this broker knows ${FORMAT_VERSION} at most`,
    'start the newer broker that wrote it',
  );
}
