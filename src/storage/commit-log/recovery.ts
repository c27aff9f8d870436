import { LARGE_BODY_OCTETS, Message } from '../../protocol/message.ts';
import type { AckIndex } from './ack-index.ts';
import { type Damage, DamageReports } from './damage.ts';
import { DURABLE_SLOT } from './durable-slot.ts';
import type { DurableStore } from './durable-store.ts';
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
  LENGTH_WORD,
  MESSAGE_COUNT_WORD,
  orderOf,
  propertyFlagsAt,
  SMALLEST_RECORD_OCTETS,
  TARGET_COUNT_WORD,
  viewRecord,
} from './record.ts';
import { removeOrphans, segmentsThatAreThere } from './recovered-files.ts';
import { RecoveredSegments } from './recovered-segments.ts';
import type { Segment } from './segment.ts';
import { TransactionReplay } from './transaction-replay.ts';

/** A durable queue that gets its messages back. */
export interface RecoveredQueue {
  /**
   * The messages come in order.
   * @param propertyFlags which properties the message has (see protocol/properties.ts)
   * @param returnCount how often it came back to the queue, if the queue counts that
   */
  restore(slot: number, isRedelivered: boolean, propertyFlags: number, bodySize: number, returnCount: number): void;
}

/** Where recovered messages go. */
export interface RecoverySink {
  /** Undefined: the queue was deleted. @throws if there never was one of that number: then definitions are missing */
  queue(number: number): RecoveredQueue | undefined;
  damaged(damage: Damage): void;
}

/** A record that was found, and is looked at again later. */
interface Found {
  readonly segment: Segment;
  readonly offset: number;
  readonly lengthOctets: number;
  readonly acks: AckIndex;
  readonly order: number;
}

const SMALL_RECORD_OCTETS = 256;

/**
 * Rebuilds a durable store from its files. The log is walked from its beginning, and its messages are put back into their
 * queues in that order; survivors that compaction has moved elsewhere come in at their place. Records that do not check are
 * set aside; what had only begun to be written is cut off.
 */
export class Recovery {
  private readonly store: DurableStore;
  private readonly sink: RecoverySink;
  private readonly view = new Message();
  /** Survivors: their records in the log are void. Those before `nextSurvivor` are restored already. */
  private readonly survivors = new MovedRecords();
  private nextSurvivor = 0;
  private readonly survivorSegments = new Map<number, { readonly segment: Segment; readonly acks: AckIndex }>();
  private readonly replay = new TransactionReplay();
  private replayFrom = 0;
  /** Messages of a transaction of which only its end, not seen yet, tells whether it has happened. */
  private begun: Found[] = [];
  /** Segments with records that were found not to count, and are marked so. */
  private readonly undone = new Set<Segment>();
  private highestOrder = 0;
  private readonly damage: DamageReports;
  private readonly segments: RecoveredSegments;

  constructor(store: DurableStore, sink: RecoverySink) {
    this.store = store;
    this.sink = sink;
    this.damage = new DamageReports(store, (damage) => sink.damaged(damage));
    this.segments = new RecoveredSegments(store, this.damage);
  }

  /** Restores everything, and leaves the store ready to be appended to. */
  run(): void {
    const names = segmentsThatAreThere(this.store.segmentFiles);
    const moved = this.segments.open(names.filter(({ kind }) => kind === 'moved'));
    const log = this.segments.open(names.filter(({ kind }) => kind === 'log'));
    this.segments.bringToDisk([...moved, ...log]);
    const octets = [...moved, ...log].reduce((sum, { usedOctets }) => sum + usedOctets, 0);
    this.store.slots.reserve(Math.floor(octets / SMALL_RECORD_OCTETS)); // rather than growing to that bit by bit
    this.store.segmentFiles.nextNumber = (names.at(-1)?.number ?? 0) + 1;
    for (const segment of moved) this.collectSurvivors(segment);
    this.survivors.sort();
    this.findReplay(log);
    this.damage.newestNumber = log.findLast((segment) => this.segments.hasHeader(segment))?.number ?? 0;
    for (const segment of log) this.restoreLog(segment);
    this.undo(this.begun);
    this.restoreSurvivorsBefore(Number.POSITIVE_INFINITY);
    this.store.nextOrder = Math.max(this.store.nextOrder, this.highestOrder + this.ordersUnseen + 1);
    for (const { file } of this.undone) file.syncNow(); // before it is noted that later ones have happened, and so all before
    const isResumed = this.finish(log);
    this.finish(moved);
    this.repeatTransactions(log, isResumed);
    const isAllSeen = this.segments.unreadableCount === 0; // else bodies may be of messages that are there at the next start
    removeOrphans(this.store, isAllSeen, (body) => this.damage.bodyLeftOver(body));
  }

  /** Orders that may have been given to records in segments that can't be read now. */
  private get ordersUnseen(): number {
    const { segmentSizeOctets } = this.store.segmentFiles.window;
    return this.segments.unreadableCount * Math.ceil(segmentSizeOctets / SMALLEST_RECORD_OCTETS);
  }

