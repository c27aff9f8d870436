import { violated } from '../../observe/invariants.ts';
import { LARGE_BODY_OCTETS, type Message } from '../../protocol/message.ts';
import { type Clock, TurnClock } from '../../time/clock.ts';
import type { DiskReserve } from '../disk/disk-reserve.ts';
import type { DiskRetries } from '../disk/disk-retries.ts';
import type { GroupCommit } from '../disk/group-commit.ts';
import { isOutOfSpace } from '../disk/system-error.ts';
import { DamagedMessageError } from '../message/damaged-message.ts';
import { SlotTable } from '../message/slot-table.ts';
import { readingMessage } from '../message/unreadable-message-error.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { checksum } from './checksum.ts';
import { Compaction } from './compaction.ts';
import type { LargeBodies } from './large-bodies.ts';
import { type DurableStoreListener, diskError, LogTail } from './log-tail.ts';
import {
  bodySizeAt,
  CHECKSUM_OCTETS,
  FIRST_TARGET_WORD,
  FLAG_BODY_BESIDE,
  flagsOf,
  headerStartOf,
  KIND_MESSAGE,
  KIND_UNDONE,
  KIND_WORD,
  LENGTH_WORD,
  orderOf,
  putRecordContent,
  putRecordHeader,
  RECORD_HEADER_OCTETS,
  type RecordWriter,
  recordLength,
  SMALLEST_RECORD_OCTETS,
  timestampMsOf,
  viewRecord,
} from './record.ts';
import { Retirement } from './retirement.ts';
import { recordLengthAt } from './scan.ts';
import { endLog, type Segment } from './segment.ts';
import type { SegmentFiles } from './segment-files.ts';
import { Transactions } from './transactions.ts';
import { NOT_ATTACHED, type SegmentWindow } from './window.ts';

/** Bodies above this part of a segment are kept in files of their own, so that segments are filled well. */
const BESIDE_FRACTION = 4;
/** Of each segment; what else is damaged in it is dropped in silence. */
const DAMAGES_TOLD = 16;
const CHANGED = 'changed on disk since the start';
const BODY_CHANGED = 'its body has changed on disk since the start';

/**
 * Persistent messages: records in the commit log, each once, with the numbers of all durable queues that it went to. What a
 * slot refers to is on disk once the group commit's batch, current when it was appended, is committed.
 */
export class DurableStore {
  readonly commit: GroupCommit;
  readonly slots = new SlotTable();
  readonly segments: (Segment | undefined)[] = [];
  readonly segmentFiles: SegmentFiles;
  readonly bodies: LargeBodies;
  readonly retries: DiskRetries;
  readonly reserve: DiskReserve | undefined;
  readonly acknowledgements: Acknowledgements;
  messageCount = 0;
  /** How many were ever appended, since the log was opened. */
  appendedCount = 0;
  /** Octets of records that are referred to, without bodies in files of their own. */
  liveRecordOctets = 0;
  nextOrder = 1;

  private readonly window: SegmentWindow;
  private readonly listener: DurableStoreListener;
  readonly transactions: Transactions;
  readonly compaction: Compaction;
  readonly retirement: Retirement;
  private readonly freeIndexes: number[] = [];
  private readonly besideOctets: number;
  private readonly tail: LogTail;
  private readonly clock: Pick<Clock, 'nowMs'> = new TurnClock();
  /** The record that was checked last. */
  private checkedSegment: Segment | undefined;
  private checkedOffset = 0;
  /** Mapped segments that can be looked at in this turn. */
  private readonly touched: Segment[] = [];
  /** Of which it was told that they are damaged. */
  private readonly damagedSlots = new Set<number>();

  constructor(segmentFiles: SegmentFiles, bodies: LargeBodies, commit: GroupCommit, listener: DurableStoreListener) {
    this.segmentFiles = segmentFiles;
    this.window = segmentFiles.window;
    this.bodies = bodies;
    this.commit = commit;
    this.listener = listener;
    this.besideOctets = this.window.segmentSizeOctets / BESIDE_FRACTION;
    this.retries = segmentFiles.retries;
    this.reserve = segmentFiles.reserve;
    this.acknowledgements = new Acknowledgements(this);
    this.tail = new LogTail(this, listener);
    this.compaction = new Compaction(this);
    this.transactions = new Transactions(this);
    this.retirement = new Retirement(this);
  }

  writeFailed(error: Error): void {
    this.listener.writeFailed(error);
  }

