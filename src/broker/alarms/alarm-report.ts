import type { LogFields, Logger } from '../../observe/logger.ts';
import type { Resource, ResourceAlarms } from './resource-alarms.ts';

/** An alarm that is off for so long is over; one that comes back before is the same one still. */
const CALM_MS = 5000;

/**
 * Logs and reports that a resource is short, and that there is enough of it again: once each, however often the alarm goes off and
 * on meanwhile, as it does while publishers are held to the pace at which room is made.
 */
export class AlarmReport {
  private readonly log: Logger;
  private readonly resource: Resource;
  private readonly alarms: ResourceAlarms;
  private isReported = false;
  private calm: NodeJS.Timeout | undefined;

  constructor(log: Logger, resource: Resource, alarms: ResourceAlarms) {
    this.log = log;
    this.resource = resource;
    this.alarms = alarms;
  }

  raised(fields: LogFields): void {
    this.stop();
    if (this.isReported) return;
    this.isReported = true;
    this.log.warn(fields, `low on ${this.resource}: publishers are blocked`);
    this.alarms.report(this.resource, true);
  }

  cleared(fields: LogFields): void {
    this.stop();
    this.calm = setTimeout(() => {
      this.isReported = false;
      this.log.info(fields, `enough ${this.resource} again: publishers go on`);
      this.alarms.report(this.resource, false);
    }, CALM_MS).unref();
  }

  stop(): void {
    clearTimeout(this.calm);
  }
}
