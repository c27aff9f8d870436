import { type DiskFreeLimit, freeLimitOctets } from '../../config/disk-free-limit.ts';
import type { Logger } from '../../observe/logger.ts';
import type { Files } from '../../storage/disk/files.ts';
import { AlarmReport } from './alarm-report.ts';
import type { ResourceAlarms } from './resource-alarms.ts';

/** The disk is looked at as often as to notice in time, if it filled at this rate: 1 GB/s. */
const FASTEST_OCTETS_PER_MS = 1e6;
const SHORTEST_INTERVAL_MS = 10;
const LONGEST_INTERVAL_MS = 1000;

/** Rings while the disk with the data directory has less free than it must, or the store can't get what it needs. */
export class DiskAlarm {
  isRaised = false;
  /** How much must be free. */
  limit: DiskFreeLimit;
  private readonly alarms: ResourceAlarms;
  private readonly files: Files;
  private readonly directory: string;
  private readonly log: Logger;
  private readonly report: AlarmReport;
  /** What the disk had free when it was looked at last. */
  freeOctets = Number.POSITIVE_INFINITY;
  limitOctets = 0;
  private isOutOfSegments = false;
  private hasFailed = false;
  private timer: NodeJS.Timeout | undefined;

  /** Looks at the disk at once, and from time to time until `stop`. */
  constructor(alarms: ResourceAlarms, files: Files, directory: string, limit: DiskFreeLimit, log: Logger) {
    this.alarms = alarms;
    this.files = files;
    this.directory = directory;
    this.limit = limit;
    this.log = log;
    this.report = new AlarmReport(log, 'disk', alarms);
    this.check();
  }

  /** Looks at the disk now: for who has just taken some of it, or given some back. */
  check(): void {
    this.look();
    this.decide();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.check(), this.intervalMs).unref();
  }

  /** From now on so much must be free. */
  setLimit(limit: DiskFreeLimit): void {
    this.limit = limit;
    this.check();
  }

  /**
   * The store could not reserve disk space for its next segment (true), or has it now (false). Until then the alarm is
   * on, whatever the disk is said to have free.
   */
  setOutOfSegments(isOut: boolean): void {
    this.isOutOfSegments = isOut;
    this.check();
  }

  stop(): void {
    clearTimeout(this.timer);
    this.report.stop();
  }

  private look(): void {
    try {
      const { freeOctets, totalOctets } = this.files.space(this.directory);
      this.freeOctets = freeOctets;
      this.limitOctets = freeLimitOctets(this.limit, totalOctets);
      this.hasFailed = false;
    } catch (error) {
      if (!this.hasFailed) this.log.error({ err: error }, 'it is unknown how much disk space is free');
      this.hasFailed = true;
    }
  }

  private decide(): void {
    const isShort = this.isOutOfSegments || this.freeOctets < this.limitOctets;
    if (isShort === this.isRaised) return;
    this.isRaised = isShort;
    const { freeOctets, limitOctets, isOutOfSegments } = this;
    if (isShort) {
      this.report.raised({ freeOctets, limitOctets, isOutOfSegments });
      this.alarms.raise('disk');
    } else {
      this.report.cleared({ freeOctets, limitOctets });
      this.alarms.clear('disk');
    }
  }

  private get intervalMs(): number {
    const distanceMs = Math.abs(this.freeOctets - this.limitOctets) / FASTEST_OCTETS_PER_MS;
    return Math.min(Math.max(distanceMs, SHORTEST_INTERVAL_MS), LONGEST_INTERVAL_MS);
  }
}
