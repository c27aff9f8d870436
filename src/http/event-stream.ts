import { Readable } from 'node:stream';
import { stringifyJson } from '../json/exact-json.ts';
import type { JsonObject } from './listing/columns.ts';

/** How often it is looked whether there is something to send, so many milliseconds apart. */
const INTERVAL_MS = 200;
/** With nothing to send, the peer is told so now and then: one that is gone without a word is found out by it. */
const QUIET_INTERVALS = 75;
/** Octets that wait for the peer; until it has read them nothing more is sent. */
const HIGH_WATER_MARK_OCTETS = 64 * 1024;

/** What an event stream is made from. */
export interface EventSource {
  /** Whether the one who looks may still do so. */
  isAllowed(): boolean;
  /** What has come since the last time; undefined: nothing. Asked for only while the peer reads. */
  take(): JsonObject | undefined;
  /** Nobody looks any more. */
  close(): void;
}

/**
 * Server-sent events: a line of JSON whenever there is news, five times a second at most, until the peer goes, the server
 * stops or it is not allowed any more. Nothing piles up here for a peer that does not read: it is the source's to drop.
 */
export class EventStream extends Readable {
  private readonly source: EventSource;
  private readonly timer: NodeJS.Timeout;
  private isPeerReading = true;
  private quietIntervals = 0;

  constructor(source: EventSource) {
    super({ highWaterMark: HIGH_WATER_MARK_OCTETS });
    this.source = source;
    this.timer = setInterval(() => this.sendNews(), INTERVAL_MS);
    this.push(': open\n\n'); // so that the answer begins
  }

  override _read(): void {
    this.isPeerReading = true;
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.stop();
    callback(error);
  }

  /** Ends the answer. */
  end(): void {
    this.stop();
    this.push(null);
  }

  private stop(): void {
    clearInterval(this.timer);
    this.source.close();
  }

  private sendNews(): void {
    if (!this.source.isAllowed()) this.end();
    else if (this.isPeerReading) this.send(this.source.take());
  }

  private send(news: JsonObject | undefined): void {
    if (news === undefined && ++this.quietIntervals < QUIET_INTERVALS) return;
    this.quietIntervals = 0;
    this.isPeerReading = this.push(news === undefined ? ': quiet\n\n' : `data: ${stringifyJson(news)}\n\n`);
  }
}
