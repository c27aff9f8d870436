import { confineViolation, InvariantViolation, reportViolation } from '../../observe/invariants.ts';
import type { Clock } from '../../time/clock.ts';

/** A queue, or whatever else may hold back deliveries. */
export interface Dispatcher {
  /** The schedule's own marks: it is due to be pumped, and it is looked at when the turn ends. */
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
 *     the turn of the event loop ends                  →  `endTurn`  what nobody has run is run, and nothing may stall then
 *
 * Deliveries at once (a message arrives, and a consumer waits for it) don't come here: they cost nothing.
 */
export class DispatchSchedule {
  private readonly clock: Clock;
  private readonly due: Dispatcher[] = [];
  /** The first of them that was not pumped yet. */
  private next = 0;
  private watched: Dispatcher[] = [];
  private readonly atTurnEnd = () => this.endTurn();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  add(dispatcher: Dispatcher): void {
    if (dispatcher.isDue) return;
    dispatcher.isDue = true;
    this.due.push(dispatcher);
    this.watch(dispatcher);
  }

  /** Has a look at the dispatcher when the turn ends. */
  watch(dispatcher: Dispatcher): void {
    if (dispatcher.isWatched) return;
    dispatcher.isWatched = true;
    if (this.watched.push(dispatcher) === 1) this.clock.soon(this.atTurnEnd);
  }

  run(): void {
    const { due } = this;
    if (due.length === 0) return;
    while (this.next < due.length) {
      const dispatcher = due[this.next++]!;
      dispatcher.isDue = false;
      pumpApart(dispatcher);
    }
    this.next = 0;
    due.length = 0;
  }

  private endTurn(): void {
    const { watched } = this;
    this.watched = [];
    this.run();
    for (const dispatcher of watched) {
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
