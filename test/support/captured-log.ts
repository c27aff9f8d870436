import { pino } from 'pino';
import type { LogLevel } from '#src/config/options.js';
import type { Logger } from '#src/observe/log.js';

/** An event as it was logged. */
export interface LoggedEvent {
  readonly level: number;
  readonly msg: string;
  readonly user?: string;
  readonly vhost?: string;
  readonly peer?: string;
  readonly mechanism?: string;
  readonly reason?: string;
  readonly durationMs?: number;
}

/** A logger whose events are kept, as the JSON that would have been written. */
export class CapturedLog {
  readonly lines: string[] = [];
  readonly logger: Logger;

  constructor(level: Exclude<LogLevel, 'silent'>) {
    this.logger = pino({ level, base: null }, { write: (line) => this.lines.push(line) });
  }

  get text(): string {
    return this.lines.join('');
  }

  /** The events with this text, without their time. */
  events(msg: string): LoggedEvent[] {
    const events = this.lines.map((line) => JSON.parse(line) as LoggedEvent & { time?: number });
    for (const event of events) delete event.time;
    return events.filter((event) => event.msg === msg);
  }
}
