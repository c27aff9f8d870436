import { violated } from '../../observe/invariants.ts';
import type { DataFile, Syncable } from '../disk/files.ts';
import type { AckFile } from './ack-file.ts';
import { checksum, seedOf } from './checksum.ts';
import { CHECKSUM_OCTETS } from './record.ts';
import { NOT_ATTACHED, type Resident, type SegmentWindow } from './window.ts';

/** Records begin behind the header. */
export const SEGMENT_HEADER_OCTETS = 64;
/** Two words of zero behind the last record: a file that is used again has something else there. */
export const END_MARK_OCTETS = 8;
/**
 * What was appended is written in such pieces. The system caches a file in units as large as the writes to it, and counts a unit
 * as written anew whenever a part of it is: the last one of each batch, once more with the next.
 */
const WRITE_OCTETS = 32 * 1024;
const TWO_TO_32 = 0x100000000;
const HEADER_WORDS = SEGMENT_HEADER_OCTETS >> 2;
/** "LEVERET", a word of four octets each, the last one zero. */
const MAGIC_1 = 0x4556454c;
const MAGIC_2 = 0x00544552;
export const FORMAT_VERSION = 1;

/** A segment of the log, or one that compaction has moved survivors to. */
export type SegmentKind = 'log' | 'moved';

/** What a segment's header says. */
export interface SegmentHeader {
  readonly version: number;
  readonly number: number;
  readonly salt: number;
  readonly sizeOctets: number;
  /** No transaction before this segment has acknowledgements that recovery would have to repeat. */
  readonly replayFrom: number;
  /** The latest transaction, by order, that was known to be on disk when the segment was begun: and so are all before it. */
  readonly lastSynced: number;
}

/** A file of the commit log, with what is known of the messages in it. */
export class Segment implements Resident, Syncable {
  readonly number: number;
  readonly kind: SegmentKind;
  readonly file: DataFile;
  readonly acks: AckFile;
  /** The seed of its records' checksums. */
  readonly seed: number;
  /** Its row in the store's list of segments. */
  index = -1;
  base: number = NOT_ATTACHED;
  isMapped = false;
  isTouchable = false;
  isCut = false;
  generation = 0;
  usedOctets: number = SEGMENT_HEADER_OCTETS;
  coldOctets = 0;
  /** So many damaged records were told of. */
  damagedRecords = 0;
  /** Records that are referred to. */
  liveRecords = 0;
  /** Their octets. Where a record was damaged before it was released, this is not exact. */
  liveOctets = 0;
  /** Records are appended to it. */
  isTail = false;
  isSparse = false;
  isReferenced = false;
  /** The batch that was gathered when it was sealed: with that, transactions that have begun in it have ended, too. */
  sealedBatch = 0;
  /** The batch of the group commit that it was last marked dirty in. */
  dirtyBatch = 0;
  /** Its acknowledgements wait to be written. */
  awaitsFlush = false;

  private readonly window: SegmentWindow;
  private writtenOctets = 0;
  private pins = 0;
  private onUnpinned: (() => void) | undefined;

  constructor(number: number, kind: SegmentKind, file: DataFile, acks: AckFile, salt: number, window: SegmentWindow) {
    this.number = number;
    this.kind = kind;
    this.file = file;
    this.acks = acks;
    this.seed = seedOf(salt, number);
    this.window = window;
  }

  /** Less than half of it is alive. */
  get isMostlyDead(): boolean {
    return this.liveOctets * 2 < this.usedOctets + this.acks.sizeOctets;
  }

  get roomOctets(): number {
    return this.window.segmentSizeOctets - this.usedOctets;
  }

  /** Disk space of its files: all of a segment is reserved for the log's tail, and what is not used is cut off of others. */
  get heldOctets(): number {
    const isReserved = this.isTail && this.kind === 'log';
    return (isReserved ? this.window.segmentSizeOctets : this.usedOctets) + this.acks.sizeOctets;
  }

