import { EMPTY_TABLE } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import type { Destination, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

/** The default exchange: every queue is bound to it by its name, and nothing else can be (AMQP 0-9-1, section 2.1.2.4). */
export class DefaultIndex implements BindingIndex {
  readonly isKeyed = true;
  private readonly queues: ReadonlyMap<string, Destination>;

  constructor(queues: ReadonlyMap<string, Destination>) {
    this.queues = queues;
  }

  match(routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    for (const routingKey of routingKeys) {
      const queue = this.queues.get(routingKey);
      if (queue !== undefined) into.push({ destination: queue, routingKey, arguments: EMPTY_TABLE });
    }
  }

  add(): never {
    throw new Error('the default exchange takes no bindings');
  }

  remove(): never {
    throw new Error('the default exchange has no bindings to remove');
  }
}
