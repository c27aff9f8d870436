import type { Logger } from './logger.ts';

/** While an error goes on, the log is told of it this often. */
const INTERVAL_MS = 60_000;

/** Logs an error that may come thousands of times a second, such as a full disk: once, and then now and then how often. */
export class RepeatedError {
  private readonly log: Logger;
  private readonly message: string;
  private count = 0;
  private latest: Error | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(log: Logger, message: string) {
    this.log = log;
    this.message = message;
  }

  add(err: Error): void {
    if (this.timer === undefined) {
      this.log.error({ err }, this.message);
      this.wait();
      return;
    }
    this.count++;
    this.latest = err;
  }

  private wait(): void {
    this.timer = setTimeout(() => this.tellCount(), INTERVAL_MS).unref();
  }

  private tellCount(): void {
    this.timer = undefined;
    const { count, latest } = this;
    if (count === 0) return; // it is over: the next one is told at once
    this.count = 0;
    this.log.error({ error: latest!.message, count }, `${this.message}, again`);
    this.wait();
  }
}
