import type { Consumer } from '../consumer.ts';
import { ConsumerRing } from './consumer-ring.ts';

/** The consumers of one priority, in turn. */
class PriorityRing extends ConsumerRing {
  readonly priority: number;
  /** With the parked ones, which are not in the ring. */
  memberCount = 0;

  constructor(priority: number) {
    super();
    this.priority = priority;
  }
}

/** Whoever has to hand out messages. */
export interface ConsumersListener {
  /** A consumer that could not take part can do so now. */
  consumerEntered(): void;
}

/**
 * A queue's consumers, and whose turn it is: that of the highest priority among those that can accept a delivery, and
 * round robin among equals. Consumers nearly always have the same priority, and then there is one ring.
 *
 *     rings     priority 10:  ┌► a ──► b ─┐      priority 0:  ┌► c ─┐
 *                             └───────────┘                   └─────┘
 *
 * Where only a single consumer may be active, that one alone is in a ring; the others wait until it is gone.
 */
export class QueueConsumers {
  /** Only one consumer at a time gets deliveries (`x-single-active-consumer`). */
  readonly isSingleActive: boolean;
  private readonly listener: ConsumersListener;
  private readonly all = new Set<Consumer>();
  /** One for each priority that there is, highest first. */
  private readonly rings: PriorityRing[] = [];
  private highest: PriorityRing | undefined;
  private soleActive: Consumer | undefined;
  /** None of them has its turn: all are parked. */
  isPaused = false;

  constructor(isSingleActive: boolean, listener: ConsumersListener) {
    this.isSingleActive = isSingleActive;
    this.listener = listener;
  }

  get count(): number {
    return this.all.size;
  }

  /** In order of arrival. */
  [Symbol.iterator](): Iterator<Consumer> {
    return this.all.values();
  }

  /** Whether the queue gives the consumer deliveries, as far as it can accept them. */
  isActive(consumer: Consumer): boolean {
    return !this.isSingleActive || consumer === this.soleActive;
  }

  /** Whether there is a consumer that is not parked: it was not found unable to accept a delivery yet. */
  get hasTurn(): boolean {
    const { highest } = this;
    return (
      highest !== undefined && (highest.hasTurn || (this.rings.length > 1 && this.rings.some((ring) => ring.hasTurn)))
    );
  }

  /** The consumer that gets the next delivery, or undefined if none can accept one. */
  take(): Consumer | undefined {
    const { highest } = this;
    return highest === undefined ? undefined : (highest.take() ?? this.takeLower());
  }

  private takeLower(): Consumer | undefined {
    for (let i = 1; i < this.rings.length; i++) {
      const consumer = this.rings[i]!.take();
      if (consumer !== undefined) return consumer;
    }
    return undefined;
  }

  add(consumer: Consumer): void {
    this.all.add(consumer);
    this.addRing(consumer.priority).memberCount++;
    if (this.isSingleActive) this.soleActive ??= consumer;
    this.enter(consumer);
  }

  /** Lets a parked consumer take part again, behind all others of its priority. */
  enter(consumer: Consumer): void {
    if (!this.isActive(consumer) || this.isPaused) return;
    this.ringOf(consumer).enter(consumer);
    this.listener.consumerEntered();
  }

  /** Nobody gets anything until `resume`: so nothing has to be asked for each delivery. */
  pause(): void {
    this.isPaused = true;
    for (const consumer of this.all) this.ringOf(consumer).leave(consumer);
  }

  resume(): void {
    this.isPaused = false;
    for (const consumer of this.all) if (consumer.isParked) this.enter(consumer);
  }

  remove(consumer: Consumer): void {
    if (!this.all.delete(consumer)) return;
    const ring = this.ringOf(consumer);
    ring.leave(consumer);
    if (--ring.memberCount === 0) this.removeRing(ring);
    if (this.soleActive === consumer) this.activateNext();
  }

  /** The highest priority decides, then who came first. It may be held up, and is active all the same. */
  private activateNext(): void {
    this.soleActive = undefined;
    for (const consumer of this.all) {
      if (this.soleActive === undefined || consumer.priority > this.soleActive.priority) this.soleActive = consumer;
    }
    if (this.soleActive !== undefined) this.enter(this.soleActive);
  }

  private ringOf({ priority }: Consumer): PriorityRing {
    if (this.highest?.priority === priority) return this.highest;
    return this.rings.find((ring) => ring.priority === priority)!;
  }

  private addRing(priority: number): PriorityRing {
    const { rings } = this;
    const lower = rings.findIndex((ring) => ring.priority <= priority);
    const at = lower === -1 ? rings.length : lower;
    const existing = rings[at];
    if (existing?.priority === priority) return existing;
    const ring = new PriorityRing(priority);
    rings.splice(at, 0, ring);
    this.highest = rings[0];
    return ring;
  }

  private removeRing(ring: PriorityRing): void {
    this.rings.splice(this.rings.indexOf(ring), 1);
    this.highest = this.rings[0];
  }
}
