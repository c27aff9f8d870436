import type { AckReader } from './ack-file.ts';

const TWO_TO_31 = 0x80000000;

/** What a segment's ack file says, for looking it up by record. Offsets are in octets from the segment's start. */
export class AckIndex implements AckReader {
  /** The queue delivers the segment's records in order, so that a delivery says it of all before it. */
  private readonly isInOrder: boolean;
  /** A bit for each position at which something was acknowledged. */
  private readonly acknowledgedAt: Uint8Array;
  private readonly offsets: number[] = [];
  private readonly queues: number[] = [];
  /** Told of a damaged block. */
  onDamage: (offset: number, octets: Buffer) => void = () => undefined;
  /** The last offset that anything is said about. */
  highestOffset = 0;
  /** Made when a record of several queues is asked about. */
  private pairs: Set<number> | undefined;
  private readonly lastDelivered = new Map<number, number>();
  private readonly deliveredPairs = new Set<number>();
  /** How often which message came back to which queue. */
  private readonly returns = new Map<number, number>();

  constructor(segmentSizeOctets: number, isInOrder: boolean) {
    this.acknowledgedAt = new Uint8Array(segmentSizeOctets >>> 6);
    this.isInOrder = isInOrder;
  }

  acknowledged(offset: number, queue: number): void {
    this.highestOffset = Math.max(offset, this.highestOffset);
    this.acknowledgedAt[offset >>> 6]! |= 1 << ((offset >>> 3) & 7);
    this.offsets.push(offset);
    this.queues.push(queue);
    this.pairs?.add(pairOf(offset, queue));
  }

  delivered(offset: number, queue: number): void {
    this.highestOffset = Math.max(offset, this.highestOffset);
    if (this.isInOrder) this.lastDelivered.set(queue, Math.max(offset, this.lastDelivered.get(queue) ?? 0));
    else this.deliveredPairs.add(pairOf(offset, queue));
  }

  returned(offset: number, queue: number, count: number): void {
    this.highestOffset = Math.max(offset, this.highestOffset);
    const pair = pairOf(offset, queue);
    this.returns.set(pair, count + (this.returns.get(pair) ?? 0));
  }

  damaged(offset: number, octets: Buffer): void {
    this.onDamage(offset, octets);
  }

  /** @param isOnly the record went to no other queue */
  isAcknowledged(offset: number, queue: number, isOnly: boolean): boolean {
    if ((this.acknowledgedAt[offset >>> 6]! & (1 << ((offset >>> 3) & 7))) === 0) return false;
    return isOnly || this.allPairs().has(pairOf(offset, queue));
  }

  private allPairs(): Set<number> {
    this.pairs ??= new Set(this.offsets.map((offset, i) => pairOf(offset, this.queues[i]!)));
    return this.pairs;
  }

  isDelivered(offset: number, queue: number): boolean {
    if (this.isInOrder && offset <= (this.lastDelivered.get(queue) ?? -1)) return true;
    if (this.deliveredPairs.size === 0 && this.returns.size === 0) return false; // mostly: a pair's hash costs more than all else
    const pair = pairOf(offset, queue);
    return this.deliveredPairs.has(pair) || this.returns.has(pair);
  }

  /** How often the record came back to the queue, if the queue counts that. */
  returnCount(offset: number, queue: number): number {
    return this.returns.size === 0 ? 0 : (this.returns.get(pairOf(offset, queue)) ?? 0);
  }
}

function pairOf(offset: number, queue: number): number {
  return (offset >>> 3) * TWO_TO_31 + queue;
}
