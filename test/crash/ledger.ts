import { Copy, type Whole } from './copy.ts';
import { splitName } from './numbered-message.ts';

/** What a broker does for messages whose publisher or consumer was not told so. */
export interface Guarantees {
  /** An acknowledgement holds if anything after it on its channel was answered. */
  readonly acksSurvive: boolean;
  /** After a crash, those messages are marked as redelivered that were delivered before it, and no others. */
  readonly redeliveryIsKnown: boolean;
  /** Transactions, and messages to several queues, come about as a whole or not at all. */
  readonly isAtomic: boolean;
}

/** The promise of Leveret, where a process is killed and the machine stays up. */
const ALL_GUARANTEES: Guarantees = { acksSurvive: true, redeliveryIsKnown: true, isAtomic: true };

/** Where the power goes: acks and deliveries that were not synced may be forgotten, but for those of transactions. */
export const GUARANTEES_AT_POWER_CUTS: Guarantees = { ...ALL_GUARANTEES, acksSurvive: false, redeliveryIsKnown: false };

export interface Publication {
  readonly name: string;
  readonly isPersistent: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly queues: readonly string[];
}

/** A message as it was received. */
export interface Arrival {
  /** Undefined: it bears none. */
  readonly name: string | undefined;
  readonly exchange: string;
  readonly routingKey: string;
  readonly isRedelivered: boolean;
  /** What is different about its content from what was published under its name. */
  readonly alteration?: string | undefined;
}

/** What was published and acknowledged in a transaction. */
export interface TransactionRecord {
  readonly name: string;
  readonly publishes: Copy[];
  readonly settlements: Copy[];
}

/**
 * What clients of a broker have seen and done, over any number of the broker's lives, and what must, may and must not
 * be in its queues therefore. What contradicts that is a violation.
 */
export class Ledger {
  readonly violations: string[] = [];
  /** How often what happened to a copy. */
  readonly tally = new Map<string, number>();
  /** Counts the broker's lives. */
  life = 1;
  private readonly guarantees: Guarantees;
  private readonly publications = new Map<string, Publication>();
  private readonly queues = new Map<string, QueuePage>();
  private readonly wholes = new Set<Whole>();
  /** Settled, and not known to be so on disk. */
  private settled: Copy[] = [];
  /** The like of which a sync has begun and not ended. */
  private readonly unsynced = new Set<Copy[]>();
  private transactions = 0;

  constructor(guarantees: Guarantees = ALL_GUARANTEES) {
    this.guarantees = guarantees;
  }

  // Publishing

  /** To be told before it is sent; so are all others that are not answers. */
  published(publication: Publication, transaction?: TransactionRecord): void {
    const { name, isPersistent, queues } = publication;
    this.publications.set(name, publication);
    const copies = queues.map((queue) => this.page(queue).add(new Copy(name, queue, isPersistent, this.life)));
    for (const copy of copies) this.note(copy, 'published');
    if (transaction !== undefined) {
      transaction.publishes.push(...copies);
      for (const copy of copies) this.end(copy, 'not committed');
    } else if (copies.length > 1) this.tie(copies, name);
  }

  confirmed(name: string): void {
    for (const queue of this.publications.get(name)!.queues) this.ascertain(this.page(queue).get(name)!, 'confirmed');
  }

  // Consuming

  /** Somebody begins to take from the queue; so many deliveries may be on their way to the holder at a time. */
  consuming(queue: string, holder: string, prefetch: number): void {
    this.page(queue).holders.set(holder, prefetch);
  }

  delivered(queue: string, arrival: Arrival, holder: string): void {
    const copy = this.arrive(queue, arrival);
    if (copy === undefined) return;
    if (copy.holder !== undefined) this.violation('delivered while it was unacknowledged', copy);
    if (copy.isSettling) this.violation('delivered after it was acknowledged', copy);
    if (!arrival.isRedelivered) this.checkOrder(copy, holder);
    this.receive(copy, arrival);
    copy.holder = holder;
  }

