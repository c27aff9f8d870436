import { join } from 'node:path';
import type { DiskReserve } from '../disk/disk-reserve.ts';
import { DiskRetries } from '../disk/disk-retries.ts';
import type { DataFile, Files, Syncable } from '../disk/files.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isOutOfSpace, isSystemError } from '../disk/system-error.ts';
import { NumbersUsedUpError } from '../numbers-used-up-error.ts';
import { AckFile } from './ack-file.ts';
import { seedOf } from './checksum.ts';
import { endLog, putSegmentHeader, SEGMENT_HEADER_OCTETS, Segment, type SegmentKind } from './segment.ts';
import type { SegmentWindow } from './window.ts';

/** Files of dead segments that are kept to be written again: their place on the disk is there already, which saves half of a sync. */
const MAX_SPARES = 1;
const NUMBER_DIGITS = 10;
/** A segment's number is a word in each of its records. */
const MAX_NUMBER = 0xffffffff;

/** The names of the segments that are on disk for good, kept elsewhere. */
export interface SegmentManifest {
  readonly names: readonly string[];
  /** @throws the system's error if that can't be noted */
  add(name: string): void;
  /** @throws the system's error if that can't be noted */
  remove(name: string): void;
}

/** A segment's file as its name tells it. */
export interface SegmentName {
  readonly number: number;
  readonly kind: SegmentKind;
}

/** Undefined: the name is not a segment's. */
export function parseSegmentName(name: string): SegmentName | undefined {
  const match = /^(\d{10})\.(log|moved)$/.exec(name);
  const number = Number(match?.[1]);
  return match === null || number > MAX_NUMBER ? undefined : { number, kind: match[2] as SegmentKind };
}

export function segmentName({ number, kind }: SegmentName): string {
  return `${padded(number)}.${kind}`;
}

export function ackFileName(number: number): string {
  return `${padded(number)}.acks`;
}

function padded(number: number): string {
  return String(number).padStart(NUMBER_DIGITS, '0');
}

/** Where segments' files are, and what they are written with. */
export interface SegmentFilesOptions {
  readonly path: string;
  readonly files: Files;
  readonly commit: GroupCommit;
  readonly manifest?: SegmentManifest | undefined;
  /** Disk space for what frees more of it. */
  readonly reserve?: DiskReserve | undefined;
}

/** The segments' files: named, created ahead of their use, and used again. */
export class SegmentFiles {
  readonly path: string;
  readonly files: Files;
  readonly window: SegmentWindow;
  readonly salt: number;
  readonly reserve: DiskReserve | undefined;
  readonly retries = new DiskRetries();
  nextNumber = 1;

  private readonly commit: GroupCommit;
  private readonly directory: Syncable;
  private readonly manifest: SegmentManifest | undefined;
  private readonly expectedNames: ReadonlySet<string>;
  /** Numbers of segments that the manifest names. */
  private readonly listed = new Set<number>();
  /** Numbers of segments that were gone before they could be named. */
  private readonly removed = new Set<number>();
  /** Their paths. */
  private readonly spares: string[] = [];
  private spareCount = 0;

  constructor({ path, files, commit, manifest, reserve }: SegmentFilesOptions, window: SegmentWindow, salt: number) {
    this.path = path;
    this.manifest = manifest;
    this.reserve = reserve;
    this.expectedNames = new Set(manifest?.names);
    this.files = files;
    this.window = window;
    this.salt = salt;
    this.commit = commit;
    this.directory = files.directory(path);
  }

  /** A new, empty segment, its disk space reserved: for survivors only so much as is needed for the first. @throws ENOSPC; NumbersUsedUpError */
  create(kind: SegmentKind, sizeOctets: number = this.window.segmentSizeOctets): Segment {
    if (this.nextNumber > MAX_NUMBER) throw new NumbersUsedUpError('segments of the message log');
    const number = this.nextNumber++;
    const path = join(this.path, segmentName({ number, kind }));
    this.removeStaleAcks(number);
    const file = (kind === 'log' ? this.reuse(path) : undefined) ?? this.files.create(path);
    this.preallocate(file, sizeOctets); // again for one that is reused: it was cut when it was sealed
    this.commit.markDirty(this.directory);
    this.commit.wait({ committed: () => this.listOrRetry({ number, kind }), commitFailed: () => undefined });
    return this.segment({ number, kind }, file);
  }

  /** A power cut may have left some of a segment that had the number before. */
  private removeStaleAcks(number: number): void {
    const path = join(this.path, ackFileName(number));
    if (this.files.exists(path)) this.files.remove(path);
  }

  /** Notes a segment once its name in the directory is on disk. One that is not noted yet will not be missed, that is all. */
  private listOrRetry(name: SegmentName): void {
    if (!this.list(name)) this.retries.add(() => this.list(name));
  }