  acksSynced(): void {
    this.compaction.schedule(); // what has died outside of sparse segments counts, too
  }

  get liveOctets(): number {
    return this.liveRecordOctets + this.bodies.totalOctets;
  }

  get slotUse(): number {
    return this.messageCount / this.slots.maxSlots;
  }

  // Messages

  /**
   * Appends the message for the queues of these numbers and gives the caller a reference to it.
   *
   * @throws AmqpError RESOURCE_ERROR if the disk is full, INTERNAL_ERROR if it has failed
   */
  append(message: Message, queues: Int32Array, flags: number): number {
    message.requireValid();
    this.slots.requireRoom(); // before anything is written
    const isBeside = message.bodySize > this.besideOctets;
    const length = recordLength(message, queues.length, isBeside);
    const segment = this.tail.segmentFor(length);
    const order = this.nextOrder++;
    if (isBeside) this.putBodyBeside(message, order);
    const { window } = this;
    const { words, octets } = window;
    const start = segment.base + segment.usedOctets;
    const at = start >> 2;
    const routeLength = message.routeEnd - message.routeStart;
    const headerLength = message.headerEnd - message.headerStart;
    const count = queues.length;
    const facts = {
      kind: KIND_MESSAGE,
      flags: isBeside ? flags | FLAG_BODY_BESIDE : flags,
      segmentNumber: segment.number,
      order,
      timestampMs: this.clock.nowMs,
    };
    putRecordHeader(words, at, length, facts, routeLength, headerLength, count);
    for (let i = 0; i < count; i++) words[at + FIRST_TARGET_WORD + i] = queues[i]!;
    putRecordContent(message, octets, start + RECORD_HEADER_OCTETS + 4 * count, isBeside);
    const slot = this.slots.take(segment.index, segment.usedOctets, 1);
    this.messageCount++;
    this.appendedCount++;
    this.finish(segment, length);
    segment.liveRecords++;
    segment.liveOctets += length;
    this.liveRecordOctets += length;
    return slot;
  }

  /** Appends a record that is no message; returns the number of its segment. @throws AmqpError as `append` */
  appendRecord(length: number, put: RecordWriter): number {
    return this.putRecord(this.tail.segmentFor(length), length, put);
  }

  /** The same for a record that room is reserved for. */
  appendReserved(length: number, put: RecordWriter): number {
    return this.putRecord(this.tail.segmentForReserved(length), length, put);
  }

  private putRecord(segment: Segment, length: number, put: RecordWriter): number {
    put(this.window.words, (segment.base + segment.usedOctets) >> 2, segment.number, this.clock.nowMs);
    this.finish(segment, length);
    return segment.number;
  }

  /** The record is written: checks it, and has it synced. */
  private finish(segment: Segment, length: number): void {
    const { words } = this.window;
    const start = segment.base + segment.usedOctets;
    const last = (start + length - CHECKSUM_OCTETS) >> 2;
    words[last] = checksum(words, start >> 2, last, segment.seed);
    segment.usedOctets += length;
    endLog(words, segment);
    this.markDirty(segment);
  }

  private markDirty(segment: Segment): void {
    if (segment.dirtyBatch === this.commit.batch) return;
    segment.dirtyBatch = this.commit.batch;
    this.commit.markDirty(segment);
  }

  private putBodyBeside(message: Message, order: number): void {
    const pieces = message.pieces ?? [message.body.subarray(message.bodyStart, message.bodyEnd)];
    try {
      this.bodies.add(order, pieces, message.bodySize);
    } catch (error) {
      throw diskError(error, this.listener);
    }
  }

  retain(slot: number): void {
    this.slots.retain(slot);
  }

  /** Points `into` at the message, except for its slot. */
  read(slot: number, into: Message): void {
    this.checkedSegment = undefined; // what is going to be sent is checked now, whatever was looked at before
    const segment = this.segmentInWindow(slot);
    segment.isReferenced = true;
    const start = segment.base + this.slots.offset[slot]!;
    viewRecord(this.window.words, this.window.octets, start, into);
    into.source = segment;
    into.sourceGeneration = segment.generation;
    if (into.bodySize > LARGE_BODY_OCTETS) this.viewLargeBody(segment, slot, start, into);
    else into.keeper = undefined;
  }

  /** The same without the body. */
  readHeader(slot: number, into: Message): void {
    const segment = this.segmentInWindow(slot);
    viewRecord(this.window.words, this.window.octets, segment.base + this.slots.offset[slot]!, into);
    into.source = segment;
    into.sourceGeneration = segment.generation;
  }

