import type { Message } from '../../protocol/message.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

/** Every binding matches (AMQP 0-9-1, section 3.1.3.2). */
export class FanoutIndex implements BindingIndex {
  readonly isKeyed = true;
  private readonly bindings = new Set<Binding>();

  add(binding: Binding): void {
    this.bindings.add(binding);
  }

  remove(binding: Binding): void {
    this.bindings.delete(binding);
  }

  match(_routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    for (const binding of this.bindings) into.push(binding);
  }
}
