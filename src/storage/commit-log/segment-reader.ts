import { join } from 'node:path';
import type { Files } from '../disk/files.ts';
import { AckFile } from './ack-file.ts';
import { seedOf } from './checksum.ts';
import { type ScannedSegment, type ScanVisitor, scanSegment } from './scan.ts';
import { readSegmentHeader, SEGMENT_HEADER_OCTETS, type SegmentHeader } from './segment.ts';
import { ackFileName, type SegmentName, segmentName } from './segment-files.ts';

const END_OF_LOG = 'no valid record at the end of the log: cut short by a crash, or damaged since';

/** A stretch without a valid record, between octets of the segment. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  /** Records follow. */
  readonly isBetween: boolean;
}

/** A segment's file, read whole for whoever looks at its records and changes nothing. */
export class ReadSegment implements ScannedSegment {
  readonly name: SegmentName;
  readonly file: string;
  readonly octets: Buffer;
  readonly words: Int32Array;
  readonly base = 0;
  readonly sizeOctets: number;
  readonly number: number;
  readonly seed: number;
  readonly isCut: boolean;
  readonly header: SegmentHeader | undefined;

  private constructor(name: SegmentName, octets: Buffer, salt: number, segmentSizeOctets: number) {
    this.name = name;
    this.file = segmentName(name);
    this.octets = octets;
    this.words = new Int32Array(octets.buffer, octets.byteOffset, octets.length >> 2);
    this.sizeOctets = octets.length;
    this.number = name.number;
    this.seed = seedOf(salt, name.number);
    this.isCut = name.kind === 'log' && octets.length < segmentSizeOctets;
    this.header = octets.length < SEGMENT_HEADER_OCTETS ? undefined : readSegmentHeader(this.words, 0);
  }

  /** @param into memory for a full segment @throws the system's error (ENOENT if it has gone meanwhile) */
  static read(files: Files, path: string, name: SegmentName, salt: number, into: Buffer): ReadSegment {
    const file = files.open(join(path, segmentName(name)));
    try {
      const sizeOctets = file.read(into, 0, Math.min(file.sizeOctets, into.length) & ~7, 0);
      return new ReadSegment(name, into.subarray(0, sizeOctets & ~7), salt, into.length);
    } finally {
      file.close();
    }
  }

  /** The header is this segment's own, and not that of the one whose file it is in now. */
  get hasOwnHeader(): boolean {
    return this.header?.number === this.number;
  }

  /** There is no header, not even one that is damaged. */
  get isBlank(): boolean {
    return this.octets.subarray(0, SEGMENT_HEADER_OCTETS).every((octet) => octet === 0);
  }

  /** Walks through the records; returns where they end, and what is no record, though it should be. */
  scan(record: ScanVisitor['record']): { readonly end: number; readonly gaps: readonly Gap[] } {
    const found: { from: number; to: number }[] = [];
    const end = scanSegment(this, { record, damaged: (from, to) => found.push({ from, to }) });
    return { end: Math.min(end, this.sizeOctets), gaps: found.map((gap) => ({ ...gap, isBetween: gap.from < end })) };
  }

  acks(files: Files, path: string): AckFile {
    return new AckFile(files, join(path, ackFileName(this.number)), this.seed);
  }
}

/** @param isNewest a crash can only have cut short what was written last */
export function reasonOf({ isBetween }: Gap, isNewest: boolean): string {
  return isNewest && !isBetween ? END_OF_LOG : 'no valid record';
}
