import { join } from 'node:path';
import type { DataFile } from '../disk/files.ts';
import { isMediumError } from '../disk/system-error.ts';
import { AckIndex } from './ack-index.ts';
import type { DamageReports } from './damage.ts';
import type { DurableStore } from './durable-store.ts';
import { type ScannedSegment, scanSegment } from './scan.ts';
import { readSegmentHeader, SEGMENT_HEADER_OCTETS, type Segment, type SegmentHeader } from './segment.ts';
import { ackFileName, type SegmentName, segmentName } from './segment-files.ts';
import { NOT_ATTACHED } from './window.ts';

const READ_OCTETS = 256 * 1024;

/** The segments that a broker finds at its start, as it walks through them for the first time: what is valid, and what is not. */
export class RecoveredSegments {
  private readonly store: DurableStore;
  private readonly damage: DamageReports;
  private readonly damaged = new Set<Segment>();
  private readonly acknowledgedInVain = new Set<Segment>();
  private readonly piece = Buffer.allocUnsafeSlow(READ_OCTETS);
  /** Segments that are there and can't be read. */
  unreadableCount = 0;

  constructor(store: DurableStore, damage: DamageReports) {
    this.store = store;
    this.damage = damage;
  }

  /**
   * Opens the segments' files, and makes them the store's, but for those that the disk does not give back: these are told of, and stay
   * where they are.
   */
  open(names: readonly SegmentName[]): Segment[] {
    return names.map((name) => this.openIfReadable(name)).filter((segment) => segment !== undefined);
  }

  private openIfReadable(name: SegmentName): Segment | undefined {
    try {
      return this.openOne(name);
    } catch (error) {
      if (!isMediumError(error)) throw error;
      this.unreadableCount++;
      this.damage.unreadable(join(this.store.segmentFiles.path, segmentName(name)), error);
      return undefined;
    }
  }

  private openOne(name: SegmentName): Segment {
    const { segmentFiles } = this.store;
    const segment = segmentFiles.open(name);
    try {
      this.readThrough(segment.file);
    } catch (error) {
      segment.file.close();
      throw error;
    }
    segmentFiles.found(name);
    segment.usedOctets = Math.min(segment.file.sizeOctets, segmentFiles.window.segmentSizeOctets);
    segment.markWritten();
    this.store.enlist(segment);
    return segment;
  }

  /** An error while a mapped file is looked at would end the process. Costs as much as copying the file in memory. */
  private readThrough(file: DataFile): void {
    const { sizeOctets } = file;
    for (let at = 0; at < sizeOctets; at += this.piece.length) {
      file.read(this.piece, 0, Math.min(this.piece.length, sizeOctets - at), at);
    }
  }

  /**
   * A broker that was killed has left some of this in the system's cache alone, where a power cut would still lose it: more
   * is going to be written that relies on it. Where there is nothing to be done, this costs next to nothing.
   */
  bringToDisk(segments: readonly Segment[]): void {
    const { files, path } = this.store.segmentFiles;
    for (const { file } of segments) file.syncNow();
    files.directory(path).syncNow();
  }

  /** Brings the segment into the window. */
  attach(segment: Segment): void {
    if (segment.base === NOT_ATTACHED) this.store.segmentFiles.window.attach(segment);
    segment.isReferenced = true;
  }

  /** Undefined: there is none, or it is damaged. */
  headerOf(segment: Segment): SegmentHeader | undefined {
    if (segment.usedOctets < SEGMENT_HEADER_OCTETS) return undefined;
    this.attach(segment);
    return readSegmentHeader(this.store.segmentFiles.window.words, segment.base >> 2);
  }

  /** Whether it has a header, and that of no other segment. */
  hasHeader(segment: Segment): boolean {
    return this.headerOf(segment)?.number === segment.number;
  }

