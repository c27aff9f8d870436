import { join } from 'node:path';
import { LARGE_BODY_OCTETS } from '../../protocol/message.ts';
import type { Files } from '../disk/files.ts';
import { GroupCommit } from '../disk/group-commit.ts';
import { isMediumError } from '../disk/system-error.ts';
import { AckIndex } from './ack-index.ts';
import { refuseNewerFormat, SEGMENT_SIZE_OCTETS } from './commit-log.ts';
import { LargeBodies, parseBodyFileName } from './large-bodies.ts';
import type { DamageReport, LogReport, QueueContent, SegmentReport, UnfinishedReport } from './log-report.ts';
import { MovedRecords } from './moved-records.ts';
import {
  bodySizeAt,
  FIRST_TARGET_WORD,
  FLAG_BODY_BESIDE,
  FLAG_IN_TRANSACTION,
  flagsOf,
  headerStartOf,
  KIND_MESSAGE,
  KIND_TRANSACTION,
  kindOf,
  MESSAGE_COUNT_WORD,
  orderOf,
  TARGET_COUNT_WORD,
  timestampMsOf,
} from './record.ts';
import { readHeaderOf, storedSalt } from './salt.ts';
import type { SegmentHeader } from './segment.ts';
import { ackFileName, parseSegmentName, type SegmentName, segmentName } from './segment-files.ts';
import { type Gap, ReadSegment, reasonOf } from './segment-reader.ts';
import { TransactionReplay } from './transaction-replay.ts';

/** A message's record of a transaction whose end was not seen yet, with the queues that would have it. */
interface Candidate {
  readonly report: SegmentReport;
  readonly offset: number;
  readonly lengthOctets: number;
  readonly order: number;
  readonly queues: readonly number[];
  readonly bodySize: number;
  readonly isBeside: boolean;
}

export interface LogInspectionOptions {
  /** The directory of the log's files. */
  readonly path: string;
  readonly files: Files;
  /** A broker may be writing meanwhile: damage counts only if it is still there at a second look. */
  readonly isInUse: boolean;
  /** Names of segments that should have something in them. Default: it is not known. */
  readonly listed?: ReadonlySet<string>;
  /** Whether there is a durable queue of that number; a deleted one's messages are dead. */
  hasQueue(number: number): boolean;
}

/**
 * Looks through a commit log as recovery does, with the same outcome, but counts what recovery restores, and writes nothing.
 * A segment is in memory at a time.
 */
export class LogInspection {
  private readonly options: LogInspectionOptions;
  private readonly names: readonly SegmentName[];
  private readonly salt: number;
  private readonly segmentSizeOctets: number;
  /** For the segment that is looked at. */
  private readonly memory: Buffer;
  private readonly bodies: LargeBodies;
  private readonly reports: SegmentReport[] = [];
  private readonly contents = new Map<number, QueueContent>();
  private readonly damages: DamageReport[] = [];
  private readonly unfinished: UnfinishedReport[] = [];
  /** Messages that compaction has moved: they count where the segment has the highest number. */
  private readonly moved = new MovedRecords();
  private readonly replay = new TransactionReplay();
  private replayFrom = 0;
  /** Queues of the message that is looked at. */
  private readonly queues: number[] = [];
  /** Messages of a transaction whose end was not seen yet. */
  private begun: Candidate[] = [];
  private messages = 0;
  private liveOctets = 0;
  private bodyFiles = 0;

  /** @throws DataDirectoryError if the log is of a newer format, or nothing in it can be checked */
  constructor(options: LogInspectionOptions) {
    const { files, path } = options;
    this.options = options;
    this.names = segmentNamesIn(files, path);
    const header = this.firstHeader();
    this.salt = header?.salt ?? whileThere(() => storedSalt(files, path)) ?? 0;
    this.segmentSizeOctets = header?.sizeOctets ?? SEGMENT_SIZE_OCTETS;
    this.memory = Buffer.allocUnsafeSlow(this.segmentSizeOctets);
    this.bodies = new LargeBodies(path, files, new GroupCommit());
  }