  get isPinned(): boolean {
    return this.pins > 0 || this.isTail;
  }

  /** Its octets are on their way out: the segment stays where it is until `unpin`. */
  pin(): void {
    this.pins++;
  }

  unpin(): void {
    if (this.pins < 1) violated(`segment ${this.number} is unpinned more often than it was pinned`);
    if (--this.pins > 0) return;
    this.onUnpinned?.();
  }

  /** Calls the listener when nothing of it is on its way out: at once, mostly. */
  whenUnpinned(listener: () => void): void {
    if (this.pins === 0) listener();
    else this.onUnpinned = listener;
  }

  /** Everything up to here is in the file already. */
  markWritten(): void {
    this.writtenOctets = this.usedOctets;
  }

  writeOut(): void {
    const { base, usedOctets, writtenOctets } = this;
    if (this.isMapped || base === NOT_ATTACHED || writtenOctets >= usedOctets) return;
    const end = Math.min(usedOctets + END_MARK_OCTETS, this.window.segmentSizeOctets);
    for (let from = writtenOctets; from < end; ) {
      const to = Math.min(end, from - (from % WRITE_OCTETS) + WRITE_OCTETS);
      this.file.write(this.window.octets, base + from, base + to, from);
      from = to;
    }
    this.writtenOctets = usedOctets;
  }

  /** Gives back the disk space behind the last record; what was not used is not a part of the segment any more. */
  cut(): void {
    this.file.truncate(this.usedOctets);
  }

  /** A record that is in the file already was changed: checks it anew, and writes it. */
  rewrite(offset: number, lengthOctets: number): void {
    const { window, base } = this;
    const end = base + offset + lengthOctets;
    const last = (end - CHECKSUM_OCTETS) >> 2;
    window.words[last] = checksum(window.words, (base + offset) >> 2, last, this.seed);
    if (!this.isMapped) this.file.write(window.octets, base + offset, end, offset);
  }

  async sync(): Promise<void> {
    this.writeOut();
    await this.file.sync();
  }

  syncNow(): void {
    this.writeOut();
    this.file.syncNow();
  }
}

/** Marks the end of the log behind the segment's last record. */
export function endLog(words: Int32Array, { base, usedOctets, roomOctets }: Segment): void {
  if (roomOctets < END_MARK_OCTETS) return;
  const at = (base + usedOctets) >> 2;
  words[at] = 0;
  words[at + 1] = 0;
}

export function putSegmentHeader(words: Int32Array, at: number, header: Omit<SegmentHeader, 'version'>): void {
  words.fill(0, at, at + HEADER_WORDS);
  words[at] = MAGIC_1;
  words[at + 1] = MAGIC_2;
  words[at + 2] = FORMAT_VERSION;
  words[at + 3] = header.number;
  words[at + 4] = header.salt;
  words[at + 5] = header.sizeOctets;
  words[at + 6] = header.replayFrom;
  words[at + 7] = header.lastSynced;
  words[at + 8] = header.lastSynced / TWO_TO_32;
  words[at + HEADER_WORDS - 1] = checksum(words, at, at + HEADER_WORDS - 1, 0);
}

/** Undefined: there is none, or it is damaged. */
export function readSegmentHeader(words: Int32Array, at: number): SegmentHeader | undefined {
  const isWhole =
    words[at] === MAGIC_1 &&
    words[at + 1] === MAGIC_2 &&
    words[at + HEADER_WORDS - 1] === checksum(words, at, at + HEADER_WORDS - 1, 0);
  if (!isWhole) return undefined;
  const [version, number, salt, sizeOctets, replayFrom, low, high] = words.subarray(at + 2, at + 9) as Iterable<number>;
  const lastSynced = high! * TWO_TO_32 + (low! >>> 0);
  return {
    version: version!,
    number: number! >>> 0,
    salt: salt!,
    sizeOctets: sizeOctets!,
    replayFrom: replayFrom! >>> 0,
    lastSynced,
  };
}
