import type { Consumer } from '../consumer.ts';

/**
 * A queue's consumers that may be able to accept a delivery, served in turn. Whoever cannot when its turn comes is
 * parked, and enters again behind the others once it can: so looking for a consumer never scans the unable ones.
 */
export class ConsumerRing {
  private turn: Consumer | undefined;

  get hasTurn(): boolean {
    return this.turn !== undefined;
  }

  /** The consumer whose turn it is, or undefined if none can accept a delivery. */
  take(): Consumer | undefined {
    let consumer = this.turn;
    while (consumer !== undefined && !consumer.canAccept()) {
      this.leave(consumer);
      consumer = this.turn;
    }
    if (consumer !== undefined) this.turn = consumer.next;
    return consumer;
  }

  /** Puts a parked consumer behind all others. */
  enter(consumer: Consumer): void {
    consumer.isParked = false;
    const { turn } = this;
    if (turn === undefined) {
      consumer.next = consumer.previous = consumer;
      this.turn = consumer;
      return;
    }
    const last = turn.previous;
    last.next = turn.previous = consumer;
    consumer.previous = last;
    consumer.next = turn;
  }

  leave(consumer: Consumer): void {
    if (consumer.isParked) return;
    consumer.isParked = true;
    if (consumer.next === consumer) {
      this.turn = undefined;
      return;
    }
    if (this.turn === consumer) this.turn = consumer.next;
    consumer.previous.next = consumer.next;
    consumer.next.previous = consumer.previous;
    consumer.next = consumer.previous = consumer;
  }
}