  /** Of any segment: what it says is the same in all. */
  private firstHeader(): SegmentHeader | undefined {
    const { files, path } = this.options;
    let first: SegmentHeader | undefined;
    for (const name of this.names) {
      const file = join(path, segmentName(name));
      const header = whileThere(() => readHeaderOf(files, file));
      if (header !== undefined) refuseNewerFormat(header, file);
      first ??= header;
    }
    return first;
  }

  run(): LogReport {
    const moved = this.names.filter(({ kind }) => kind === 'moved');
    const log = this.names.filter(({ kind }) => kind === 'log');
    for (const name of moved) this.findMoved(name);
    this.moved.sort();
    this.findReplay(log);
    for (const name of moved) this.inspect(name, name === moved.at(-1));
    for (const name of log) this.inspect(name, name === log.at(-1));
    const { reports: segments, contents: queues, messages, liveOctets, damages, unfinished } = this;
    const bodies = { files: this.bodyFiles, octets: this.bodies.totalOctets };
    const leftovers = this.leftovers();
    for (const segment of segments) segment.deadRecords = segment.records - segment.liveRecords;
    segments.sort((a, b) => a.number - b.number);
    return { segments, queues, messages, liveOctets, bodies, leftovers, damages, unfinished };
  }

  /** @param into memory for it: what was read there before is gone */
  private read(name: SegmentName, into = this.memory): ReadSegment | undefined {
    const { files, path } = this.options;
    const file = segmentName(name);
    return this.whileReadable(file, () => ReadSegment.read(files, path, name, this.salt, into));
  }

  /** Undefined: the file has gone, or the disk does not give it back, which is told of once. */
  private whileReadable<T>(file: string, look: () => T): T | undefined {
    try {
      return whileThere(look);
    } catch (error) {
      if (!isMediumError(error)) throw error;
      const reason = `cannot be read (${error.code})`;
      const isKnown = this.damages.some((known) => known.file === file && known.reason === reason);
      if (!isKnown) this.damages.push({ file, offset: 0, sizeOctets: 0, reason });
      return undefined;
    }
  }

  // Before anything is counted

  private findMoved(name: SegmentName): void {
    const segment = this.read(name);
    segment?.scan((offset) => this.moved.add(orderOf(segment.words, offset >> 2), name.number, offset));
  }

  private findReplay(log: readonly SegmentName[]): void {
    const { replay } = this;
    let isKnown = false;
    for (const name of log.toReversed()) {
      const segment = this.read(name);
      if (segment === undefined) continue;
      if (segment.hasOwnHeader) replay.synced(segment.header!.lastSynced);
      if (!isKnown && segment.hasOwnHeader) {
        isKnown = true;
        this.replayFrom = segment.header!.replayFrom;
      }
      if (name.number >= this.replayFrom) this.eachRecord(segment, (words, at) => replay.record(words, at));
      else if (replay.hasBegunEarlier) this.eachRecord(segment, (words, at) => replay.earlierRecord(words, at));
      else break;
    }
    replay.finish();
  }

  /** Not those of a transaction whose body is not there: it counts as if they were lost. */
  private eachRecord(segment: ReadSegment, callback: (words: Int32Array, at: number) => void): void {
    const { words } = segment;
    segment.scan((offset) => {
      const at = offset >> 2;
      const both = FLAG_IN_TRANSACTION | FLAG_BODY_BESIDE;
      const isBodyNeeded = kindOf(words, at) === KIND_MESSAGE && (flagsOf(words, at) & both) === both;
      if (
        isBodyNeeded &&
        !this.bodies.isWhole(orderOf(words, at), bodySizeAt(segment.octets, headerStartOf(words, offset)))
      )
        return;
      callback(words, at);
    });
  }

  // Counting

