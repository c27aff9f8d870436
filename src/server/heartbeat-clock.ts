const SWEEP_INTERVAL_MS = 250;

interface Beating {
  beat(nowMs: number): void;
}

/** One timer for the heartbeats of all connections, instead of two for each (AMQP 0-9-1, section 4.2.7). */
export class HeartbeatClock {
  private readonly timer: NodeJS.Timeout;

  constructor(connections: ReadonlySet<Beating>) {
    this.timer = setInterval(() => {
      const nowMs = performance.now();
      for (const connection of connections) connection.beat(nowMs);
    }, SWEEP_INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
