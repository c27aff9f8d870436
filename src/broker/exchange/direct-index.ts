import type { Message } from '../../protocol/message.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

/** Matches when the routing key equals the binding's (AMQP 0-9-1, section 3.1.3.1). */
export class DirectIndex implements BindingIndex {
  readonly isKeyed = true;
  private readonly byKey = new Map<string, Set<Binding>>();

  add(binding: Binding): void {
    const bindings = this.byKey.get(binding.routingKey);
    if (bindings === undefined) this.byKey.set(binding.routingKey, new Set([binding]));
    else bindings.add(binding);
  }

  remove(binding: Binding): void {
    const bindings = this.byKey.get(binding.routingKey);
    bindings?.delete(binding);
    if (bindings?.size === 0) this.byKey.delete(binding.routingKey);
  }

  match(routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    for (const routingKey of routingKeys) {
      for (const binding of this.byKey.get(routingKey) ?? []) into.push(binding);
    }
  }
}
