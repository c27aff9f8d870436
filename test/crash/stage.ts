import type { Random } from '../support/random.ts';
import type { Received } from '../support/wire-events.ts';
import type { Definitions } from './definitions.ts';
import type { Arrival, Ledger } from './ledger.ts';
import { alteration, type NumberedMessage, nameOf, numberedMessage } from './numbered-message.ts';

/** What the actors of a load have in common. */
export class Stage {
  readonly ledger: Ledger;
  readonly definitions: Definitions;
  readonly random: Random;
  private readonly counts = new Map<string, number>();

  constructor(ledger: Ledger, definitions: Definitions, random: Random) {
    this.ledger = ledger;
    this.definitions = definitions;
    this.random = random;
  }

  /** The publisher's next message; numbers go on over the broker's lives. */
  nextMessage(publisher: string): NumberedMessage {
    return numberedMessage(publisher, this.nextNumber(publisher));
  }

  nextNumber(what: string): number {
    const number = (this.counts.get(what) ?? 0) + 1;
    this.counts.set(what, number);
    return number;
  }
}

/** Something that a client does until its connection is lost: then it rejects. */
export type Actor = () => Promise<never>;

export function arrivalOf(received: Received<'basic.deliver'> | Received<'basic.get-ok'>): Arrival {
  const { exchange, routingKey, redelivered: isRedelivered } = received;
  const name = nameOf(received);
  return {
    name,
    exchange,
    routingKey,
    isRedelivered,
    alteration: name === undefined ? undefined : alteration(name, received),
  };
}
