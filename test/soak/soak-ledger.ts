/** Where one copy of a message may end: acknowledged in one of these queues, for good. */
export interface Copy {
  readonly key: string;
  readonly ends: readonly string[];
}

/** What is known of a copy that was not acknowledged yet. */
interface Outstanding extends Copy {
  /** Its publisher was told that it is safe. */
  isCertain: boolean;
  /** The queues that have delivered it. */
  readonly deliveredFrom: Set<string>;
}

const SHOWN_VIOLATIONS = 20;

/**
 * What was published to a broker that lives on while its clients come and go: each copy is acknowledged once. It is delivered
 * again only when it came back, and is marked so then.
 */
export class SoakLedger {
  readonly violations: string[] = [];
  /** How often what happened, by the first queue of the copy's ends. */
  readonly tally = new Map<string, Map<string, number>>();
  private readonly outstanding = new Map<string, Outstanding>();
  private readonly publications = new Map<string, readonly Copy[]>();
  /** Acknowledged on a connection that was cut before the broker has answered anything after it. */
  private readonly mayComeBack = new Map<string, Outstanding>();
  /** By queue, how many deliveries were on their way to somebody who was gone. */
  private readonly excuses = new Map<string, number>();

  /** To be told before it is sent. */
  published(id: string, copies: readonly Copy[]): void {
    this.publications.set(id, copies);
    for (const copy of copies) {
      this.outstanding.set(copy.key, { ...copy, isCertain: false, deliveredFrom: new Set() });
      this.count(copy, 'published');
    }
  }

  confirmed(id: string): void {
    for (const copy of this.take(id)) {
      this.count(copy, 'confirmed');
      const outstanding = this.outstanding.get(copy.key);
      if (outstanding !== undefined) outstanding.isCertain = true;
    }
  }

  /** The broker has said that it does not take it. */
  refused(id: string): void {
    for (const copy of this.take(id)) {
      this.count(copy, 'refused');
      if (!this.outstanding.delete(copy.key)) this.violations.push(`refused, and delivered: ${copy.key}`);
    }
  }

  /** Its publisher has lost the connection before it was told anything. */
  abandoned(id: string): void {
    for (const copy of this.take(id)) this.count(copy, 'unknown');
  }

  private take(id: string): readonly Copy[] {
    const copies = this.publications.get(id)!;
    this.publications.delete(id);
    return copies;
  }

  delivered(queue: string, key: string, isRedelivered: boolean): void {
    const copy = this.outstanding.get(key) ?? this.mayComeBack.get(key);
    if (copy === undefined) {
      this.violations.push(`twice, or never published: ${key} in ${queue}`);
      return;
    }
    if (!copy.ends.includes(queue)) this.violations.push(`astray: ${key} in ${queue}`);
    if (copy.deliveredFrom.has(queue) !== isRedelivered) this.mark(queue, key, isRedelivered);
    this.count(copy, isRedelivered ? 'redelivered' : 'delivered');
    copy.deliveredFrom.add(queue);
  }

  /** The mark is not what the ledger knows: a delivery may have been on its way to a consumer that was gone. */
  private mark(queue: string, key: string, isRedelivered: boolean): void {
    const excuses = this.excuses.get(queue) ?? 0;
    if (!isRedelivered) this.violations.push(`not marked redelivered: ${key} in ${queue}`);
    else if (excuses === 0)
      this.violations.push(`marked redelivered, though nobody can have had it: ${key} in ${queue}`);
    else this.excuses.set(queue, excuses - 1);
  }

  /** An acknowledgement is sent. */
  acknowledged(key: string): void {
    const copy = this.outstanding.get(key) ?? this.mayComeBack.get(key);
    if (copy === undefined) return; // told already
    this.count(copy, this.outstanding.delete(key) ? 'acknowledged' : 'acknowledged again');
    this.mayComeBack.set(key, copy);
  }

  /** The broker has answered something after these acknowledgements. */
  settled(keys: readonly string[]): void {
    for (const key of keys) this.mayComeBack.delete(key);
  }

  /** A consumer of the queue is gone: so many deliveries may have been on their way to it. */
  gone(queue: string, prefetch: number): void {
    this.excuses.set(queue, (this.excuses.get(queue) ?? 0) + prefetch);
  }

  /** Copies that must arrive, and have not, but for those that end in this queue. */
  missing(except: string): string[] {
    const missing: string[] = [];
    for (const { key, ends, isCertain } of this.outstanding.values()) {
      if (isCertain && !ends.includes(except)) missing.push(key);
    }
    return missing;
  }

  /** How many copies must, and may, be in the queue where they end. */
  left(queue: string): { readonly certain: number; readonly possible: number } {
    const there = [...this.outstanding.values()].filter(({ ends }) => ends.includes(queue));
    return { certain: there.filter(({ isCertain }) => isCertain).length, possible: there.length };
  }

  /** Every queue but one is empty, and nothing is under way: what may have come and has not never will. */
  emptied(except: string): void {
    for (const copy of this.outstanding.values()) {
      if (copy.ends.includes(except)) continue;
      if (copy.isCertain) this.violations.push(`lost: ${copy.key}`);
      this.count(copy, copy.isCertain ? 'lost' : 'unknown, and never came');
      this.outstanding.delete(copy.key);
    }
    this.mayComeBack.clear();
    this.excuses.clear();
  }

  /** By queue: what was confirmed, and what became of it. */
  *balances(): Iterable<{
    readonly queue: string;
    readonly confirmed: number;
    readonly found: number;
    readonly text: string;
  }> {
    for (const [queue, events] of this.tally) {
      const of = (event: string) => events.get(event) ?? 0;
      const arrivedUnknown =
        of('unknown') - of('unknown, and never came') - this.left(queue).possible + this.left(queue).certain;
      const found = of('acknowledged') + this.left(queue).certain - arrivedUnknown;
      const text = [...events].map(([event, count]) => `${count} ${event}`).join(', ');
      yield { queue, confirmed: of('confirmed'), found, text };
    }
  }

  /** @throws Error with the violations so far, if there are any */
  check(): void {
    if (this.violations.length === 0) return;
    throw new Error(`${this.violations.length} violations:\n${this.violations.slice(0, SHOWN_VIOLATIONS).join('\n')}`);
  }

  private count({ ends }: Copy, event: string): void {
    const events = this.tally.get(ends[0]!) ?? new Map<string, number>();
    events.set(event, (events.get(event) ?? 0) + 1);
    this.tally.set(ends[0]!, events);
  }
}