  /** False: the disk is full, or has failed. */
  private list(name: SegmentName): boolean {
    if (this.removed.delete(name.number)) return true;
    try {
      this.manifest?.add(segmentName(name));
      this.listed.add(name.number);
      return true;
    } catch (error) {
      this.requireDiskFailure(error);
      return false;
    }
  }

  /** @throws the error, if the disk has nothing to do with it */
  private requireDiskFailure(error: unknown): void {
    if (error !== this.commit.failure && !isSystemError(error)) throw error;
  }

  /** Takes a segment off the list; it may be removed once that is committed. Returns false if that can't be noted now. */
  unlist({ number, kind }: SegmentName): boolean {
    if (!this.listed.delete(number)) {
      this.removed.add(number);
      return true;
    }
    const note = () => this.manifest?.remove(segmentName({ number, kind }));
    try {
      if (this.reserve === undefined) note();
      else this.reserve.use(note);
      return true;
    } catch (error) {
      this.requireDiskFailure(error);
      this.listed.add(number);
      return false;
    }
  }

  /** Segments that should be there. */
  get expected(): ReadonlySet<string> {
    return this.expectedNames;
  }

  /** A segment was found that is there to stay. */
  found(name: SegmentName): void {
    if (this.expectedNames.has(segmentName(name))) this.listed.add(name.number);
    else this.listOrRetry(name);
  }

  private reuse(path: string): DataFile | undefined {
    const spare = this.spares.at(-1);
    if (spare === undefined) return undefined;
    this.files.rename(spare, path);
    this.spares.pop();
    try {
      return this.files.open(path);
    } catch (error) {
      this.files.remove(path);
      throw error;
    }
  }

  /** Takes disk space for a new segment's file; one that gets none goes. @throws ENOSPC */
  private preallocate(file: DataFile, sizeOctets: number): void {
    try {
      this.takeSpace(file, sizeOctets);
    } catch (error) {
      file.close();
      this.files.remove(file.path);
      throw error;
    }
  }

  /** Takes disk space for a file; on a full disk, in the place of the spare. @throws ENOSPC */
  takeSpace(file: DataFile, sizeOctets: number): void {
    try {
      file.preallocate(sizeOctets);
    } catch (error) {
      if (!isOutOfSpace(error) || this.spares.length === 0) throw error;
      this.removeSpares();
      file.preallocate(sizeOctets);
    }
  }

  private removeSpares(): void {
    for (const spare of this.spares.splice(0)) this.files.remove(spare);
  }

  /** The segment of a file that is there. */
  open(name: SegmentName): Segment {
    return this.segment(name, this.files.open(join(this.path, segmentName(name))));
  }

  private segment({ number, kind }: SegmentName, file: DataFile): Segment {
    const acks = new AckFile(this.files, join(this.path, ackFileName(number)), seedOf(this.salt, number));
    return new Segment(number, kind, file, acks, this.salt, this.window);
  }

  /** Brings a new segment into the window and writes its header. */
  begin(segment: Segment, replayFrom: number, lastSynced: number): void {
    const { window, salt } = this;
    segment.usedOctets = 0;
    segment.markWritten();
    segment.isTail = true;
    window.attach(segment);
    putSegmentHeader(window.words, segment.base >> 2, {
      number: segment.number,
      salt,
      sizeOctets: window.segmentSizeOctets,
      replayFrom,
      lastSynced,
    });
    segment.usedOctets = SEGMENT_HEADER_OCTETS;
    endLog(window.words, segment);
  }

  /** Gives back what a segment does not use. Should that fail, it only takes more room. */
  cut(segment: Segment): void {
    try {
      segment.writeOut();
      segment.cut();
    } catch (error) {
      if (!isSystemError(error)) throw error; // one that matters shows again when the segment is synced
    }
  }

  /** Removes the segment's files; the larger one is kept for another segment. Returns false if that can't be done now. */
  remove(segment: Segment): boolean {
    if (!this.hasRemovedLog(segment)) return false;
    this.window.detach(segment);
    this.commit.forget(segment);
    this.commit.forget(segment.acks);
    try {
      segment.acks.remove(); // not before, nor without the other: what was acknowledged would be back after a crash
    } catch (error) {
      if (!isSystemError(error)) throw error; // the next start removes it
      segment.acks.close();
    }
    this.commit.markDirty(this.directory);
    return true;
  }

  private hasRemovedLog({ file }: Segment): boolean {
    try {
      if (this.spares.length < MAX_SPARES) this.keepSpare(file.path);
      else this.files.remove(file.path);
      file.close();
      return true;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      return false;
    }
  }

  private keepSpare(path: string): void {
    const spare = join(this.path, `${this.spareCount++}.spare`);
    this.files.rename(path, spare);
    this.spares.push(spare);
  }

  /** Removes what is kept for later use, and closes the rest. */
  close(segments: Iterable<Segment | undefined>): void {
    this.removeSpares();
    for (const segment of segments) {
      if (segment === undefined) continue;
      this.window.detach(segment);
      segment.acks.close();
      segment.file.close();
    }
  }
}
