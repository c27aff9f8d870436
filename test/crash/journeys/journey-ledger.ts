import { nameOf, type ReceivedContent } from '../numbered-message.ts';
import type { Journey } from './journeys.ts';
import { lastDeathOf, travelDamage, type Wishes } from './travelling-message.ts';

/** The broker's clock may be behind by a turn of its event loop, in which a message came in. */
const TOLERANCE_MS = 50;

/** A message, and what is known of where it is. */
class Traveller {
  readonly name: string;
  readonly journey: Journey;
  readonly isPersistent: boolean;
  readonly wishes: Wishes;
  readonly publishedAtMs: number;
  /** In which of the broker's lives. */
  readonly publishedIn: number;
  /** How often the power had been cut by then. */
  readonly powerCutsBefore: number;
  /** It was confirmed, or has survived a crash: it must arrive. */
  isCertain = false;
  /** It was transient, and the broker ended. */
  isForgotten = false;
  /** Queues in which it was acknowledged; true: the broker has said so since. */
  readonly settledIn = new Map<string, boolean>();
  /** How often it was received, by queue. */
  readonly deliveries = new Map<string, number>();
  private readonly events: string[] = [];

  constructor(
    name: string,
    journey: Journey,
    isPersistent: boolean,
    wishes: Wishes,
    life: number,
    powerCutsBefore: number,
  ) {
    this.name = name;
    this.journey = journey;
    this.isPersistent = isPersistent;
    this.wishes = wishes;
    this.publishedAtMs = Date.now();
    this.publishedIn = life;
    this.powerCutsBefore = powerCutsBefore;
  }

  /** Whether nothing more needs to come of it. */
  get isOver(): boolean {
    const { stations, ends } = this.journey;
    const isSettled = (queue: string) => this.settledIn.has(queue);
    return this.isForgotten || stations.some(({ queue }) => isSettled(queue)) || ends.every(isSettled);
  }

  /** Where a client has published it to, rather than the broker. */
  isFirst(queue: string): boolean {
    const { exchange, stations, ends, isOnce } = this.journey;
    return (exchange === '' || isOnce === true) && queue === (stations[0]?.queue ?? ends[0]);
  }

  /** When it may be in the queue at the earliest, in milliseconds since 1970. */
  dueMs(queue: string): number {
    const { delayMs, expirationMs = Number.POSITIVE_INFINITY } = this.wishes;
    const [first] = this.journey.stations;
    const isBeyond = first?.cause === 'expired' && queue !== first.queue;
    const stayMs = isBeyond ? Math.min(first.ttlMs ?? Number.POSITIVE_INFINITY, expirationMs) : 0;
    return this.publishedAtMs + Math.max(delayMs, stayMs);
  }

  note(event: string): void {
    this.events.push(event);
  }

  toString(): string {
    const { stations, ends } = this.journey;
    const way = [...stations.map(({ queue }) => queue), ends.join(' & ')].join(' > ');
    const kind = this.isPersistent ? 'persistent' : 'transient';
    const wishes = JSON.stringify(this.wishes);
    return `${this.name} (${kind}) on ${way} ${wishes} [${this.events.join(', ')}]`;
  }
}

/**
 * Messages that the broker itself takes from queue to queue, over any number of its lives. A confirmed one must be on its way,
 * have arrived, or have been acknowledged, at least once; around a crash one may be doubled on its way, since it is in both
 * queues for a moment, but not where a client has published it to.
 */
export class JourneyLedger {
  readonly violations: string[] = [];
  /** How often what happened. */
  readonly tally = new Map<string, number>();
  /** Counts the broker's lives. */
  life = 1;
  private powerCuts = 0;
  private readonly travellers = new Map<string, Traveller>();
  private readonly underWay = new Set<Traveller>();

  /** To be told before it is sent. A message whose name is known is the same one again. */
  published(name: string, journey: Journey, isPersistent: boolean, wishes: Wishes): void {
    const known = this.travellers.get(name);
    if (known !== undefined && (journey.isOnce || !known.isOver)) {
      this.note(known, 'published again');
      return;
    }
    const traveller = new Traveller(name, journey, isPersistent, wishes, this.life, this.powerCuts);
    this.travellers.set(name, traveller);
    this.underWay.add(traveller);
    this.note(traveller, 'published');
  }

  confirmed(name: string): void {
    const traveller = this.travellers.get(name)!;
    this.note(traveller, 'confirmed');
    traveller.isCertain = true;
  }

  /** The broker has told its publisher that it does not take it. */
  refused(name: string): void {
    this.note(this.travellers.get(name)!, 'refused');
  }

