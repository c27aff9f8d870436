import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import { ARENA_SIZE_OCTETS } from '../arena.ts';
import { DataDirectoryError } from '../data-directory-error.ts';
import type { DataFile, Files } from '../files.ts';
import type { GroupCommit } from '../group-commit.ts';
import type { MappedMemory, Native } from '../native.ts';
import { replaceWholeNow } from '../whole-file.ts';
import { DurableStore } from './durable-store.ts';
import { LargeBodies, parseBodyFileName } from './large-bodies.ts';
import type { DurableStoreListener } from './log-tail.ts';
import { Recovery, type RecoverySink } from './recovery.ts';
import { FORMAT_VERSION, readSegmentHeader, SEGMENT_HEADER_OCTETS, type SegmentHeader } from './segment.ts';
import { parseSegmentName, SegmentFiles, type SegmentManifest } from './segment-files.ts';
import { mappedWindow, plainWindow, type SegmentWindow } from './window.ts';

export const SEGMENT_SIZE_OCTETS = 16 * 1024 * 1024;
/** Mapped segments cost address space; the memory is the system's page cache. */
const MAPPED_PLACES = 30;
/** Segments that are read into memory cost that memory. */
const PLAIN_PLACES = 8;
const SALT_FILE = 'salt';
const LARGEST_SALT = 0x7fffffff;

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
    if (native === undefined || this.mapped === undefined) {
      return plainWindow(this.octets, ARENA_SIZE_OCTETS, placeCount, segmentSizeOctets);
    }
    return mappedWindow(native, this.mapped, ARENA_SIZE_OCTETS, placeCount, segmentSizeOctets);
  }

  /** Puts what is in the files back into queues; to be called once, before anything is appended. */
  recover(sink: RecoverySink): void {
    new Recovery(this.store, sink).run();
  }

  /** Brings everything to disk and closes the files. Nothing of the store may be used any more. */
  async close(): Promise<void> {
    await this.store.close();
    if (this.mapped !== undefined) this.options.native!.giveBack(this.mapped);
  }
}

function refuseForeignFiles(files: Files, path: string, segmentSizeOctets: number): void {
  for (const name of files.list(path)) {
    const segment = parseSegmentName(name);
    const isOurs =
      segment !== undefined ||
      /^(\d{10}\.acks|\d+\.spare|salt|salt\.new)$/.test(name) ||
      parseBodyFileName(name) !== undefined;
    if (!isOurs) {
      throw new DataDirectoryError(
        `${join(path, name)} is not a file of the message log`,
        'move it elsewhere: nothing but the broker may write there',
      );
    }
    if (segment !== undefined)
      refuseOtherFormat(readHeader(files, join(path, name)), join(path, name), segmentSizeOctets);
  }
}

function refuseOtherFormat(header: SegmentHeader | undefined, path: string, segmentSizeOctets: number): void {
  if (header === undefined) return; // damaged, or never written: recovery looks at it
  if (header.version > FORMAT_VERSION) {
    throw new DataDirectoryError(
      `${path} has format ${header.version}, and this broker knows ${FORMAT_VERSION} at most`,
      'start the newer broker that wrote it',
    );
  }
  if (header.sizeOctets !== segmentSizeOctets) {
    throw new DataDirectoryError(
      `${path} is of segments of ${header.sizeOctets} octets, and this broker's have ${segmentSizeOctets}`,
      'start the broker that wrote it',
    );
  }
}

function readHeader(files: Files, path: string): SegmentHeader | undefined {
  const file = files.open(path);
  try {
    const octets = Buffer.alloc(SEGMENT_HEADER_OCTETS);
    file.read(octets, 0, SEGMENT_HEADER_OCTETS, 0);
    return readSegmentHeader(new Int32Array(octets.buffer, octets.byteOffset, SEGMENT_HEADER_OCTETS >> 2), 0);
  } finally {
    file.close();
  }
}

/** The secret that checksums begin with: in a file of its own, and in each segment's header. */
function readSalt(files: Files, path: string): number {
  const segments = files.list(path).filter((name) => parseSegmentName(name) !== undefined);
  for (const name of segments) {
    const header = readHeader(files, join(path, name));
    if (header !== undefined) return header.salt;
  }
  const saltPath = join(path, SALT_FILE);
  if (files.exists(saltPath)) {
    const salt = readSaltFile(files.open(saltPath));
    if (salt !== undefined) return salt;
    if (segments.length > 0) {
      throw new DataDirectoryError(
        `${saltPath} is damaged, and so are all segments' headers`,
        'restore it from a backup',
      );
    }
    files.remove(saltPath);
  }
  const salt = randomInt(1, LARGEST_SALT);
  replaceWholeNow(files, saltPath, Buffer.from(`${salt.toString(16).padStart(8, '0')}\n`));
  return salt;
}

function readSaltFile(file: DataFile): number | undefined {
  const octets = Buffer.alloc(9);
  const length = file.read(octets, 0, octets.length, 0);
  file.close();
  const text = octets.toString('latin1', 0, length);
  return /^[0-9a-f]{8}\n$/.test(text) ? Number.parseInt(text, 16) : undefined;
}