  private inspect(name: SegmentName, isNewest: boolean): void {
    const segment = this.read(name);
    if (segment === undefined) return;
    const report = emptyReport(segment);
    this.reports.push(report);
    const acks = this.readAcks(segment, report);
    const { end, gaps } = segment.scan((offset, length) => this.countRecord(segment, report, acks, offset, length));
    report.isReserved =
      report.records === 0 && !segment.hasOwnHeader && (segment.header !== undefined || segment.isBlank);
    if (segment.sizeOctets === 0 && this.options.listed?.has(segment.file) === true) {
      this.damages.push({ file: segment.file, offset: 0, sizeOctets: 0, reason: 'empty: its messages are missing' });
    }
    if (report.isReserved) return;
    report.usedOctets = end;
    if (gaps.length > 0 || !segment.hasOwnHeader) this.findDamage(segment, gaps, isNewest);
  }

  private findDamage(segment: ReadSegment, gaps: readonly Gap[], isNewest: boolean): void {
    const { file } = segment;
    const again = this.options.isInUse ? this.read(segment.name, Buffer.alloc(this.segmentSizeOctets)) : segment;
    if (again === undefined) return;
    if (!segment.hasOwnHeader && !again.hasOwnHeader) {
      this.damages.push({ file, offset: 0, sizeOctets: 64, reason: 'no valid header' });
    }
    const found = again === segment ? gaps : again.scan(() => undefined).gaps;
    const stillThere = new Set(found.map(({ from }) => from));
    for (const gap of gaps) {
      if (!stillThere.has(gap.from)) continue;
      this.damages.push({ file, offset: gap.from, sizeOctets: gap.to - gap.from, reason: reasonOf(gap, isNewest) });
    }
  }

  private readAcks(segment: ReadSegment, report: SegmentReport): AckIndex {
    const { files, path } = this.options;
    const index = new AckIndex(this.segmentSizeOctets, segment.name.kind === 'log');
    const acks = segment.acks(files, path);
    const file = ackFileName(segment.number);
    index.onDamage = (offset, { length }) => {
      this.damages.push({ file, offset, sizeOctets: length, reason: 'no valid acknowledgements' });
    };
    const sizeOctets = this.whileReadable(file, () => acks.read(index)) ?? 0;
    report.ackOctets = whileThere(() => sizeOf(files, join(path, file))) ?? 0;
    if (sizeOctets > 0) this.unfinished.push({ file, offset: report.ackOctets - sizeOctets, sizeOctets });
    acks.close();
    return index;
  }

  private countRecord(
    segment: ReadSegment,
    report: SegmentReport,
    acks: AckIndex,
    offset: number,
    lengthOctets: number,
  ): void {
    const { words } = segment;
    const at = offset >> 2;
    const order = orderOf(words, at);
    report.records++;
    report.deadOctets += lengthOctets;
    if (kindOf(words, at) === KIND_TRANSACTION) {
      this.endTransaction(segment.number, order, words[at + MESSAGE_COUNT_WORD]!);
      return;
    }
    if (kindOf(words, at) !== KIND_MESSAGE) return;
    const timestampMs = timestampMsOf(words, at);
    const { firstTimestampMs, lastTimestampMs } = report; // written only when they change: each write is an allocation
    if (firstTimestampMs === undefined || timestampMs < firstTimestampMs) report.firstTimestampMs = timestampMs;
    if (lastTimestampMs === undefined || timestampMs > lastTimestampMs) report.lastTimestampMs = timestampMs;
    const flags = flagsOf(words, at);
    const isBeside = (flags & FLAG_BODY_BESIDE) !== 0;
    const queueCount = this.findQueues(segment, acks, offset, order);
    const isOpen = (flags & FLAG_IN_TRANSACTION) !== 0 && !this.replay.isSynced(order);
    if (queueCount === 0 && !isOpen) return;
    const bodySize = bodySizeAt(segment.octets, headerStartOf(words, offset));
    if (isOpen) {
      const queues = this.queues.slice(0, queueCount);
      this.begun.push({ report, offset, lengthOctets, order, queues, bodySize, isBeside });
    } else this.count(report, offset, lengthOctets, order, this.queues, queueCount, bodySize, isBeside);
  }

