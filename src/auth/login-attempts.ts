/** What clients log in over, by RabbitMQ's names. */
export type LoginProtocol = 'amqp091' | 'http';

/** How often clients have tried to log in. */
export interface LoginAttempts {
  readonly protocol: LoginProtocol;
  readonly succeeded: number;
  readonly failed: number;
}

/** Counts who logs in and who is refused, since the broker was started or the counts were reset. */
export class LoginCounter {
  private readonly attempts = new Map<LoginProtocol, { succeeded: number; failed: number }>();

  count(protocol: LoginProtocol, outcome: 'succeeded' | 'failed'): void {
    const counts = this.attempts.get(protocol) ?? { succeeded: 0, failed: 0 };
    counts[outcome]++;
    this.attempts.set(protocol, counts);
  }

  /** Of the protocols that were used. */
  get all(): readonly LoginAttempts[] {
    return [...this.attempts].map(([protocol, counts]) => ({ protocol, ...counts }));
  }

  reset(): void {
    this.attempts.clear();
  }
}
