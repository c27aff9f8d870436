import { reportDefect } from '../../observe/invariants.ts';

/** How often what a disk did not take is tried again. */
const RETRY_INTERVAL_MS = 1000;

/** Returns whether it is done; else it is tried again. */
export type Attempt = () => boolean;

/** What the disk did not take, and is tried again until it does: the disk may be full now, and have room later. */
export class DiskRetries {
  private readonly attempts = new Set<Attempt>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;

  /** Has it tried again, a little later. */
  add(attempt: Attempt): void {
    if (this.isClosed) return;
    this.attempts.add(attempt);
    this.wait();
  }

  /** Tries what waits, up to the first that fails: with thousands of them, a full disk is asked once. That one comes last the next time. */
  run(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const attempt of [...this.attempts]) {
      this.attempts.delete(attempt);
      if (isDone(attempt)) continue;
      this.attempts.add(attempt);
      break;
    }
    if (this.attempts.size > 0) this.wait();
  }

  private wait(): void {
    if (!this.isClosed) this.timer ??= setTimeout(() => this.run(), RETRY_INTERVAL_MS).unref();
  }

  /** Tries everything for the last time. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    for (const attempt of this.attempts) isDone(attempt);
    this.attempts.clear();
  }
}

/** One that a defect stops is not made again. */
function isDone(attempt: Attempt): boolean {
  try {
    return attempt();
  } catch (error) {
    reportDefect(error, 'what the disk did not take before');
    return true;
  }
}
