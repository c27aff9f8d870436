/** What a connection has to do about heartbeats now. */
export type HeartbeatDuty = 'nothing' | 'send' | 'give up';

/** One connection's heartbeats: any octets count, in either direction (AMQP 0-9-1, section 4.2.7). */
export class Heartbeat {
  /** 0: the peers have agreed on none. */
  intervalMs = 0;
  private lastReceivedMs = performance.now();
  private lastSentMs = performance.now();

  received(): void {
    this.lastReceivedMs = performance.now();
  }

  sent(): void {
    this.lastSentMs = performance.now();
  }

  /** A peer that was silent for two intervals is gone; one that heard nothing for half of one might think so of us. */
  duty(nowMs: number, isReading: boolean): HeartbeatDuty {
    if (this.intervalMs === 0) return 'nothing';
    if (isReading && nowMs - this.lastReceivedMs > 2 * this.intervalMs) return 'give up';
    return nowMs - this.lastSentMs >= this.intervalMs / 2 ? 'send' : 'nothing';
  }
}
