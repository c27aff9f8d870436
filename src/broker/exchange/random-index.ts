import type { Message } from '../../protocol/message.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from './exchange.ts';

/** RabbitMQ's x-random: each message goes by one of the bindings, whichever chance picks. Keys mean nothing. */
export class RandomIndex implements BindingIndex {
  readonly isKeyed = false;
  readonly picks = 'by chance';
  private readonly bindings: Binding[] = [];
  private readonly places = new Map<Binding, number>();
  private readonly random: () => number;

  /** @param random gives numbers from 0 up to, but not including 1 */
  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  add(binding: Binding): void {
    this.places.set(binding, this.bindings.length);
    this.bindings.push(binding);
  }

  /** The last one takes its place: order means nothing. */
  remove(binding: Binding): void {
    const place = this.places.get(binding);
    if (place === undefined) return;
    this.places.delete(binding);
    const last = this.bindings.pop()!;
    if (last === binding) return;
    this.bindings[place] = last;
    this.places.set(last, place);
  }

  match(_routingKeys: readonly string[], _message: Message, into: MatchedBinding[]): void {
    const { bindings } = this;
    if (bindings.length === 0) return;
    into.push(bindings[Math.floor(this.random() * bindings.length)]!);
  }
}
