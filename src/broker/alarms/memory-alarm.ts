import type { LogFields, Logger } from '../../observe/logger.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { AlarmReport } from './alarm-report.ts';
import { HeapGauge } from './heap-gauge.ts';
import type { ResourceAlarms } from './resource-alarms.ts';

/** The alarm is over when memory has fallen to this part of the limit, so that it does not flutter. */
const CLEAR_FRACTION = 0.9;
/** The alarm rings when this part of all slots is taken, and is over at less, too: what has begun may still be stored. */
const SLOT_FRACTION = 0.875;
/** So much is written to disk in a turn of the event loop: some milliseconds' work, after which others have theirs. */
const PAGE_OUT_OCTETS = 4 * 1024 * 1024;
/** When nothing could be paged out, the next try is made so much later: there may be room on the disk by then. */
const RETRY_MS = 1000;
const CHECK_INTERVAL_MS = 500;

/**
 * Rings when messages take more memory than they may, or nearly all the slots that there are (see SlotTable). While it is on, publishers wait, and messages are paged out to
 * disk; so publishers get on as fast as the disk takes what is too much, or, when it takes none, as consumers make room.
 */
export class MemoryAlarm {
  isRaised = false;
  /** Memory of messages that are still on their way in, and so not in the store yet. */
  unfinishedOctets = 0;
  /** How many octets of messages were paged out since the broker was started. */
  pagedOutOctets = 0;
  /** Messages may take so much. */
  limitOctets: number;
  private readonly alarms: ResourceAlarms;
  private readonly store: MessageStore;
  private readonly log: Logger;
  private readonly report: AlarmReport;
  private readonly heap: HeapGauge;
  /** The heap may fill while nothing is read or sent: by requests to the management API, say. */
  private readonly timer: NodeJS.Timeout;
  private nextStep: NodeJS.Immediate | undefined;
  private retry: NodeJS.Timeout | undefined;
  /** When nothing could be paged out: at so much memory in use there is something new to try it with. */
  private retryAboveOctets = Number.POSITIVE_INFINITY;
  private hasFailed = false;

  constructor(
    alarms: ResourceAlarms,
    store: MessageStore,
    limitOctets: number,
    log: Logger,
    heap: HeapGauge = new HeapGauge(),
  ) {
    this.alarms = alarms;
    this.store = store;
    this.limitOctets = limitOctets;
    this.log = log;
    this.report = new AlarmReport(log, 'memory', alarms);
    this.heap = heap;
    heap.start();
    this.timer = setInterval(() => this.check(), CHECK_INTERVAL_MS).unref();
  }

  /** From now on messages may take so much. */
  setLimit(octets: number): void {
    this.limitOctets = octets;
    this.check();
  }

  private get usedOctets(): number {
    return this.store.occupiedOctets + this.store.indexOctets + this.unfinishedOctets;
  }

  /** Compares memory with the limit. Cheap: called whenever a chunk was read or output sent. */
  check(): void {
    this.heap.look();
    if (!this.isRaised) {
      if (this.isOver(1) || this.heap.isShort) this.raise();
    } else if (!this.isOver(CLEAR_FRACTION) && !this.heap.isShort) this.clear();
    else if (this.usedOctets > this.retryAboveOctets) this.pageOutSoon();
  }

  /** Whether messages take more than this part of what they may: memory, or slots. */
  private isOver(fraction: number): boolean {
    return this.usedOctets > this.limitOctets * fraction || this.store.slotUse > SLOT_FRACTION * fraction;
  }

  private raise(): void {
    this.isRaised = true;
    this.report.raised(this.figures);
    this.alarms.raise('memory');
    this.pageOutSoon();
  }

  private pageOutSoon(): void {
    clearTimeout(this.retry);
    this.nextStep ??= setImmediate(this.pageOut);
  }

  private clear(): void {
    this.isRaised = false;
    this.report.cleared(this.figures);
    this.alarms.clear('memory');
  }

  private get figures(): LogFields {
    return { usedOctets: this.usedOctets, limitOctets: this.limitOctets, ...this.heap.figures };
  }

  private readonly pageOut = (): void => {
    this.nextStep = undefined;
    this.retryAboveOctets = Number.POSITIVE_INFINITY;
    if (!this.isRaised) return;
    const octets = this.pageSomeOut();
    this.check();
    if (!this.isRaised) return;
    if (octets > 0) this.pageOutSoon();
    else this.pageOutLater();
  };

  private pageOutLater(): void {
    this.retryAboveOctets = this.usedOctets + PAGE_OUT_OCTETS;
    this.retry = setTimeout(this.pageOut, RETRY_MS).unref();
  }

  /** Nothing while the disk is short: what is left of it is for messages that are to survive. */
  private pageSomeOut(): number {
    if (this.alarms.isLow('disk') || this.usedOctets <= this.limitOctets * CLEAR_FRACTION) return 0;
    try {
      const octets = this.store.pageOut(PAGE_OUT_OCTETS);
      this.pagedOutOctets += octets;
      return octets;
    } catch (error) {
      if (!this.hasFailed) this.log.error({ err: error }, 'messages could not be paged out; they stay in memory');
      this.hasFailed = true;
      return 0;
    }
  }

  /** Does nothing of its own accord any more. */
  stop(): void {
    this.report.stop();
    this.heap.stop();
    clearInterval(this.timer);
    clearImmediate(this.nextStep);
    clearTimeout(this.retry);
  }
}
