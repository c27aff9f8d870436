import { AmqpError } from '../../protocol/amqp-error.ts';
import { erlangValue } from '../../protocol/erlang-term.ts';
import { type FieldTable, isIntegerType } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import { FLAG_HEADERS } from '../../protocol/properties.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';
import { FanoutIndex } from './fanout-index.ts';

const DEFAULT_LENGTH = 20;
/** What the exchange keeps is for no queue. */
const NO_QUEUE = 0;

/**
 * RabbitMQ's x-recent-history: a fanout exchange that keeps the last messages, for whoever is bound later. They are
 * references to messages in the store, in a ring; like everything transient, they are gone after a restart.
 */
export class RecentHistoryIndex implements BindingIndex {
  readonly isKeyed = false;
  private readonly fanout = new FanoutIndex();
  private readonly store: MessageStore;
  private readonly length: number;
  private readonly slots: number[] = [];
  /** Where the oldest one is, once there are `length` of them. */
  private oldest = 0;

  /** @throws AmqpError PRECONDITION_FAILED for a length that is none */
  constructor(args: FieldTable, store: MessageStore) {
    this.length = lengthIn(args);
    this.store = store;
  }

  add(binding: Binding): void {
    this.fanout.add(binding);
  }

  remove(binding: Binding): void {
    this.fanout.remove(binding);
  }

  match(routingKeys: readonly string[], message: Message, into: MatchedBinding[]): void {
    this.fanout.match(routingKeys, message, into);
  }

  record(message: Message): void {
    if (isNotToBeKept(message)) return;
    const slot = this.store.keepCopy(message);
    if (this.slots.length < this.length) {
      this.slots.push(slot);
      return;
    }
    this.store.release(this.slots[this.oldest]!, NO_QUEUE);
    this.slots[this.oldest] = slot;
    this.oldest = (this.oldest + 1) % this.length;
  }

  recent(): readonly number[] {
    return [...this.slots.slice(this.oldest), ...this.slots.slice(0, this.oldest)];
  }

  close(): void {
    for (const slot of this.slots.splice(0)) this.store.release(slot, NO_QUEUE);
    this.oldest = 0;
  }
}

function isNotToBeKept(message: Message): boolean {
  if ((message.propertyFlags & FLAG_HEADERS) === 0) return false;
  const field = message.properties().headers?.get('x-recent-history-no-store');
  return field?.type === 'bool' && field.value;
}

function lengthIn(args: FieldTable): number {
  const field = args.get('x-recent-history-length');
  if (field === undefined) return DEFAULT_LENGTH;
  if (isIntegerType(field.type) && Number(field.value) > 0) return Number(field.value);
  throw new AmqpError(
    'PRECONDITION_FAILED',
    `Invalid argument ${erlangValue(field)}, 'x-recent-history-length' must be a positive integer`,
  );
}
