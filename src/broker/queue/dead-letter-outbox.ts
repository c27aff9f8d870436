import { reportDefect } from '../../observe/invariants.ts';
import type { Clock } from '../../time/clock.ts';
import { isDiskFailure } from './disk-failure.ts';

/** A queue's dead letters, as those who send them see them. */
export interface DeadLetterSource {
  readonly length: number;
  /** Sends the first one. @throws where it can't: then it is still the first */
  sendFirst(): void;
  /** Leaves the first one in the store: it is there again after a restart. */
  skipFirst(): void;
}

/** So long dead letters may hold up everything else. */
const SLICE_MS = 5;
/** After so many it is another queue's turn. */
const SENT_AT_ONCE = 64;
/** After a failure, such as a full disk, a queue tries again. */
const RETRY_MS = 1000;

/**
 * Sends the dead letters of a virtual host's queues, at the end of the turn in which they came to be. A dead letter may cause
 * another one, in a chain of queues of any length: it is gathered here, and sent in the same loop.
 */
export class DeadLetterOutbox {
  private readonly clock: Clock;
  private readonly sources = new Set<DeadLetterSource>();
  private isScheduled = false;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** The source has something to send. */
  add(source: DeadLetterSource): void {
    this.sources.add(source);
    if (this.isScheduled) return;
    this.isScheduled = true;
    this.clock.soon(() => this.sendSome());
  }

  private sendSome(): void {
    const endMs = performance.now() + SLICE_MS;
    for (const source of this.sources) {
      this.sources.delete(source);
      if (!this.sendFrom(source, endMs)) continue;
      this.sources.add(source); // behind those that have come meanwhile
      if (performance.now() >= endMs) break;
    }
    this.isScheduled = this.sources.size > 0;
    if (this.isScheduled) this.clock.soon(() => this.sendSome());
  }

  /** Returns whether there is more. */
  private sendFrom(source: DeadLetterSource, endMs: number): boolean {
    try {
      for (let i = 0; i < SENT_AT_ONCE && source.length > 0 && performance.now() < endMs; i++) source.sendFirst();
      return source.length > 0;
    } catch (error) {
      if (isDiskFailure(error)) {
        this.clock.after(RETRY_MS, () => this.add(source)); // the alarms tell the operator why
        return false;
      }
      reportDefect(error, 'a dead letter');
      source.skipFirst();
      return source.length > 0;
    }
  }
}
