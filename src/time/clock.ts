import { confineViolation } from '../observe/invariants.ts';

/** Where the broker takes its time from; tests give it one of their own. */
export interface Clock {
  /** Milliseconds since 1970. It may be some behind within a turn of the event loop, never before the turn began. */
  readonly nowMs: number;
  /** Calls back once, after so many milliseconds; a delay that is not finite is too long to come. */
  after(delayMs: number, callback: () => void): Appointment;
  /** Calls back when everything that goes on now is done: before the turn of the event loop ends, or soon after. */
  soon(callback: () => void): void;
  /** Calls back when what runs now returns to the event loop, before it handles anything else. */
  microtask(callback: () => void): void;
}

/** The system's time, asked anew each time. */
export const SYSTEM_TIME: Pick<Clock, 'nowMs'> = {
  get nowMs(): number {
    return Date.now();
  },
};

/** Something that is to happen later. */
export interface Appointment {
  cancel(): void;
}

/** A callback of it costs too little to be measured; one of process.nextTick or setImmediate a microsecond. */
const RESOLVED = Promise.resolve();

/** Node's timers can't wait longer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The system's time, asked at most once in a turn of the event loop, since asking costs as much as routing a message. */
export class TurnClock implements Clock {
  private cachedMs = 0;
  private isStopped = false;
  private readonly forget = () => {
    this.cachedMs = 0;
  };

  get nowMs(): number {
    if (this.cachedMs === 0) {
      this.cachedMs = Date.now();
      setImmediate(this.forget);
    }
    return this.cachedMs;
  }

  after(delayMs: number, callback: () => void): Appointment {
    let timer: NodeJS.Timeout;
    const wait = (leftMs: number) => {
      const nextMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > nextMs ? wait(leftMs - nextMs) : call()), nextMs).unref();
    };
    const call = () => this.call(callback);
    if (Number.isFinite(delayMs)) wait(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(timer) };
  }

  soon(callback: () => void): void {
    setImmediate(() => this.call(callback));
  }

  private call(callback: () => void): void {
    if (this.isStopped) return;
    try {
      callback();
    } catch (error) {
      confineViolation(error);
    }
  }

  microtask(callback: () => void): void {
    RESOLVED.then(callback);
  }

  /** Nobody is called back any more. */
  stop(): void {
    this.isStopped = true;
  }
}

/** How long an alarm trusts its timer: the system's clock may be set, or the machine sleep. */
const TRUSTED_MS = 60_000;

/** One moment at which something is to be looked at again: the earliest that was asked for. */
export class Alarm {
  private readonly clock: Clock;
  private readonly callback: () => void;
  private appointment: Appointment | undefined;
  private atMs = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, callback: () => void) {
    this.clock = clock;
    this.callback = callback;
  }

  /** Calls back at that time (milliseconds since 1970), if not earlier. */
  setAt(atMs: number): void {
    if (atMs >= this.atMs) return;
    this.appointment?.cancel();
    this.atMs = atMs;
    this.waitFor(atMs);
  }

  private waitFor(atMs: number): void {
    const leftMs = atMs - this.clock.nowMs;
    this.appointment = this.clock.after(Number.isFinite(leftMs) ? Math.min(leftMs, TRUSTED_MS) : leftMs, () => {
      if (leftMs > TRUSTED_MS) {
        this.waitFor(atMs);
        return;
      }
      this.atMs = Number.POSITIVE_INFINITY;
      this.callback();
    });
  }

  cancel(): void {
    this.appointment?.cancel();
    this.atMs = Number.POSITIVE_INFINITY;
  }
}
