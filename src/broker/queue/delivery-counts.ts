import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import { Message } from '../../protocol/message.ts';
import { rewriteProperties } from '../../protocol/rewritten-message.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import { ReturnCounts } from './return-counts.ts';

/** Tells consumers how often a message came back before. */
const HEADER = 'x-delivery-count';

/**
 * How often messages of a queue came back to it, whoever has returned them and why. Known of those that did alone, so that a
 * message that is acknowledged the first time costs nothing; of persistent ones in durable queues over restarts, too.
 */
export class DeliveryCounts {
  private readonly queue: { readonly durableId: number };
  private readonly store: MessageStore;
  private readonly counts = new ReturnCounts();
  private readonly shown = new Message();

  constructor(queue: { readonly durableId: number }, store: MessageStore) {
    this.queue = queue;
    this.store = store;
  }

  /** The message came back. Returns how often by now. */
  add(slot: number): number {
    const count = this.counts.get(slot) + 1;
    this.counts.set(slot, count);
    const { durableId } = this.queue;
    if (durableId !== 0) this.store.returned(slot, durableId);
    return count;
  }

  /**
   * The message was there before a restart. If it was with a consumer for the first time when the broker went down, it has come
   * back by that.
   */
  restore(slot: number, isRedelivered: boolean, returnCount: number): void {
    if (returnCount > 0) this.counts.set(slot, returnCount);
    else if (isRedelivered) this.add(slot);
  }

  /** The message is not in the queue any more. */
  left(slot: number): void {
    this.counts.delete(slot);
  }

  /** The message as a consumer is to see it: valid as long as `message`, and until the next call. */
  show(slot: number, message: Message): Message {
    const { shown } = this;
    const properties = message.properties();
    const headers = new Map(properties.headers ?? EMPTY_TABLE);
    headers.set(HEADER, { type: 'long', value: this.counts.get(slot) });
    rewriteProperties(message, { ...properties, headers }, shown);
    return shown;
  }
}
