import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { bodyOf } from '../../protocol/message.test.helper.ts';
import type { Message } from '../../protocol/message.ts';
import type { Consumer, ConsumerOptions, DeliverySource, Outlet } from '../consumer.ts';
import type { Queue } from './queue.ts';

export interface Delivery {
  readonly body: string;
  readonly tag: string;
  readonly redelivered: boolean;
}

interface Unacked {
  readonly consumer: Consumer | undefined;
  readonly source: DeliverySource;
  readonly slot: number;
  readonly sequence: number;
  readonly bodySize: number;
  readonly body: string;
}

/** A channel as queues see it: it can be open or closed for deliveries, and keeps what it gets. */
export class FakeOutlet implements Outlet {
  isOpen = true;
  readonly deliveries: Delivery[] = [];
  readonly unacked: Unacked[] = [];
  readonly cancelled: string[] = [];

  canDeliver(): boolean {
    return this.isOpen;
  }

  deliver(consumer: Consumer, message: Message, slot: number, sequence: number, redelivered: boolean): void {
    const body = bodyOf(message).toString();
    this.deliveries.push({ body, tag: consumer.tag, redelivered });
    if (consumer.noAck) return;
    consumer.unackedCount++;
    this.unacked.push({ consumer, source: consumer.queue, slot, sequence, bodySize: message.bodySize, body });
  }

  cancelledByServer(consumer: Consumer): void {
    this.cancelled.push(consumer.tag);
  }

  /** The bodies since the last call. */
  take(): string[] {
    return this.deliveries.splice(0).map(({ body }) => body);
  }

  /** Settles a delivery as a channel does: it may make room for the next. */
  acknowledge(index = 0): Unacked {
    const [delivery] = this.unacked.splice(index, 1);
    delivery!.source.acknowledge(delivery!.slot, delivery!.bodySize);
    this.giveBackCredit(delivery!);
    return delivery!;
  }

  requeue(index = 0): Unacked {
    const [delivery] = this.unacked.splice(index, 1);
    const { source, slot, sequence, bodySize } = delivery!;
    source.requeue(slot, sequence, bodySize, true);
    this.giveBackCredit(delivery!);
    return delivery!;
  }

  private giveBackCredit({ consumer, source }: Unacked): void {
    if (consumer !== undefined) {
      consumer.unackedCount--;
      consumer.resume();
    }
    source.pump();
  }
}

/** For consumers that are looked at without a queue. */
export const NO_QUEUE: DeliverySource = {
  name: 'none',
  durableId: 0,
  consumerTimeoutMs: undefined,
  deadLetterExchange: undefined,
  acknowledge: () => undefined,
  settle: () => undefined,
  reject: () => undefined,
  requeue: () => undefined,
  pump: () => undefined,
  rejoin: () => undefined,
};

export function consumerOptions(tag: string, changes: Partial<ConsumerOptions> = {}): ConsumerOptions {
  const defaults = { noAck: false, exclusive: false, priority: 0, prefetchCount: 0 };
  return { ...defaults, tag, arguments: EMPTY_TABLE, deliveryPrefix: Buffer.alloc(0), ...changes };
}

/** Takes out the first message as basic.get does, and ends with it. */
export function settleFirst(queue: Queue): void {
  const { slot, bodySize } = queue.get()!;
  queue.settle(slot, bodySize);
}
