/** Messages of others wait no longer than this, and one method, for methods to be handled. */
const LIMIT_MS = 5;

/**
 * How long methods have held up the event loop in its turn: those that declare, bind, ask and so on, of all connections
 * together. A chunk has room for a thousand of them, which take as long as very many messages do.
 */
export class MethodTime {
  private endsAtMs = Number.POSITIVE_INFINITY;
  private isRunning = false;
  private readonly forget = () => {
    this.isRunning = false;
  };

  /** Whether it is the turn of others, after a method. The next one of a connection is to be handled in the next turn. */
  get isOver(): boolean {
    const nowMs = performance.now();
    if (this.isRunning) return nowMs > this.endsAtMs;
    this.isRunning = true;
    this.endsAtMs = nowMs + LIMIT_MS;
    setImmediate(this.forget);
    return false;
  }
}
