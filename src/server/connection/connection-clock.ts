/** Heartbeats are late by at most this: little against half of the shortest interval, a second. */
const INTERVAL_MS = 100;

interface Timed {
  tick(nowMs: number): void;
}

/** One timer for the heartbeats and deadlines of all connections, instead of a few for each. */
export class ConnectionClock {
  private readonly timer: NodeJS.Timeout;

  constructor(connections: ReadonlySet<Timed>) {
    this.timer = setInterval(() => {
      const nowMs = performance.now();
      for (const connection of connections) connection.tick(nowMs);
    }, INTERVAL_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
