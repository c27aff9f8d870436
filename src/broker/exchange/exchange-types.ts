import { DirectIndex } from './direct-index.ts';
import type { BindingIndex } from './exchange.ts';
import { FanoutIndex } from './fanout-index.ts';
import { HeadersIndex } from './headers-index.ts';
import { TopicIndex } from './topic-index.ts';

/** The types of exchange that can be declared, by name: a new type is a file of its own and a line here. */
const EXCHANGE_TYPES: ReadonlyMap<string, () => BindingIndex> = new Map<string, () => BindingIndex>([
  ['direct', () => new DirectIndex()],
  ['fanout', () => new FanoutIndex()],
  ['topic', () => new TopicIndex()],
  ['headers', () => new HeadersIndex()],
]);

/** A new index for the type of exchange, or undefined if there is no such type. */
export function bindingIndexOf(type: string): BindingIndex | undefined {
  return EXCHANGE_TYPES.get(type)?.();
}
