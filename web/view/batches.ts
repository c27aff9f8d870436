/** At most so often is something passed on. */
const INTERVAL_MS = 1000;
/** More than this is not gathered, however seldom the browser lets a page in the background act. */
const MOST = 20;

/** Gathers what comes fast, so that pages are not drawn more often than people read; what comes seldom is passed on at once. */
export class Batches<T> {
  private readonly pass: (batch: readonly T[]) => void;
  private waiting: T[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private lastMs = Number.NEGATIVE_INFINITY;

  constructor(pass: (batch: readonly T[]) => void) {
    this.pass = pass;
  }

  add(item: T): void {
    this.waiting.push(item);
    if (this.waiting.length >= MOST) this.passOn();
    else this.timer ??= setTimeout(() => this.passOn(), this.lastMs + INTERVAL_MS - performance.now());
  }

  /** Nobody wants what waits. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private passOn(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.lastMs = performance.now();
    const batch = this.waiting;
    this.waiting = [];
    this.pass(batch);
  }
}