  // Survivors

  private collectSurvivors(segment: Segment): void {
    const acks = this.segments.readAcks(segment);
    const { words } = this.store.segmentFiles.window;
    this.survivorSegments.set(segment.number, { segment, acks });
    this.segments.scan(segment, acks, (offset) => {
      this.survivors.add(orderOf(words, (segment.base + offset) >> 2), segment.number, offset);
    });
  }

  private restoreSurvivorsBefore(order: number): void {
    const { survivors } = this;
    while (this.nextSurvivor < survivors.length && survivors.orderAt(this.nextSurvivor) < order) {
      const index = this.nextSurvivor++;
      const own = survivors.orderAt(index);
      const { segment, acks } = this.survivorSegments.get(survivors.segmentAt(index))!;
      const offset = survivors.offsetAt(index);
      const isMovedAgain = index + 1 < survivors.length && survivors.orderAt(index + 1) === own;
      if (isMovedAgain) this.voidRecord(segment, offset, acks);
      else this.restoreSurvivor(segment, offset, acks, own);
    }
  }

  /** The message was moved to elsewhere: this record must not count when that one is dead and gone, before its segment is. */
  private voidRecord(segment: Segment, offset: number, acks: AckIndex): void {
    this.segments.attach(segment);
    const { words } = this.store.segmentFiles.window;
    const at = (segment.base + offset) >> 2;
    const count = words[at + TARGET_COUNT_WORD]!;
    for (let i = 0; i < count; i++) {
      const queue = words[at + FIRST_TARGET_WORD + i]!;
      if (!acks.isAcknowledged(offset, queue, count === 1))
        this.store.acknowledgements.acknowledged(segment, offset, queue);
    }
  }

  // Transactions whose acknowledgements may not have reached their files

  private findReplay(log: readonly Segment[]): void {
    const newest = log.findLast((segment) => this.segments.headerOf(segment) !== undefined);
    this.replayFrom = newest === undefined ? 0 : this.segments.headerOf(newest)!.replayFrom;
    const { replay } = this;
    for (const segment of log) replay.synced(this.segments.headerOf(segment)?.lastSynced ?? 0);
    for (const segment of log.toReversed()) {
      if (segment.number >= this.replayFrom) this.eachWholeRecord(segment, (words, at) => replay.record(words, at));
      else if (replay.hasBegunEarlier) this.eachWholeRecord(segment, (words, at) => replay.earlierRecord(words, at));
      else break;
    }
    this.replay.finish();
  }

  /**
   * What has happened stays so at later starts. The note of it may be in the last segment, or its header, and that may go: the
   * earlier ones do not know.
   */
  private repeatTransactions(log: readonly Segment[], isResumed: boolean): void {
    const { lastSynced, lastHappened } = this.replay;
    const isNeeded = log.some(({ liveRecords }) => liveRecords > 0);
    const isNoted = lastHappened <= lastSynced && (isResumed || lastSynced === 0 || !isNeeded);
    this.store.transactions.repeated(this.replayFrom, Math.max(lastSynced, lastHappened), isNoted);
  }

  /** Calls back with each record of the segment but those of messages in transactions that lack their body. */
  private eachWholeRecord(segment: Segment, callback: (words: Int32Array, at: number) => void): void {
    const { words } = this.store.segmentFiles.window;
    this.segments.eachRecord(segment, (offset) => {
      const start = segment.base + offset;
      if (!this.lacksBody(start)) callback(words, start >> 2);
    });
  }

  /** Whether the record at the octet is of a transaction's message whose body is not there. */
  private lacksBody(start: number): boolean {
    const { words, octets } = this.store.segmentFiles.window;
    const at = start >> 2;
    if (kindOf(words, at) !== KIND_MESSAGE) return false;
    const both = FLAG_IN_TRANSACTION | FLAG_BODY_BESIDE;
    if ((flagsOf(words, at) & both) !== both) return false;
    viewRecord(words, octets, start, this.view);
    return !this.store.bodies.bringToDisk(orderOf(words, at), this.view.bodySize);
  }

  // The log

  private restoreLog(segment: Segment): void {
    const acks = this.segments.readAcks(segment);
    const { words } = this.store.segmentFiles.window;
    this.segments.scan(segment, acks, (offset, lengthOctets) => {
      const at = (segment.base + offset) >> 2;
      const kind = kindOf(words, at);
      const order = orderOf(words, at);
      this.highestOrder = Math.max(this.highestOrder, order);
      if (kind === KIND_MESSAGE) {
        const isOpen = (flagsOf(words, at) & FLAG_IN_TRANSACTION) !== 0 && !this.replay.isSynced(order);
        if (isOpen) this.begun.push({ segment, offset, lengthOctets, acks, order });
        else this.restoreInOrder(segment, offset, lengthOctets, acks, order);
      } else if (kind === KIND_TRANSACTION) {
        const messageCount = words[at + MESSAGE_COUNT_WORD]!;
        this.endTransaction({ segment, offset, lengthOctets, acks, order }, messageCount);
        this.segments.attach(segment);
      }
    });
  }