  /** What was acknowledged and delivered of the segment's messages. Damage to that is reported. */
  readAcks(segment: Segment): AckIndex {
    const { window, path } = this.store.segmentFiles;
    const index = new AckIndex(window.segmentSizeOctets, segment.kind === 'log');
    const file = join(path, ackFileName(segment.number));
    index.onDamage = (offset, octets) => this.damage.inAcknowledgements(file, offset, octets);
    const cutOctets = this.readAcksIfReadable(segment, index, file);
    if (cutOctets > 0) {
      this.damage.endOfAcknowledgements(file, cutOctets);
      segment.acks.cut();
    }
    segment.acks.syncNow(); // for the same reason as the segments: see bringToDisk
    segment.acks.close(); // there may be very many, and most are never written again
    return index;
  }

  /** Without them, its messages come back. */
  private readAcksIfReadable({ acks }: Segment, index: AckIndex, file: string): number {
    try {
      return acks.read(index);
    } catch (error) {
      if (!isMediumError(error)) throw error;
      this.damage.unreadable(file, error);
      return 0;
    }
  }

  /** Walks through the segment's valid records, before it is scanned. What else there is will be met again, and reported, then. */
  eachRecord(segment: Segment, record: (offset: number) => void): void {
    this.attach(segment);
    scanSegment(this.octetsOf(segment, false), { record, damaged: () => undefined });
  }

  /** Walks through the segment's records; afterwards it is known how far it is used, and what is damaged is reported. */
  scan(segment: Segment, acks: AckIndex, record: (offset: number, lengthOctets: number) => void): void {
    this.attach(segment);
    const sizeOctets = segment.usedOctets;
    const isCut = segment.kind === 'log' && sizeOctets < this.store.segmentFiles.window.segmentSizeOctets;
    const damages: { from: number; to: number }[] = [];
    let recordCount = 0;
    const visitor = {
      record: (offset: number, lengthOctets: number) => {
        recordCount++;
        record(offset, lengthOctets);
      },
      damaged: (from: number, to: number) => damages.push({ from, to }),
    };
    segment.pin(); // or looking at others might take it out of the window
    const end = scanSegment(this.octetsOf(segment, isCut), visitor);
    segment.unpin();
    segment.usedOctets = Math.min(end, sizeOctets);
    const hasHeader = this.hasHeader(segment);
    const wasOpen = this.damage.wasOpen(segment);
    if (recordCount > 0 || hasHeader || this.isHeaderCut(segment, sizeOctets)) {
      const headerEnd = Math.min(sizeOctets, SEGMENT_HEADER_OCTETS);
      if (!hasHeader) this.damage.inSegment(segment, 0, headerEnd, 'no valid header', wasOpen);
      for (const { from, to } of damages) this.setAside(segment, from, to, wasOpen && from >= end);
    } else if (sizeOctets === 0 && this.store.segmentFiles.expected.has(segmentName(segment))) {
      this.damage.emptied(segment.file.path);
    } // else it was never begun: what is in it is of an older segment whose file it has
    if (acks.highestOffset >= segment.usedOctets) this.acknowledgedInVain.add(segment);
  }

  private octetsOf({ base, number, seed, usedOctets }: Segment, isCut: boolean): ScannedSegment {
    return { words: this.store.segmentFiles.window.words, base, sizeOctets: usedOctets, number, seed, isCut };
  }

  private setAside(segment: Segment, from: number, to: number, isUnfinished: boolean): void {
    this.damaged.add(segment);
    const reason = isUnfinished ? 'not finished when the broker went down' : 'no valid record';
    this.damage.inSegment(segment, from, to, reason, isUnfinished);
  }

  /** There is less of the file than a header, and yet something in it. */
  private isHeaderCut({ base }: Segment, sizeOctets: number): boolean {
    if (sizeOctets >= SEGMENT_HEADER_OCTETS) return false;
    const { octets } = this.store.segmentFiles.window;
    return octets.subarray(base, base + sizeOctets).some((octet) => octet !== 0);
  }

  /**
   * Whether the segment, which was scanned, can be appended to: unless something in it was cut off, or is acknowledged that is
   * not there. A record that came to its place would count as acknowledged.
   */
  isResumable(segment: Segment): boolean {
    return !this.damaged.has(segment) && !this.acknowledgedInVain.has(segment);
  }
}
