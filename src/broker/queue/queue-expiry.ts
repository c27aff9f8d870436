import { Alarm, type Clock } from '../../time/clock.ts';

/** Deletes a queue that nobody has used for a while: nobody consumes from it, has asked for a message, or declared it. */
export class QueueExpiry {
  private readonly clock: Clock;
  private readonly alarm: Alarm;
  private expiresMs = Number.POSITIVE_INFINITY;
  private usedAtMs = 0;

  /**
   * @param isInUse whether somebody uses the queue all the time
   * @param expire deletes it
   */
  constructor(clock: Clock, isInUse: () => boolean, expire: () => void) {
    this.clock = clock;
    this.alarm = new Alarm(clock, () => {
      if (isInUse()) return; // `used` is called at the end of it
      if (this.usedAtMs + this.expiresMs <= clock.nowMs) expire();
      else this.alarm.setAt(this.usedAtMs + this.expiresMs);
    });
  }

  get isNeeded(): boolean {
    return this.expiresMs !== Number.POSITIVE_INFINITY;
  }

  /** Counts from now on. */
  configure(expiresMs: number | undefined): void {
    this.expiresMs = expiresMs ?? Number.POSITIVE_INFINITY;
    this.alarm.cancel();
    this.used();
  }

  /** Somebody uses the queue now. Cheap: the alarm stays, and looks at it when it goes off. */
  used(): void {
    if (!this.isNeeded) return;
    this.usedAtMs = this.clock.nowMs;
    this.alarm.setAt(this.usedAtMs + this.expiresMs);
  }

  close(): void {
    this.alarm.cancel();
  }
}
