import { getHeapStatistics } from 'node:v8';
import { AmqpError } from '../../protocol/amqp-error.ts';
import { FullCollections } from './full-collections.ts';

/** Of its limit, with all garbage collected: publishers are blocked above this, and go on below the other. */
const SHORT_FRACTION = 0.7;
const ENOUGH_FRACTION = 0.6;
/** Above this nothing is declared or bound: V8 needs room to collect garbage in, or ends the process. */
const DEFINITIONS_FRACTION = 0.8;
/** Above this nobody connects, opens a channel or consumes either. So much is too much, whatever of it is garbage. */
const CLIENTS_FRACTION = 0.9;
/** Of V8's limit, what is for new objects only. */
const YOUNG_OCTETS = 48 * 1024 * 1024;
/** Reading the heap's size takes some microseconds. */
const LOOK_INTERVAL_MS = 20;

/** What JavaScript's heap has in it, garbage included, and may have. */
export interface HeapSize {
  readonly usedOctets: number;
  readonly limitOctets: number;
}

function heapSize(): HeapSize {
  const { used_heap_size, heap_size_limit } = getHeapStatistics();
  return { usedOctets: used_heap_size, limitOctets: Math.max(heap_size_limit - YOUNG_OCTETS, heap_size_limit / 2) };
}

/**
 * How full JavaScript's heap is, without which the process ends. Messages are not in it, but what there is to say of queues,
 * bindings, consumers, channels and deliveries is.
 *
 * Much of what is in use may be garbage. So from SHORT_FRACTION on V8 is made to collect it, and what is left then decides.
 */
export class HeapGauge {
  /** Publishers are to be blocked. */
  isShort = false;
  /** What is in use of the heap's limit, as far as it is known not to be garbage. */
  private liveFraction = 0;
  private readonly size: () => HeapSize;
  private readonly watch: (collected: () => void) => Pick<FullCollections, 'nudge' | 'stop'>;
  private collections: Pick<FullCollections, 'nudge' | 'stop'> | undefined;
  private nextLookMs = Number.POSITIVE_INFINITY;

  constructor(
    size: () => HeapSize = heapSize,
    watch: (collected: () => void) => Pick<FullCollections, 'nudge' | 'stop'> = (collected) =>
      new FullCollections(collected),
  ) {
    this.size = size;
    this.watch = watch;
  }

  /** Until then there is room: what was there before a restart is not refused. */
  start(): void {
    this.nextLookMs = 0;
  }

  /** Cheap: looks only now and then. */
  look(): void {
    const nowMs = performance.now();
    if (nowMs < this.nextLookMs) return;
    this.nextLookMs = nowMs + LOOK_INTERVAL_MS;
    this.measure();
  }

  /** For exchanges, queues and bindings. @throws AmqpError RESOURCE_ERROR if there is no room */
  requireRoomForDefinitions(): void {
    this.requireRoom(DEFINITIONS_FRACTION);
  }

  /** For connections, channels and consumers. @throws AmqpError RESOURCE_ERROR if there is no room */
  requireRoomForClients(): void {
    this.requireRoom(CLIENTS_FRACTION);
  }

  private requireRoom(fraction: number): void {
    this.look();
    if (this.liveFraction > fraction) throw new AmqpError('RESOURCE_ERROR', 'low on heap memory');
  }

  private measure(): void {
    const used = this.usedFraction;
    if (used < ENOUGH_FRACTION || (used < SHORT_FRACTION && !this.isShort)) {
      this.rest();
      return;
    }
    this.collections ??= this.watch(() => this.collected());
    this.collections.nudge();
    if (used > CLIENTS_FRACTION) this.becomes(used);
  }

  private collected(): void {
    this.becomes(this.usedFraction);
  }

  private becomes(liveFraction: number): void {
    this.liveFraction = liveFraction;
    this.isShort = liveFraction > (this.isShort ? ENOUGH_FRACTION : SHORT_FRACTION);
  }

  private get usedFraction(): number {
    const { usedOctets, limitOctets } = this.size();
    return usedOctets / limitOctets;
  }

  private rest(): void {
    this.becomes(0);
    this.collections?.stop();
    this.collections = undefined;
  }

  /** Does nothing any more. */
  stop(): void {
    this.nextLookMs = Number.POSITIVE_INFINITY;
    this.rest();
  }

  /** For the log. */
  get figures(): { readonly heapOctets: number; readonly heapLimitOctets: number } {
    const { usedOctets, limitOctets } = this.size();
    return { heapOctets: usedOctets, heapLimitOctets: limitOctets };
  }
}