  /** Its messages are the last that have begun one; any before them are of a transaction that never came to its end. */
  private endTransaction(end: Found, messageCount: number): void {
    const { begun } = this;
    this.begun = [];
    const hasHappened = end.segment.number < this.replayFrom || this.replay.hasHappened(end.order);
    const firstOrder = hasHappened ? end.order - messageCount : end.order;
    this.undo(begun.filter(({ order }) => order < firstOrder));
    for (const { segment, offset, lengthOctets, acks, order } of begun) {
      if (order < firstOrder) continue;
      this.segments.attach(segment);
      this.restoreInOrder(segment, offset, lengthOctets, acks, order);
    }
    if (!hasHappened) this.markUndone(end);
  }

  /** Sees to it that a transaction's messages do not count at later starts either, whatever may be known then of their end. */
  private undo(messages: readonly Found[]): void {
    for (const found of messages) {
      const end = found.offset + found.lengthOctets;
      this.damage.inSegment(found.segment, found.offset, end, 'part of a transaction cut short', true);
      this.markUndone(found);
    }
  }

  private markUndone({ segment, offset }: Found): void {
    this.segments.attach(segment);
    this.store.markUndone(segment, offset);
    this.undone.add(segment);
  }

  private restoreInOrder(segment: Segment, offset: number, lengthOctets: number, acks: AckIndex, order: number): void {
    if (order > this.highestOrder) this.highestOrder = order;
    if (this.nextSurvivor < this.survivors.length) {
      this.restoreSurvivorsBefore(order);
      this.segments.attach(segment);
    }
    if (this.survivors.length > 0 && this.survivors.find(order) >= 0) this.voidRecord(segment, offset, acks);
    else this.restoreRecord(segment, offset, lengthOctets, acks, order);
  }

  private restoreSurvivor(segment: Segment, offset: number, acks: AckIndex, order: number): void {
    if (order > this.highestOrder) this.highestOrder = order;
    this.segments.attach(segment);
    const lengthOctets = this.store.segmentFiles.window.words[((segment.base + offset) >> 2) + LENGTH_WORD]!;
    this.restoreRecord(segment, offset, lengthOctets, acks, order);
  }

  /** Puts the message back into those of its queues that are there and have not acknowledged it. */
  private restoreRecord(segment: Segment, offset: number, lengthOctets: number, acks: AckIndex, order: number): void {
    const { words, octets } = this.store.segmentFiles.window;
    const at = (segment.base + offset) >> 2;
    const count = words[at + TARGET_COUNT_WORD]!;
    const isBeside = (flagsOf(words, at) & FLAG_BODY_BESIDE) !== 0;
    const headerStart = headerStartOf(words, segment.base + offset);
    const propertyFlags = propertyFlagsAt(octets, headerStart);
    const bodySize = bodySizeAt(octets, headerStart);
    const settled = this.replay.acknowledgedBy(order);
    let slot = -1;
    for (let i = 0; i < count; i++) {
      const number = words[at + FIRST_TARGET_WORD + i]!;
      if (acks.isAcknowledged(offset, number, count === 1)) continue;
      if (settled?.has(number)) {
        this.store.acknowledgements.acknowledged(segment, offset, number);
        continue;
      }
      const queue = this.sink.queue(number);
      if (queue === undefined) continue;
      if (slot < 0) {
        if (isBeside && !this.recoverBody(segment, offset, lengthOctets, order)) return;
        slot = this.store.recovered(segment, offset, lengthOctets);
      } else {
        this.store.retain(slot);
      }
      const returnCount = acks.returnCount(offset, number);
      queue.restore(slot | DURABLE_SLOT, acks.isDelivered(offset, number), propertyFlags, bodySize, returnCount);
    }
  }

  private recoverBody(segment: Segment, offset: number, lengthOctets: number, order: number): boolean {
    const { window } = this.store.segmentFiles;
    viewRecord(window.words, window.octets, segment.base + offset, this.view);
    if (this.view.bodySize > LARGE_BODY_OCTETS && this.store.bodies.recover(order, this.view.bodySize)) return true;
    this.damage.inBody(segment, offset, lengthOctets, order);
    return false;
  }

  // Afterwards

  /** The last segment is appended to again, if it can be. Those with nothing alive go. Returns whether it is. */
  private finish(segments: readonly Segment[]): boolean {
    let isResumed = false;
    for (const segment of segments) {
      segment.markWritten();
      const isTail = segment === segments.at(-1) && segment.liveRecords > 0;
      isResumed = isTail && this.segments.isResumable(segment) && this.store.resume(segment);
      if (!isResumed) this.store.seal(segment);
    }
    return isResumed;
  }
}