  /** It was delivered from the queue. Returns its name, if it is one that may be there. */
  received(queue: string, content: ReceivedContent): string | undefined {
    const name = nameOf(content);
    const traveller = name === undefined ? undefined : this.travellers.get(name);
    if (name === undefined || traveller === undefined) {
      this.violations.push(`invented: ${name ?? 'a message without a name'} in ${queue} was never published`);
      return undefined;
    }
    this.note(traveller, `received from ${queue}`);
    const damage = travelDamage(name, content);
    if (damage !== undefined) this.violation(`altered (${damage})`, traveller);
    const earlyMs = traveller.dueMs(queue) - Date.now();
    if (earlyMs > TOLERANCE_MS) this.violation(`early by ${earlyMs} ms`, traveller);
    this.checkDeath(traveller, queue, content);
    this.checkPresence(traveller, queue);
    this.countDelivery(traveller, queue);
    if (traveller.publishedIn !== this.life) traveller.isCertain = true;
    return name;
  }

  /** It says itself by which way it came. */
  private checkDeath(traveller: Traveller, queue: string, { properties }: ReceivedContent): void {
    const { stations, ends } = traveller.journey;
    const at = stations.findIndex((station) => station.queue === queue);
    if (at < 0 && !ends.includes(queue)) {
      this.violation(`in ${queue}, which is not on its way`, traveller);
      return;
    }
    const before = at < 0 ? stations.at(-1) : stations[at - 1];
    const death = lastDeathOf(properties.headers);
    if (death?.queue === before?.queue && death?.reason === before?.cause) return;
    this.violation(`died of ${death?.reason} in ${death?.queue}`, traveller);
  }

  private checkPresence(traveller: Traveller, queue: string): void {
    if (traveller.isForgotten) this.violation('transient, and there after a restart', traveller);
    const mayBeDoubled = traveller.publishedIn !== this.life && !traveller.isFirst(queue);
    if (traveller.settledIn.get(queue) && !mayBeDoubled) this.violation(`came back to ${queue}`, traveller);
  }

  private countDelivery(traveller: Traveller, queue: string): void {
    const count = (traveller.deliveries.get(queue) ?? 0) + 1;
    traveller.deliveries.set(queue, count);
    const station = traveller.journey.stations.find((one) => one.queue === queue);
    const onceMost = station?.mostDeliveries ?? Number.POSITIVE_INFINITY;
    const most = onceMost * (1 + this.powerCuts - traveller.powerCutsBefore) + this.life - traveller.publishedIn;
    if (count > most) this.violation(`delivered ${count} times from ${queue}`, traveller);
  }

  /** It was acknowledged there. @param isKnown the broker has said so: it must not come back */
  settled(queue: string, name: string, isKnown: boolean): void {
    const traveller = this.travellers.get(name)!;
    this.note(traveller, 'settled');
    traveller.settledIn.set(queue, isKnown);
    if (traveller.isOver) this.underWay.delete(traveller);
  }

  /** Messages that have to arrive and have not. */
  get missing(): Traveller[] {
    return [...this.underWay].filter(({ isCertain }) => isCertain);
  }

  /** When the last of those is due, in milliseconds since 1970. */
  get lastDueMs(): number {
    return this.missing.reduce((last, traveller) => Math.max(last, traveller.dueMs('')), 0);
  }

  /** Everything was taken that there is, and there was time for all to arrive. */
  allTaken(): void {
    for (const traveller of this.missing) this.violation('lost', traveller);
    for (const traveller of this.underWay) if (traveller.publishedIn !== this.life) this.underWay.delete(traveller);
  }

  /** @param isPowerCut it may be forgotten what was acknowledged, and how often something came back */
  brokerEnded(isPowerCut = false): void {
    this.life++;
    if (isPowerCut) this.forgetAcks();
    for (const traveller of this.underWay) {
      traveller.note('the broker ended');
      if (traveller.isPersistent) continue;
      traveller.isForgotten = true;
      this.underWay.delete(traveller);
    }
  }

  private forgetAcks(): void {
    this.powerCuts++;
    for (const { settledIn } of this.travellers.values()) {
      for (const queue of settledIn.keys()) settledIn.set(queue, false);
    }
  }

  private violation(what: string, traveller: Traveller): void {
    this.violations.push(`${what}: ${traveller}`);
  }

  private note(traveller: Traveller, event: string): void {
    traveller.note(`${this.life}: ${event}`);
    this.tally.set(event, (this.tally.get(event) ?? 0) + 1);
  }
}
