import type { FieldTable } from '../protocol/field-table.ts';
import type { Message } from '../protocol/message.ts';

/**
 * Where deliveries come from and are settled: a queue, as consumers and channels see it. Whoever settles a delivery tells its
 * body size, which was at hand when it went out: to look it up again would cost a read.
 */
export interface DeliverySource {
  readonly name: string;
  /** Names a durable queue on disk; 0: it is not durable. */
  readonly durableId: number;
  /** How long a delivery may stay unacknowledged; 0: for good; undefined: as long as the broker's own limit says. */
  readonly consumerTimeoutMs: number | undefined;
  /** Where a rejected delivery goes; undefined: it is as good as acknowledged. */
  readonly deadLetterExchange: string | undefined;
  /** A delivery is acknowledged. */
  acknowledge(slot: number, bodySize: number): void;
  /** The same without an acknowledgement: the consumer needs none. */
  settle(slot: number, bodySize: number): void;
  /** A delivery is rejected for good. */
  reject(slot: number, bodySize: number): void;
  /**
   * A delivery comes back to its original position. It goes out with the next `DispatchSchedule.run`, once all that come back
   * together are there.
   * @param isFailure a consumer has asked for it, rather than left with it
   */
  requeue(slot: number, sequence: number, bodySize: number, isFailure: boolean): void;
  /** Delivers what is ready to consumers that can accept it. */
  pump(): void;
  /** A parked consumer may be able to accept deliveries again, from the next `DispatchSchedule.run` on. */
  rejoin(consumer: Consumer): void;
}

/** Where a consumer's deliveries go: the channel that it was started on. */
export interface Outlet {
  /** Whether the channel can take a delivery now: its socket keeps up and its own prefetch limit leaves room. */
  canDeliver(consumer: Consumer): boolean;
  /**
   * Sends the message. Unless the consumer is no-ack, the reference to `slot` is the outlet's from now on, until it
   * settles the delivery with the queue.
   */
  deliver(consumer: Consumer, message: Message, slot: number, sequence: number, redelivered: boolean): void;
  /** The queue is gone, and the consumer with it. */
  cancelledByServer(consumer: Consumer): void;
}

export interface ConsumerOptions {
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** Consumers of a higher one are served first, as long as they can accept deliveries. */
  readonly priority: number;
  readonly arguments: FieldTable;
  /** What the outlet puts before each delivery: kept here for it, ready to be copied. */
  readonly deliveryPrefix: Buffer;
  /** How many deliveries may be unacknowledged at a time; 0: any number. */
  readonly prefetchCount: number;
}

/** A subscription to a queue. It is a link of its queue's ring while it can accept deliveries. */
export class Consumer {
  readonly queue: DeliverySource;
  readonly outlet: Outlet;
  readonly tag: string;
  readonly deliveryPrefix: Buffer;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly arguments: FieldTable;
  readonly prefetchCount: number;
  unackedCount = 0;
  /** Out of its ring, because it could not accept a delivery when its turn came, or because another one is active. */
  isParked = true;
  isCancelled = false;
  /** Its outlet will resume it once the socket keeps up again. */
  awaitsOutput = false;
  next: Consumer = this;
  previous: Consumer = this;

  constructor(queue: DeliverySource, outlet: Outlet, options: ConsumerOptions) {
    this.queue = queue;
    this.outlet = outlet;
    this.tag = options.tag;
    this.deliveryPrefix = options.deliveryPrefix;
    this.noAck = options.noAck;
    this.exclusive = options.exclusive;
    this.priority = options.priority;
    this.arguments = options.arguments;
    this.prefetchCount = options.prefetchCount;
  }

  canAccept(): boolean {
    if (!this.noAck && this.prefetchCount > 0 && this.unackedCount >= this.prefetchCount) return false;
    return this.outlet.canDeliver(this);
  }

  /** Takes part again after whatever held it up is over: an acknowledgement, a drained socket, a higher limit. See `rejoin`. */
  resume(): void {
    if (!this.isParked || this.isCancelled) return;
    this.queue.rejoin(this);
  }
}
