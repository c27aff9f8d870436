import type { Message } from '../../protocol/message.ts';
import { type Binding, bindingIdentity, type MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';
import { textHash } from './text-hash.ts';

/**
 * RabbitMQ's x-modulus-hash: each message goes by one of the bindings, the same for equal routing keys. Binding keys only
 * put the bindings in order. When a binding comes or goes, most routing keys change places: for what stays, there is
 * x-consistent-hash.
 */
export class ModulusHashIndex implements BindingIndex {
  readonly isKeyed = true;
  readonly picks = 'by hash';
  private readonly bindings = new Map<Binding, string>();
  /** The same after a restart, whatever order the bindings came in. Undefined: they have changed. */
  private ordered: readonly Binding[] | undefined;

  add(binding: Binding): void {
    const { destination, routingKey, arguments: args } = binding;
    this.bindings.set(binding, routingKey + bindingIdentity(destination, routingKey, args));
    this.ordered = undefined;
  }

  remove(binding: Binding): void {
    this.bindings.delete(binding);
    this.ordered = undefined;
  }

  match(routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    this.ordered ??= [...this.bindings].sort(([, a], [, b]) => (a < b ? -1 : 1)).map(([binding]) => binding);
    if (this.ordered.length === 0) return;
    into.push(this.ordered[textHash(routingKeys.join('\0')) % this.ordered.length]!);
  }
}
