import { EMPTY_TABLE, type FieldTable } from '../protocol/field-table.ts';
import type { Binding, BindingSource, Destination, MatchedBinding } from './binding.ts';
import type { BindingIndex } from './exchange/exchange.ts';

const SOURCE: BindingSource = {
  kind: 'exchange',
  name: 'source',
  vhost: '/',
  inbound: new Set(),
  routedIn: 0,
  unbind: () => false,
};

export function destination(name: string): Destination {
  return { kind: 'queue', name, inbound: new Set(), routedIn: 0 };
}

/** A binding that leads to a destination of its own. */
export function binding(routingKey: string, args: FieldTable = EMPTY_TABLE, name: string = routingKey): Binding {
  return { source: SOURCE, destination: destination(name), routingKey, arguments: args };
}

/** The names of the destinations that match, in order of their names, one as often as it was found. */
export function matches(
  index: BindingIndex,
  routingKey: string,
  message: Parameters<BindingIndex['match']>[1],
): string[] {
  const found: MatchedBinding[] = [];
  index.match([routingKey], message, found);
  return found.map(({ destination: { name } }) => name).sort();
}
