import type { Binding, Destination } from './binding.ts';
import type { Removal } from './definitions-journal.ts';
import type { Exchange } from './exchange/exchange.ts';
import type { Queue } from './queue/queue.ts';

/** Removes what goes with an exchange, a queue or a binding: bindings, and auto-delete exchanges without any. */
export class RemovalCascade implements Removal {
  readonly exchanges: Exchange[] = [];
  readonly queues: Queue[] = [];
  readonly bindings: Binding[] = [];
  private readonly present: Map<string, Exchange>;

  /** @param present the virtual host's exchanges, from which those that go are taken */
  constructor(present: Map<string, Exchange>) {
    this.present = present;
  }

  /**
   * Removes an exchange with all its bindings, then the auto-delete exchanges that have lost their last one by that, and
   * so on. Clients may build chains of any length: this must not be a recursion.
   */
  removeExchange(exchange: Exchange): void {
    const doomed = [exchange];
    for (let next = doomed.pop(); next !== undefined; next = doomed.pop()) {
      this.present.delete(next.name);
      this.exchanges.push(next);
      for (const binding of [...next.bindings]) {
        next.unbind(binding.destination, binding.routingKey, binding.arguments);
        this.bindings.push(binding);
      }
      for (const source of this.removeBindingsTo(next)) doomed.push(source);
      next.index.close?.();
      next.features?.close();
    }
  }

  /** Removes what leads to the queue; the queue itself is the caller's to remove. */
  removeQueue(queue: Queue): void {
    this.queues.push(queue);
    for (const source of this.removeBindingsTo(queue)) this.removeExchange(source);
  }

  /** What goes with a binding that was removed already. */
  bindingRemoved(binding: Binding & { readonly source: Exchange }): void {
    this.bindings.push(binding);
    if (isDone(binding.source)) this.removeExchange(binding.source);
  }

  /** Returns the auto-delete exchanges that have no binding any more. */
  private removeBindingsTo(destination: Destination): Exchange[] {
    const doomed: Exchange[] = [];
    for (const binding of [...destination.inbound]) {
      const { source, routingKey, arguments: args } = binding;
      source.unbind(destination, routingKey, args);
      this.bindings.push(binding);
      const exchange = this.present.get(source.name);
      if (exchange !== undefined && isDone(exchange)) doomed.push(exchange);
    }
    return doomed;
  }
}

/** An auto-delete exchange goes with its last binding (it is asked about only after one was removed). */
function isDone({ properties, bindingCount }: Exchange): boolean {
  return properties.autoDelete && bindingCount === 0;
}