  bodySize(slot: number): number {
    const segment = this.segmentInWindow(slot);
    const { words, octets } = this.window;
    return bodySizeAt(octets, headerStartOf(words, segment.base + this.slots.offset[slot]!));
  }

  /** The message's position among all. */
  orderAt(slot: number): number {
    const segment = this.segmentInWindow(slot);
    return orderOf(this.window.words, (segment.base + this.slots.offset[slot]!) >> 2);
  }

  /** When the message came: milliseconds since 1970. */
  timestampMs(slot: number): number {
    const segment = this.segmentInWindow(slot);
    return timestampMsOf(this.window.words, (segment.base + this.slots.offset[slot]!) >> 2);
  }

  /** The segment that the message is in. A record that came from the disk is checked. @throws UnreadableMessageError */
  private segmentInWindow(slot: number): Segment {
    const segment = this.segmentOf(slot);
    if (!segment.isTouchable) this.bringIn(segment);
    const offset = this.slots.offset[slot]!;
    if (offset < segment.coldOctets) this.requireSound(segment, offset, slot);
    return segment;
  }

  private segmentOf(slot: number): Segment {
    this.slots.requireHeld(slot);
    return this.segments[this.slots.segment[slot]!]!;
  }

  /** Once for several looks at the same record in a row. */
  private requireSound(segment: Segment, offset: number, slot: number): void {
    if (segment === this.checkedSegment && offset === this.checkedOffset) return;
    if (!this.isSoundRecord(segment, offset)) this.refuseDamaged(slot);
    this.checkedSegment = segment;
    this.checkedOffset = offset;
  }

  private isSoundRecord({ base, usedOctets, number, seed }: Segment, offset: number): boolean {
    return recordLengthAt(this.window.words, base, usedOctets, number, seed, offset) > 0;
  }

  /** Whether the message's record, which is in the window, is as it was written. If not, that is told once. */
  isSound(slot: number): boolean {
    const segment = this.segments[this.slots.segment[slot]!]!;
    const offset = this.slots.offset[slot]!;
    if (offset >= segment.coldOctets || this.isSoundRecord(segment, offset)) return true;
    this.noteDamage(slot, CHANGED);
    return false;
  }

  private refuseDamaged(slot: number, reason = CHANGED): never {
    this.noteDamage(slot, reason);
    throw new DamagedMessageError(reason);
  }

  /** Told once of each, and of so many in a segment: a whole segment may be damaged. */
  private noteDamage(slot: number, reason: string): void {
    const segment = this.segments[this.slots.segment[slot]!]!;
    if (segment.damagedRecords === DAMAGES_TOLD || this.damagedSlots.has(slot)) return;
    this.damagedSlots.add(slot);
    segment.damagedRecords++;
    const { octets, words } = this.window;
    const offset = this.slots.offset[slot]!;
    const start = segment.base + offset;
    const claimed = words[(start >> 2) + LENGTH_WORD]!;
    const isBelievable = claimed >= SMALLEST_RECORD_OCTETS && offset + claimed <= segment.usedOctets;
    const sizeOctets = isBelievable ? claimed : SMALLEST_RECORD_OCTETS;
    const copy = Buffer.from(octets.subarray(start, start + sizeOctets));
    this.listener.damaged({ file: segment.file.path, offset, sizeOctets, reason, isUnfinished: false, octets: copy });
  }

  /** Apart, since a function that makes a closure is slower, also where it does not. */
  private bringIn(segment: Segment): void {
    this.checkedSegment = undefined;
    readingMessage(() => this.makeTouchable(segment));
  }

  /**
   * Brings the segment into the window, and sees to it that it can be looked at. To touch what a file has lost ends the process, so
   * that its length is asked for once a turn: two microseconds for each mapped segment. @throws the system's error
   */
  makeTouchable(segment: Segment): void {
    if (segment.base === NOT_ATTACHED) this.window.attach(segment);
    if (segment.isTouchable) return;
    const { sizeOctets } = segment.file;
    if (sizeOctets < segment.usedOctets) this.takeCopy(segment, sizeOctets);
    else this.touchInThisTurn(segment);
  }

  private touchInThisTurn(segment: Segment): void {
    segment.isTouchable = true;
    if (this.touched.push(segment) > 1) return;
    setImmediate(() => {
      for (const each of this.touched.splice(0)) if (each.isMapped) each.isTouchable = false;
    });
  }