  /** An acknowledgement, or a rejection that discards, is sent. */
  settling(queue: string, name: string): void {
    const copy = this.page(queue).get(name)!;
    this.note(copy, 'acknowledged');
    this.beginSettling(copy);
  }

  /** Something that was sent after the acknowledgement was answered. */
  settlementKnown(queue: string, name: string): void {
    const copy = this.page(queue).get(name)!;
    if (copy.isSettling) this.settle(copy, 'acknowledged for sure');
  }

  requeued(queue: string, name: string): void {
    const copy = this.page(queue).get(name)!;
    this.note(copy, 'requeued');
    copy.holder = undefined;
  }

  /** The holder has received all that was on its way to it and is gone; what it held goes back to the queue. */
  released(queue: string, holder: string): void {
    const { holders, live } = this.page(queue);
    holders.delete(holder);
    for (const copy of live) if (copy.holder === holder) copy.holder = undefined;
  }

  // Transactions

  begin(): TransactionRecord {
    return { name: `transaction ${++this.transactions}`, publishes: [], settlements: [] };
  }

  /** An acknowledgement is sent as part of a transaction. */
  settlingIn(transaction: TransactionRecord, queue: string, name: string): void {
    const copy = this.page(queue).get(name)!;
    this.note(copy, 'acknowledged in a transaction', `: ${transaction.name}`);
    transaction.settlements.push(copy);
  }

  committing({ name, publishes, settlements }: TransactionRecord): void {
    const whole = this.newWhole(name);
    for (const copy of publishes) {
      this.note(copy, 'committed', `: ${name}`);
      this.page(copy.queue).revive(copy);
      if (copy.isPersistent) copy.clues.push({ whole, ifPresent: 'done', ifAbsent: 'undone' });
    }
    for (const copy of settlements) {
      const isCertain = copy.presence === 'certain';
      this.note(copy, 'committed', `: ${name}`);
      this.beginSettling(copy);
      if (copy.isPersistent) {
        copy.clues.push({ whole, ifPresent: 'undone', ifAbsent: isCertain ? 'done' : undefined });
      }
    }
  }

  committed({ publishes, settlements }: TransactionRecord): void {
    for (const copy of publishes) this.ascertain(copy, 'committed for sure');
    for (const copy of settlements) {
      if (!copy.isSettling) continue;
      if (this.guarantees.isAtomic)
        this.end(copy, 'acknowledged for sure'); // as durable as what was published
      else this.settle(copy, 'acknowledged for sure');
    }
  }

  // Queues

  /** What is in the queue, but with no consumer, is being deleted: the queue was purged, or is deleted itself. */
  discarding(queue: string): void {
    for (const copy of this.page(queue).live) {
      if (copy.holder !== undefined) continue;
      this.note(copy, 'discarded');
      this.beginSettling(copy);
    }
  }

  discarded(queue: string): void {
    for (const copy of this.page(queue).live) if (copy.isSettling) this.settle(copy, 'discarded for sure');
  }

  /** The queue is not there any more, and so nothing can be in it. */
  queueGone(queue: string): void {
    for (const copy of this.page(queue).live) this.end(copy, 'gone with its queue');
  }

  // Lives

  /** Acks and deliveries are about to be synced. @returns to be called once they are on disk */
  syncing(): () => void {
    const { settled } = this;
    this.settled = [];
    this.unsynced.add(settled);
    const delivered: Copy[] = [];
    for (const { live } of this.queues.values()) {
      for (const copy of live) if (copy.deliveries > 0 && !copy.mayBeUnmarked) delivered.push(copy);
    }
    return () => {
      this.unsynced.delete(settled);
      for (const copy of delivered) copy.isDeliveryOnDisk = true;
    };
  }

