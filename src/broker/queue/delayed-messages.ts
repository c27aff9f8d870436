import { reportDefect } from '../../observe/invariants.ts';
import { Alarm, type Clock } from '../../time/clock.ts';
import { isDiskFailure } from './disk-failure.ts';

const INITIAL_CAPACITY = 16;
/** Emptied, the memory is kept up to this capacity, so that a queue that fills and drains does not reallocate. */
const KEPT_CAPACITY = 4096;
/** So many messages come due in one go, or as many as it takes so long; then others have their turn. */
const MAX_DUE_AT_ONCE = 1024;
const SLICE_MS = 5;
/** So much later comes what could not go on in time. Whoever needs to know of the disk is told by others. */
const RETRY_MS = 1000;
/** The clock is looked at once in so many messages. */
const STEPS = 64;

/** Whom messages go to when their time has come. */
export interface DueListener {
  /**
   * @param sequence what the message was put in with
   * @throws what `isDiskFailure` tells where it can't go on at present: then it is due again later
   */
  due(slot: number, sequence: number, bodySize: number): void;
  /** Called after one or more messages came due. */
  dueDone(): void;
}

/**
 * Messages that wait for a time of their own: a binary heap by the time they are due and, where that is the same, by their
 * sequence number. 24 octets a message, and one timer for all of them.
 */
export class DelayedMessages {
  length = 0;
  /** What the bodies of all of them have together. */
  octets = 0;
  private readonly clock: Clock;
  private readonly listener: DueListener;
  private readonly alarm: Alarm;
  /** Milliseconds since 1970. */
  private dues = new Float64Array(INITIAL_CAPACITY);
  private sequences = new Float64Array(INITIAL_CAPACITY);
  private slots = new Uint32Array(INITIAL_CAPACITY);
  private bodySizes = new Uint32Array(INITIAL_CAPACITY);

  constructor(clock: Clock, listener: DueListener) {
    this.clock = clock;
    this.listener = listener;
    this.alarm = new Alarm(clock, () => this.release());
  }

  /** @param dueMs milliseconds since 1970 */
  push(slot: number, sequence: number, bodySize: number, dueMs: number): void {
    if (this.length === this.slots.length) this.resize(this.length * 2);
    this.octets += bodySize;
    let at = this.length++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.isBefore(parent, dueMs, sequence)) break;
      this.move(parent, at);
      at = parent;
    }
    this.set(at, slot, sequence, bodySize, dueMs);
    if (at === 0) this.alarm.setAt(dueMs);
  }

  /** Takes out those that are due before the time, in order. @param timeMs milliseconds since 1970 */
  takeDueBefore(timeMs: number, take: (slot: number) => void): void {
    while (this.length > 0 && this.dues[0]! < timeMs) {
      const slot = this.slots[0]!;
      this.removeFirst();
      take(slot);
    }
  }

  /** Takes out all messages, which wait no longer; returns their slots, in no order. */
  takeAll(): Uint32Array {
    this.alarm.cancel();
    const taken = this.slots.subarray(0, this.length);
    this.length = this.octets = 0;
    this.resize(INITIAL_CAPACITY);
    return taken;
  }

  private release(): void {
    const endMs = performance.now() + SLICE_MS;
    let count = 0;
    while (this.length > 0 && this.dues[0]! <= this.clock.nowMs && count < MAX_DUE_AT_ONCE) {
      if (count % STEPS === STEPS - 1 && performance.now() > endMs) break;
      const slot = this.slots[0]!;
      const sequence = this.sequences[0]!;
      const bodySize = this.bodySizes[0]!;
      this.removeFirst();
      try {
        this.listener.due(slot, sequence, bodySize);
      } catch (error) {
        // Where a defect has stopped it, the message stays in the store: it is there again after a restart.
        if (isDiskFailure(error)) this.push(slot, sequence, bodySize, this.clock.nowMs + RETRY_MS);
        else reportDefect(error, 'a message that is due');
      }
      count++;
    }
    if (this.length > 0) this.alarm.setAt(this.dues[0]!);
    if (count > 0) this.listener.dueDone();
  }

  private removeFirst(): void {
    this.octets -= this.bodySizes[0]!;
    const last = --this.length;
    const dueMs = this.dues[last]!;
    const sequence = this.sequences[last]!;
    const slot = this.slots[last]!;
    const bodySize = this.bodySizes[last]!;
    let at = 0;
    for (let child = 1; child < last; child = 2 * at + 1) {
      if (child + 1 < last && this.isBefore(child + 1, this.dues[child]!, this.sequences[child]!)) child++;
      if (!this.isBefore(child, dueMs, sequence)) break;
      this.move(child, at);
      at = child;
    }
    this.set(at, slot, sequence, bodySize, dueMs);
    if (last === 0 && this.slots.length > KEPT_CAPACITY) this.resize(INITIAL_CAPACITY);
  }

  private isBefore(at: number, dueMs: number, sequence: number): boolean {
    const due = this.dues[at]!;
    return due < dueMs || (due === dueMs && this.sequences[at]! < sequence);
  }

  private move(from: number, to: number): void {
    this.set(to, this.slots[from]!, this.sequences[from]!, this.bodySizes[from]!, this.dues[from]!);
  }

  private set(at: number, slot: number, sequence: number, bodySize: number, dueMs: number): void {
    this.slots[at] = slot;
    this.sequences[at] = sequence;
    this.bodySizes[at] = bodySize;
    this.dues[at] = dueMs;
  }

  private resize(capacity: number): void {
    const { dues, sequences, slots, bodySizes, length } = this;
    this.dues = new Float64Array(capacity);
    this.sequences = new Float64Array(capacity);
    this.slots = new Uint32Array(capacity);
    this.bodySizes = new Uint32Array(capacity);
    this.dues.set(dues.subarray(0, length));
    this.sequences.set(sequences.subarray(0, length));
    this.slots.set(slots.subarray(0, length));
    this.bodySizes.set(bodySizes.subarray(0, length));
  }
}