  /** The file has been cut under the broker: what is left of it is read, and nothing of it is mapped any more. */
  private takeCopy(segment: Segment, sizeOctets: number): void {
    if (segment.isPinned) throw new Error(`${segment.file.path} was cut while it was being sent`);
    this.window.detach(segment);
    segment.isCut = true;
    this.window.attach(segment);
    const missingOctets = segment.usedOctets - sizeOctets;
    const facts = { file: segment.file.path, offset: sizeOctets, sizeOctets: missingOctets, isUnfinished: false };
    this.listener.damaged({ ...facts, reason: 'cut off since the start', octets: Buffer.alloc(0) });
  }

  private viewLargeBody(segment: Segment, slot: number, start: number, into: Message): void {
    const { words, octets } = this.window;
    into.keeper = undefined;
    if ((flagsOf(words, start >> 2) & FLAG_BODY_BESIDE) !== 0) {
      into.pieces = readingMessage(() => this.bodies.read(orderOf(words, start >> 2)));
      if (into.pieces === undefined) this.refuseDamaged(slot, BODY_CHANGED);
    } else if (segment.isPinned || this.window.hasRoomForPins) {
      into.keeper = segment;
    } else {
      into.pieces = [Buffer.from(octets.subarray(into.bodyStart, into.bodyEnd))];
    }
  }

  /** The queue has delivered the message for the first time. @param isInOrder it has delivered all before it, too */
  delivered(slot: number, queue: number, isInOrder: boolean): void {
    const segment = this.segmentOf(slot);
    if (isInOrder) this.acknowledgements.delivered(segment, this.slots.offset[slot]!, queue);
    else this.acknowledgements.returned(segment, this.slots.offset[slot]!, queue, 0);
  }

  /** The message came back to the queue, once more. */
  returned(slot: number, queue: number): void {
    this.acknowledgements.returned(this.segmentOf(slot), this.slots.offset[slot]!, queue, 1);
  }

  /** The queue is done with the message. It will not be there after a restart. */
  acknowledged(slot: number, queue: number): void {
    this.acknowledgements.acknowledged(this.segmentOf(slot), this.slots.offset[slot]!, queue);
  }

  /** Takes a reference away; with the last one the message's record is dead. */
  release(slot: number): void {
    const { slots } = this;
    if (slots.release(slot)) return;
    const segment = this.segments[slots.segment[slot]!]!;
    const offset = slots.offset[slot]!;
    slots.give(slot);
    if (--this.messageCount === 0) slots.clear();
    if (this.damagedSlots.size > 0) this.damagedSlots.delete(slot);
    if (--segment.liveRecords < 0) violatesCounts(slot, segment);
    if (this.isAttachable(segment)) this.releaseOctets(segment, offset);
    if (segment.isTail) return;
    if (segment.liveRecords === 0) this.retire(segment);
    else if (segment.isMostlyDead) this.compaction.add(segment);
  }

  /** A record that may be damaged decides about no file, and about the octets that count as alive only if it is believable. */
  private releaseOctets(segment: Segment, offset: number): void {
    const { words } = this.window;
    const at = (segment.base + offset) >> 2;
    const length = words[at + LENGTH_WORD]!;
    const isCold = offset < segment.coldOctets;
    if (isCold && (length < SMALLEST_RECORD_OCTETS || length > segment.liveOctets)) return;
    if ((flagsOf(words, at) & FLAG_BODY_BESIDE) !== 0 && (!isCold || this.isSoundRecord(segment, offset))) {
      this.retirement.removeBody(orderOf(words, at));
    }
    this.liveRecordOctets -= length;
    segment.liveOctets -= length;
  }

  /** Nothing in the segment is alive. What still counts is of records that could not be read when they were released. */
  private retire(segment: Segment): void {
    this.liveRecordOctets -= segment.liveOctets;
    segment.liveOctets = 0;
    this.retirement.retire(segment);
  }

  /** Brings the segment into the window; false: it can't be read. */
  private isAttachable(segment: Segment): boolean {
    try {
      if (!segment.isTouchable) this.makeTouchable(segment);
      return true;
    } catch {
      return false; // whoever wants one of its messages is told
    }
  }

  /** Compaction has copied a live record behind the others of segment `to`. */
  movedRecord(slot: number, from: Segment, length: number, to: Segment, movedLength: number): void {
    this.slots.segment[slot] = to.index;
    this.slots.offset[slot] = to.usedOctets;
    from.liveRecords--;
    from.liveOctets -= length;
    to.liveRecords++;
    to.liveOctets += movedLength;
    this.liveRecordOctets += movedLength - length;
    to.usedOctets += movedLength;
    endLog(this.window.words, to);
    this.markDirty(to);
  }

