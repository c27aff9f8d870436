import { confineViolation, InvariantViolation, reportViolation } from '../../observe/invariants.ts';
import type { Clock } from '../../time/clock.ts';

/** A queue, or whatever else may hold back deliveries. */
export interface Dispatcher {
  /** The schedule's own marks: it is due to be pumped, and it is looked at when control returns to the event loop. */
  isDue: boolean;
  isWatched: boolean;
  /** Whether something could be delivered, and nobody is going to. */
  readonly isStalled: boolean;
  /** Delivers what can be delivered. */
  pump(): void;
}

/**
 * The queues of a virtual host that may have a ready message and a consumer with room at once. They register themselves:
 *
 *     a message comes back, a consumer has room again  →  `add`      deliveries wait, since more may follow
 *     all that belongs together is done                →  `run`      they are made, in the order in which they came to be due
 *     control returns to the event loop                →  what nobody has run is run, and nothing may stall then
 *
 * Deliveries at once (a message arrives, and a consumer waits for it) don't come here: they cost nothing.
 */
export class DispatchSchedule {
  private readonly clock: Clock;
  private readonly due: Dispatcher[] = [];
  /** The first of them that was not pumped yet. */
  private next = 0;
  private readonly watched: Dispatcher[] = [];
  private readonly whenDone = () => this.runAndLook();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(dispatcher: Dispatcher): void {
    if (dispatcher.isDue) return;
    dispatcher.isDue = true;
    this.due.push(dispatcher);
    this.watch(dispatcher);
  }

  /** Has a look at the dispatcher when control returns to the event loop. */
  watch(dispatcher: Dispatcher): void {
    if (dispatcher.isWatched) return;
    dispatcher.isWatched = true;
    if (this.watched.push(dispatcher) === 1) this.clock.microtask(this.whenDone);
  }

  run(): void {
    const { due } = this;
    while (due.length === 1 && this.next === 0) this.pump(due.pop()!); // nearly always: the array keeps its memory
    while (this.next < due.length) this.pump(due[this.next++]!);
    if (this.next === 0) return;
    this.next = 0;
    due.length = 0;
  }

  private pump(dispatcher: Dispatcher): void {
    dispatcher.isDue = false;
    pumpApart(dispatcher);
  }

  private runAndLook(): void {
    const { watched } = this;
    this.run();
    for (let dispatcher = watched.pop(); dispatcher !== undefined; dispatcher = watched.pop()) {
      dispatcher.isWatched = false;
      if (!dispatcher.isStalled) continue;
      reportViolation(new InvariantViolation(`${dispatcher} had something to deliver, and nobody did`));
      pumpApart(dispatcher);
    }
  }
}

/** A queue that is not as it must be is no reason for the others to wait, or for the client to hear of it that made it due. */
function pumpApart(dispatcher: Dispatcher): void {
  try {
    dispatcher.pump();
  } catch (error) {
    confineViolation(error);
  }
}