  /**
   * Puts the queues that are there and have not acknowledged the message into `queues`; none if it was moved away from here. Returns
   * how many they are: an array for each message costs more than all else.
   */
  private findQueues({ words, name }: ReadSegment, acks: AckIndex, offset: number, order: number): number {
    const moved = this.moved.find(order);
    if (moved >= 0 && this.moved.segmentAt(moved) !== name.number) return 0;
    const at = offset >> 2;
    const count = words[at + TARGET_COUNT_WORD]!;
    const settled = this.replay.acknowledgedBy(order);
    let found = 0;
    for (let i = 0; i < count; i++) {
      const queue = words[at + FIRST_TARGET_WORD + i]!;
      if (acks.isAcknowledged(offset, queue, count === 1) || settled?.has(queue)) continue;
      if (this.options.hasQueue(queue)) this.queues[found++] = queue;
    }
    return found;
  }

  /** Its messages are the last that have begun one; any before them are of a transaction that never came to its end. */
  private endTransaction(segmentNumber: number, order: number, messageCount: number): void {
    const { begun } = this;
    this.begun = [];
    const hasHappened = segmentNumber < this.replayFrom || this.replay.hasHappened(order);
    const firstOrder = hasHappened ? order - messageCount : order;
    for (const candidate of begun) {
      const { report, offset, lengthOctets, queues, bodySize, isBeside } = candidate;
      if (candidate.order < firstOrder) this.isDamaged(report, offset, lengthOctets, 'part of a transaction cut short');
      else if (queues.length > 0) {
        this.count(report, offset, lengthOctets, candidate.order, queues, queues.length, bodySize, isBeside);
      }
    }
  }

  /** A message that queues still have. Its facts are no object, since there may be very many. */
  private count(
    report: SegmentReport,
    offset: number,
    lengthOctets: number,
    order: number,
    queues: readonly number[],
    queueCount: number,
    bodySize: number,
    isBeside: boolean,
  ): void {
    if (isBeside) {
      if (bodySize <= LARGE_BODY_OCTETS || !this.bodies.recover(order, bodySize)) {
        this.isDamaged(report, offset, lengthOctets, 'its body is missing or damaged');
        return;
      }
      this.bodyFiles++;
    }
    report.liveRecords++;
    report.liveOctets += lengthOctets;
    report.deadOctets -= lengthOctets;
    this.messages++;
    this.liveOctets += lengthOctets + (isBeside ? bodySize : 0);
    for (let i = 0; i < queueCount; i++) {
      const content = this.contentOf(queues[i]!);
      content.messages++;
      content.octets += bodySize;
    }
  }

  private contentOf(queue: number): QueueContent {
    let content = this.contents.get(queue);
    if (content === undefined) {
      content = { messages: 0, octets: 0 };
      this.contents.set(queue, content);
    }
    return content;
  }

  private isDamaged(report: SegmentReport, offset: number, lengthOctets: number, reason: string): void {
    this.damages.push({ file: report.file, offset, sizeOctets: lengthOctets, reason });
  }

  // What else there is

  private leftovers(): string[] {
    const { files, path } = this.options;
    const numbers = new Set(this.names.map(({ number }) => number));
    return files.list(path).filter((name) => {
      const order = parseBodyFileName(name);
      if (order !== undefined) return !this.bodies.has(order);
      return name.endsWith('.spare') || (name.endsWith('.acks') && !numbers.has(Number.parseInt(name, 10)));
    });
  }
}

function segmentNamesIn(files: Files, path: string): SegmentName[] {
  const names = files.list(path).map(parseSegmentName);
  return names.filter((name) => name !== undefined).sort((a, b) => a.number - b.number);
}

/** Undefined: the file was there a moment ago, but the broker has removed it. */
function whileThere<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function sizeOf(files: Files, path: string): number {
  const file = files.open(path);
  const { sizeOctets } = file;
  file.close();
  return sizeOctets;
}

function emptyReport({ name, file, sizeOctets }: ReadSegment): SegmentReport {
  const counts = { records: 0, liveRecords: 0, liveOctets: 0, deadRecords: 0, deadOctets: 0, ackOctets: 0 };
  const times = { firstTimestampMs: undefined, lastTimestampMs: undefined };
  return { ...name, file, sizeOctets, usedOctets: 0, isReserved: false, ...counts, ...times };
}