  /** Compaction has moved everything that was alive out of the segment. */
  emptied(segment: Segment): void {
    this.retire(segment);
  }

  /** Takes over a message that recovery has found; returns its slot, with one reference. */
  recovered(segment: Segment, offset: number, length: number): number {
    const slot = this.slots.take(segment.index, offset, 1);
    this.messageCount++;
    segment.liveRecords++;
    segment.liveOctets += length;
    this.liveRecordOctets += length;
    return slot;
  }

  /** The message's transaction never comes to its end: it must not count, whatever comes after it. */
  abandon(slot: number): void {
    const segment = this.segmentOf(slot);
    try {
      this.makeTouchable(segment);
      this.markUndone(segment, this.slots.offset[slot]!);
    } catch (error) {
      this.listener.writeFailed(error as Error);
    }
    this.markDirty(segment);
  }

  /** What the record says does not count. Its segment is in the window. */
  markUndone(segment: Segment, offset: number): void {
    const { words } = this.window;
    const at = (segment.base + offset) >> 2;
    words[at + KIND_WORD] = (words[at + KIND_WORD]! & ~0xff) | KIND_UNDONE;
    segment.rewrite(offset, words[at + LENGTH_WORD]!);
  }

  // Segments

  /** Puts a segment into use that records are appended to. */
  begin(segment: Segment): void {
    const { transactions } = this;
    this.segmentFiles.begin(segment, transactions.replayFrom(segment.number), transactions.lastSynced);
    this.enlist(segment);
  }

  /** Gives the segment a row in the list. */
  enlist(segment: Segment): void {
    segment.index = this.freeIndexes.pop() ?? this.segments.length;
    this.segments[segment.index] = segment;
  }

  /** Goes on appending to a segment that was there at the start. Returns false where the disk has no room for the rest of it. */
  resume(segment: Segment): boolean {
    const { window } = this;
    if (segment.kind === 'log' && !this.hasRoomFor(segment)) return false;
    window.detach(segment);
    segment.isTail = true;
    window.attach(segment);
    this.markDirty(segment);
    if (segment.kind === 'moved') this.compaction.resume(segment);
    else this.tail.resume(segment);
    return true;
  }

  private hasRoomFor({ file, usedOctets }: Segment): boolean {
    try {
      file.preallocate(this.window.segmentSizeOctets);
      return true;
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      file.truncate(usedOctets);
      return false;
    }
  }

  /** Nothing is appended to the segment any more. */
  seal(segment: Segment): void {
    segment.isTail = false;
    segment.sealedBatch = this.commit.batch;
    this.segmentFiles.cut(segment);
    if (segment.liveRecords === 0) this.retire(segment);
    else if (segment.isMostlyDead) this.compaction.add(segment);
  }

  /** The segment's files are gone. */
  removed(segment: Segment): void {
    this.segments[segment.index] = undefined;
    this.freeIndexes.push(segment.index);
    this.tail.spaceFreed();
  }

  /** Brings everything to disk, cuts off what is not used, and closes the files. */
  async close(): Promise<void> {
    this.tail.close();
    this.compaction.stop();
    this.retries.close();
    try {
      do {
        this.acknowledgements.close();
        await this.commit.flushed(); // whoever waited may write more, or acknowledge the source of a dead letter, say
      } while (this.hasUnfinished && !this.acknowledgements.haveUnwritten);
      const unused = this.tail.takeUnused();
      await this.commit.flushed(); // that it is not listed any more
      if (unused !== undefined) this.segmentFiles.remove(unused);
      for (const segment of this.segments) if (segment?.isTail) this.segmentFiles.cut(segment);
    } finally {
      this.retirement.close();
      this.segmentFiles.close(this.segments);
    }
  }

  private get hasUnfinished(): boolean {
    return this.transactions.areUnderWay || this.acknowledgements.haveUnsynced || !this.commit.isIdle;
  }

  /** Disk space of everything that is not about to be removed. */
  get heldOctets(): number {
    let octets = this.bodies.totalOctets;
    for (const segment of this.segments) {
      if (segment !== undefined && (segment.isTail || segment.liveRecords > 0)) octets += segment.heldOctets;
    }
    return octets;
  }
}

function violatesCounts(slot: number, { number, liveRecords }: Segment): never {
  violated(`segment ${number} has ${liveRecords} live records after slot ${slot} was freed`);
}