  /**
   * The broker has ended, and nothing that it said is still under way.
   * @param guarantees what it does for its clients where it has ended like this
   */
  brokerEnded(guarantees: Guarantees = this.guarantees): void {
    const unsynced = [this.settled, ...this.unsynced].flat();
    this.settled = [];
    this.unsynced.clear();
    if (!guarantees.acksSurvive) for (const copy of unsynced) this.page(copy.queue).revive(copy);
    if (!guarantees.redeliveryIsKnown) this.forgetDeliveries();
    for (const page of this.queues.values()) {
      for (const prefetch of page.holders.values()) page.excuses += prefetch;
      page.holders.clear();
      for (const copy of page.live) this.brokerEndedWith(copy);
    }
    this.life++;
  }

  private forgetDeliveries(): void {
    for (const { live } of this.queues.values()) {
      for (const copy of live) if (!copy.isDeliveryOnDisk) copy.mayBeUnmarked = true;
    }
  }

  private brokerEndedWith(copy: Copy): void {
    copy.holder = undefined;
    if (!copy.isPersistent) {
      this.end(copy, 'transient, and the broker ended');
      return;
    }
    this.note(copy, 'the broker ended');
    if (!copy.isSettling) return;
    copy.isSettling = false;
    copy.presence = 'possible';
  }

  /** The queue says how many messages it has, when nobody uses it. */
  counted(queue: string, count: number): void {
    const { live } = this.page(queue);
    const certain = [...live].filter(({ presence }) => presence === 'certain').length;
    if (count >= certain && count <= live.size) return;
    this.violations.push(`${queue} has ${count} messages, and should have ${certain} to ${live.size}`);
  }

  /**
   * All that is in the queue, in order, when nobody uses it.
   * @param isTaken whether it is not there any more now; else it is as if requeued
   */
  looked(queue: string, arrivals: readonly Arrival[], isTaken: boolean): void {
    const page = this.page(queue);
    const present = new Set<Copy>();
    for (const arrival of arrivals) {
      const copy = this.arrive(queue, arrival);
      if (copy === undefined) continue;
      if (present.has(copy)) this.violation('there twice', copy);
      else this.receive(copy, arrival);
      present.add(copy);
    }
    for (const copy of page.live) {
      if (present.has(copy)) continue;
      if (copy.presence === 'certain') this.violation('lost', copy);
      copy.resolve('absent');
      this.end(copy, 'not there');
    }
    const last = new Map<string, number>();
    for (const copy of present) this.checkNumber(copy, last);
    if (isTaken) for (const copy of present) this.settle(copy, 'taken');
  }

  /** All queues that take part in anything were looked at: nothing may have been done by half. */
  lookedAtAll(): void {
    for (const { name, evidence } of this.wholes) {
      if (!this.guarantees.isAtomic || evidence.done.length === 0 || evidence.undone.length === 0) continue;
      this.violations.push(`done by half: ${name}: ${evidence.done.join(', ')}, but ${evidence.undone.join(', ')}`);
    }
    this.wholes.clear();
  }

  // What they have in common

  private arrive(queue: string, arrival: Arrival): Copy | undefined {
    const { name, alteration, exchange, routingKey } = arrival;
    const copy = name === undefined ? undefined : this.page(queue).get(name);
    if (name === undefined || copy === undefined) {
      const elsewhere = name !== undefined && this.publications.has(name) ? 'published elsewhere' : 'never published';
      this.violations.push(`invented: ${name ?? 'a message without a name'} in ${queue} was ${elsewhere}`);
      return undefined;
    }
    if (alteration !== undefined) this.violation(`altered (${alteration})`, copy);
    const sent = this.publications.get(name)!;
    if (sent.exchange !== exchange || sent.routingKey !== routingKey) {
      this.violation(`altered (from '${exchange}' with key '${routingKey}')`, copy);
    }
    if (copy.presence === 'gone') this.violation('came back', copy);
    return copy;
  }

  private receive(copy: Copy, { isRedelivered }: Arrival): void {
    this.checkMark(copy, isRedelivered);
    this.note(copy, isRedelivered ? 'redelivered' : 'delivered');
    copy.deliveries++;
    copy.mayBeUnmarked = false;
    if (copy.publishedIn === this.life) return;
    // It has survived a crash, and so it is on disk, whether it was ever confirmed or not.
    copy.presence = 'certain';
    copy.resolve('present');
  }

