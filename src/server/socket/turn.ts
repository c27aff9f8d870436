import { confineViolation } from '../../observe/invariants.ts';

/** Whoever has output that waits for the end of the event loop's turn. */
export interface TurnParticipant {
  endTurn(): void;
}

/**
 * The end of an event-loop turn, when everything that its events have caused is sent at once: one write a connection,
 * however many messages. `setImmediate` runs when all sockets that were readable have been read.
 */
export class Turn {
  private participants: TurnParticipant[] = [];
  private readonly runner = () => this.end();

  /** Calls the participant at the turn's end; it must not be scheduled twice in a turn. */
  schedule(participant: TurnParticipant): void {
    if (this.participants.push(participant) === 1) setImmediate(this.runner);
  }

  private end(): void {
    const { participants } = this;
    this.participants = [];
    for (const participant of participants) {
      try {
        participant.endTurn();
      } catch (error) {
        confineViolation(error); // or the others' output would never be sent
      }
    }
  }
}
