import type { Message } from '../../protocol/message.ts';
import { priorityIn } from '../../protocol/property-scan.ts';
import { FifoMessages } from './fifo-messages.ts';
import type { ReadyMessage, ReadyMessages } from './ready-messages.ts';

/** A sequence number is the message's level times this, and its position there: far more than there will ever be. */
const LEVEL_SEQUENCES = 2 ** 45;
/** No message has a higher priority (AMQP 0-9-1, section 4.2.6: an octet). */
const MAX_PRIORITY = 255;

/**
 * The ready messages of a queue with priorities: a FIFO for each priority that was seen, the highest first. Which of them
 * have messages is a bit each, so that the first is found without a walk:
 *
 *     level      0          1          2          3
 *     priority   3          2          1          0
 *                ┌───────┐             ┌───────┐  ┌───────┐
 *                │ FIFO  │     -       │ FIFO  │  │ (none)│    occupied: 1010
 *                └───────┘             └───────┘  └───────┘
 */
export class PriorityMessages implements ReadyMessages {
  length = 0;
  readonly hasPriorities = true;
  private readonly maxPriority: number;
  /** By priority: most messages have a low one, so the array stays short. */
  private readonly fifos: (FifoMessages | undefined)[] = [];
  /** Words of 32 bits, the highest bit for the lowest level. */
  private readonly occupied: Uint32Array;
  /** The lowest level with messages; any, if there are none. */
  private top = 0;
  private cameCount = 0;

  /** @param maxPriority higher priorities count as this one */
  constructor(maxPriority: number) {
    this.maxPriority = Math.min(maxPriority, MAX_PRIORITY);
    this.occupied = new Uint32Array((this.maxPriority >> 5) + 1);
  }

  isInOrderAt(): boolean {
    return false;
  }

  expectLate(): void {
    // Nothing here is in order.
  }

  pass(message: Message): number {
    this.cameCount++;
    const level = this.levelOf(priorityIn(message.header, message.headerStart));
    return level * LEVEL_SEQUENCES + this.fifo(level).pass();
  }

  push(slot: number, message: Message): void {
    this.cameCount++;
    const level = this.levelOf(priorityIn(message.header, message.headerStart));
    this.fifo(level).push(slot);
    this.added(level);
  }

  private levelOf(priority: number): number {
    return this.maxPriority - Math.min(priority, this.maxPriority);
  }

  /** A FIFO is made for the first message of its priority: it takes a few hundred octets. */
  private fifo(level: number): FifoMessages {
    const { fifos } = this;
    const priority = this.maxPriority - level;
    while (fifos.length <= priority) fifos.push(undefined);
    fifos[priority] ??= new FifoMessages();
    return fifos[priority];
  }

  /** There must be messages of that priority, or have been. */
  private seen(level: number): FifoMessages {
    return this.fifos[this.maxPriority - level]!;
  }

  private added(level: number): void {
    this.occupied[level >> 5]! |= 0x80000000 >>> (level & 31);
    if (level < this.top || this.length === 0) this.top = level;
    this.length++;
  }

  get isFirstReturned(): boolean {
    return this.seen(this.top).isFirstReturned;
  }

  get first(): number {
    return this.seen(this.top).first;
  }

  get firstSequence(): number {
    return this.top * LEVEL_SEQUENCES + this.seen(this.top).firstSequence;
  }

  get passedCount(): number {
    return this.cameCount - this.length;
  }

  shift(): number {
    const { top } = this;
    const fifo = this.seen(top);
    const slot = fifo.shift();
    this.length--;
    if (fifo.length === 0) this.emptied(top);
    return slot;
  }

  private emptied(level: number): void {
    const { occupied } = this;
    occupied[level >> 5]! &= ~(0x80000000 >>> (level & 31));
    if (this.length === 0 || level !== this.top) return;
    let word = level >> 5;
    while (occupied[word] === 0) word++;
    this.top = (word << 5) + Math.clz32(occupied[word]!);
  }

  takeAll(): PriorityMessages {
    const taken = new PriorityMessages(this.maxPriority);
    for (const fifo of this.fifos) taken.fifos.push(fifo?.takeAll());
    taken.occupied.set(this.occupied);
    [taken.top, taken.length] = [this.top, this.length];
    this.occupied.fill(0);
    this.length = 0;
    return taken;
  }

  list(afterSequence: number, limit: number): ReadyMessage[] {
    const found: ReadyMessage[] = [];
    const firstLevel = Math.max(0, Math.floor(afterSequence / LEVEL_SEQUENCES));
    for (let level = firstLevel; level <= this.maxPriority && found.length < limit; level++) {
      const fifo = this.fifos[this.maxPriority - level];
      if (fifo === undefined) continue;
      const base = level * LEVEL_SEQUENCES;
      for (const message of fifo.list(Math.max(-1, afterSequence - base), limit - found.length)) {
        found.push({ ...message, sequence: base + message.sequence });
      }
    }
    return found;
  }

  takeOut(messages: readonly ReadyMessage[]): void {
    for (let start = 0, end = 0; start < messages.length; start = end) {
      const level = Math.floor(messages[start]!.sequence / LEVEL_SEQUENCES);
      const base = level * LEVEL_SEQUENCES;
      while (end < messages.length && messages[end]!.sequence < base + LEVEL_SEQUENCES) end++;
      const ofLevel = messages.slice(start, end);
      this.seen(level).takeOut(ofLevel.map((message) => ({ ...message, sequence: message.sequence - base })));
      this.length -= ofLevel.length;
      if (this.seen(level).length === 0) this.emptied(level);
    }
  }

  putBack(slot: number, sequence: number): void {
    const level = Math.floor(sequence / LEVEL_SEQUENCES);
    this.seen(level).putBack(slot, sequence - level * LEVEL_SEQUENCES);
    this.added(level);
  }

  restore(slot: number, isRedelivered: boolean, priority: number): void {
    this.cameCount++;
    const level = this.levelOf(priority);
    this.fifo(level).restore(slot, isRedelivered);
    this.added(level);
  }
}
