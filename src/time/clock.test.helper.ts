import type { Appointment, Clock } from './clock.ts';

/** A clock that stands still until it is moved. */
export class TestClock implements Clock {
  static readonly STARTS_AT_MS = 1_700_000_000_000;
  nowMs: number = TestClock.STARTS_AT_MS;
  private readonly appointments = new Set<{ atMs: number; callback: () => void }>();

  after(delayMs: number, callback: () => void): Appointment {
    const appointment = { atMs: this.nowMs + delayMs, callback };
    this.appointments.add(appointment);
    return { cancel: () => this.appointments.delete(appointment) };
  }

  soon(callback: () => void): void {
    this.after(0, callback);
  }

  microtask(callback: () => void): void {
    this.after(0, callback);
  }

  /** Lets the time pass, and what was to happen meanwhile happen in its order. */
  advance(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (let next = this.next(untilMs); next !== undefined; next = this.next(untilMs)) {
      this.appointments.delete(next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.callback();
    }
    this.nowMs = untilMs;
  }

  private next(untilMs: number): { atMs: number; callback: () => void } | undefined {
    const due = [...this.appointments].filter(({ atMs }) => atMs <= untilMs);
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }
}
