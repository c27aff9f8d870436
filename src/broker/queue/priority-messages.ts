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
 *                │ FIFO  │     -       │ FIFO  │  │ (none)│    occupied: 0101
 *                └───────┘             └───────┘  └───────┘
 */
export class PriorityMessages implements ReadyMessages {
  length = 0;
  readonly hasPriorities = true;
  private readonly maxPriority: number;
  /** By level: the queue's highest priority comes first. */
  private readonly levels: FifoMessages[] = [];
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

  private fifo(level: number): FifoMessages {
    const { levels } = this;
    while (levels.length <= level) levels.push(new FifoMessages());
    return levels[level]!;
  }

  private added(level: number): void {
    this.occupied[level >> 5]! |= 0x80000000 >>> (level & 31);
    if (level < this.top || this.length === 0) this.top = level;
    this.length++;
  }

  get isFirstReturned(): boolean {
    return this.levels[this.top]!.isFirstReturned;
  }

  get first(): number {
    return this.levels[this.top]!.first;
  }

  get firstSequence(): number {
    return this.top * LEVEL_SEQUENCES + this.levels[this.top]!.firstSequence;
  }

  get passedCount(): number {
    return this.cameCount - this.length;
  }

  shift(): number {
    const { top } = this;
    const fifo = this.levels[top]!;
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
    for (const level of this.levels) taken.levels.push(level.takeAll());
    taken.occupied.set(this.occupied);
    [taken.top, taken.length] = [this.top, this.length];
    this.occupied.fill(0);
    this.length = 0;
    return taken;
  }

  list(afterSequence: number, limit: number): ReadyMessage[] {
    const found: ReadyMessage[] = [];
    const firstLevel = Math.max(0, Math.floor(afterSequence / LEVEL_SEQUENCES));
    for (let level = firstLevel; level < this.levels.length && found.length < limit; level++) {
      const base = level * LEVEL_SEQUENCES;
      for (const message of this.levels[level]!.list(Math.max(-1, afterSequence - base), limit - found.length)) {
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
      this.levels[level]!.takeOut(ofLevel.map((message) => ({ ...message, sequence: message.sequence - base })));
      this.length -= ofLevel.length;
      if (this.levels[level]!.length === 0) this.emptied(level);
    }
  }

  putBack(slot: number, sequence: number): void {
    const level = Math.floor(sequence / LEVEL_SEQUENCES);
    this.levels[level]!.putBack(slot, sequence - level * LEVEL_SEQUENCES);
    this.added(level);
  }

  restore(slot: number, isRedelivered: boolean, priority: number): void {
    this.cameCount++;
    const level = this.levelOf(priority);
    this.fifo(level).restore(slot, isRedelivered);
    this.added(level);
  }
}
