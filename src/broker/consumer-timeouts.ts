/** The limits that queues of a virtual host set themselves for how long a delivery may stay unacknowledged. */
export class ConsumerTimeouts {
  /** No queue has set a shorter one so far: so often at least deliveries have to be looked at. Infinity: none has. */
  shortestMs = Number.POSITIVE_INFINITY;

  /** @param timeoutMs what a queue has set; undefined or 0: nothing, or no limit */
  note(timeoutMs: number | undefined): void {
    if (timeoutMs !== undefined && timeoutMs > 0) this.shortestMs = Math.min(this.shortestMs, timeoutMs);
  }
}
