import { Histogram } from './histogram.ts';

/** A timer this often costs some microseconds a second, and notices whatever holds up the loop for so long. */
const INTERVAL_MS = 100;
const BOUNDS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/**
 * How late timers are because something else was being done. A histogram of our own, since Node's (`monitorEventLoopDelay`)
 * tells quantiles since the start, of which Prometheus can make nothing.
 */
export class EventLoopDelay {
  readonly seconds = new Histogram(BOUNDS_SECONDS);
  private dueMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** Observes from now on, until `stop`. */
  start(): void {
    this.dueMs = performance.now() + INTERVAL_MS;
    this.timer = setInterval(() => this.observe(), INTERVAL_MS).unref();
  }

  private observe(): void {
    const nowMs = performance.now();
    this.seconds.observe(Math.max(0, nowMs - this.dueMs) / 1000);
    this.dueMs = nowMs + INTERVAL_MS;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
