/** A message in a queue, and what is known about it. A message that is routed to three queues is three copies. */
export class Copy {
  readonly name: string;
  readonly queue: string;
  readonly isPersistent: boolean;
  /** In which of the broker's lives. */
  readonly publishedIn: number;
  /** How often it was received. */
  deliveries = 0;
  /** The disk has one of its deliveries. */
  isDeliveryOnDisk = false;
  /** It may be forgotten that it was delivered. */
  mayBeUnmarked = false;
  /** Who has received it and not settled it. */
  holder: string | undefined;
  /** It was acknowledged, purged or deleted with its queue, and it is not known yet whether the broker knows. */
  isSettling = false;
  presence: Presence = 'possible';
  /** What its presence or absence tells about something that happens as a whole or not at all. */
  readonly clues: Clue[] = [];
  private readonly events: string[] = [];

  constructor(name: string, queue: string, isPersistent: boolean, publishedIn: number) {
    this.name = name;
    this.queue = queue;
    this.isPersistent = isPersistent;
    this.publishedIn = publishedIn;
  }

  note(event: string): void {
    this.events.push(event);
  }

  /** Whether something came of the copy is clear now. */
  resolve(outcome: 'present' | 'absent'): void {
    for (const { whole, ifPresent, ifAbsent } of this.clues) {
      const tells = outcome === 'present' ? ifPresent : ifAbsent;
      if (tells !== undefined) whole.evidence[tells].push(`${this.name} is ${outcome} in ${this.queue}`);
    }
    this.clues.length = 0;
  }

  /** For messages of violations: all that is known of it, in order. */
  toString(): string {
    const kind = this.isPersistent ? 'persistent' : 'transient';
    return `${this.name} (${kind}) in ${this.queue} [${this.events.join(', ')}]`;
  }
}

/** 'certain': it must be in its queue, or with a consumer. 'possible': it may be. 'gone': it must not be any more. */
export type Presence = 'possible' | 'certain' | 'gone';

/** A transaction, or the routing of a message to several queues: something of which nothing may be done by half. */
export interface Whole {
  readonly name: string;
  readonly evidence: { readonly done: string[]; readonly undone: string[] };
}

export interface Clue {
  readonly whole: Whole;
  readonly ifPresent: 'done' | 'undone';
  /** Undefined: its absence can have other reasons. */
  ifAbsent: 'done' | 'undone' | undefined;
}