  private checkMark(copy: Copy, isRedelivered: boolean): void {
    const { redeliveryIsKnown } = this.guarantees;
    if (copy.deliveries > 0) {
      if (isRedelivered || copy.mayBeUnmarked) return;
      this.violation('not marked redelivered', copy);
    } else if (isRedelivered && redeliveryIsKnown && --this.page(copy.queue).excuses < 0) {
      this.violation('marked redelivered, though it cannot have been delivered', copy);
    }
  }

  /** What was never delivered is delivered in the order in which it was published. */
  private checkOrder(copy: Copy, holder: string): void {
    const { orders } = this.page(copy.queue);
    let last = orders.get(holder);
    if (last === undefined) {
      last = new Map();
      orders.set(holder, last);
    }
    this.checkNumber(copy, last);
  }

  private checkNumber(copy: Copy, last: Map<string, number>): void {
    const [publisher, number] = splitName(copy.name);
    const previous = last.get(publisher) ?? -1;
    if (number < previous) this.violation(`out of order (after ${previous})`, copy);
    last.set(publisher, number);
  }

  private ascertain(copy: Copy, event: string): void {
    this.note(copy, event);
    if (copy.presence !== 'possible') return;
    copy.presence = 'certain';
    copy.clues.splice(0, copy.clues.length, ...copy.clues.filter(({ ifPresent }) => ifPresent !== 'done'));
  }

  private beginSettling(copy: Copy): void {
    copy.holder = undefined;
    copy.isSettling = true;
    for (const clue of copy.clues) clue.ifAbsent = undefined;
  }

  private settle(copy: Copy, event: string): void {
    this.end(copy, event);
    this.settled.push(copy);
  }

  private end(copy: Copy, event: string): void {
    this.note(copy, event);
    copy.presence = 'gone';
    copy.holder = undefined;
    copy.isSettling = false;
    this.page(copy.queue).live.delete(copy);
  }

  private tie(copies: readonly Copy[], name: string): void {
    const whole = this.newWhole(name);
    for (const copy of copies) {
      if (copy.isPersistent) copy.clues.push({ whole, ifPresent: 'done', ifAbsent: 'undone' });
    }
  }

  private newWhole(name: string): Whole {
    const whole = { name, evidence: { done: [], undone: [] } };
    this.wholes.add(whole);
    return whole;
  }

  private page(queue: string): QueuePage {
    let page = this.queues.get(queue);
    if (page === undefined) {
      page = new QueuePage();
      this.queues.set(queue, page);
    }
    return page;
  }

  private violation(what: string, copy: Copy): void {
    this.violations.push(`${what}: ${copy}`);
  }

  private note(copy: Copy, event: string, where = ''): void {
    copy.note(`${this.life}: ${event}${where}`);
    this.tally.set(event, (this.tally.get(event) ?? 0) + 1);
  }
}

/** What the ledger knows of one queue. */
class QueuePage {
  /** All that were ever published to it, by their names. */
  private readonly copies = new Map<string, Copy>();
  /** Those that may be there. */
  readonly live = new Set<Copy>();
  /** Who takes from it, and how many deliveries may be on their way to them. */
  readonly holders = new Map<string, number>();
  /** How many messages may be marked redelivered although nobody has received them: they were on their way. */
  excuses = 0;
  /** By holder and publisher, the number that was delivered last for the first time. */
  readonly orders = new Map<string, Map<string, number>>();

  add(copy: Copy): Copy {
    this.copies.set(copy.name, copy);
    this.live.add(copy);
    return copy;
  }

  get(name: string): Copy | undefined {
    return this.copies.get(name);
  }

  /** It is possible again that the copy is there. */
  revive(copy: Copy): void {
    copy.presence = 'possible';
    this.live.add(copy);
  }
}
