import { type FieldTable, writeTable } from '../protocol/field-table.ts';
import { OctetWriter } from '../protocol/octet-writer.ts';

/** What a binding can lead to: a queue or another exchange. */
export interface Destination {
  readonly kind: 'queue' | 'exchange';
  readonly name: string;
  /** Bindings that lead here. */
  readonly inbound: Set<Binding>;
  /** The last route that came by, so that a message arrives once and cycles end (see Router). */
  routedIn: number;
}

/** What a binding begins at: an exchange, which others can lead to. */
export interface BindingSource extends Destination {
  readonly vhost: string;
  unbind(destination: Destination, routingKey: string, args: FieldTable): boolean;
}

/** A rule that leads messages from an exchange to a queue or to another exchange. */
export interface Binding {
  readonly source: BindingSource;
  readonly destination: Destination;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** What a message has matched at an exchange: a binding, or a queue's own to the default exchange, which nobody has made. */
export type MatchedBinding = Pick<Binding, 'destination' | 'routingKey' | 'arguments'>;

/** Two bindings with the same source, destination, key and arguments are one: what tells them apart at their source. */
export function bindingIdentity(destination: Destination, routingKey: string, args: FieldTable): string {
  return JSON.stringify([destination.kind, destination.name, routingKey, tableIdentity(args)]);
}

/** What tells arguments apart, an octet a character. They compare as sets: their order does not count. */
export function tableIdentity(table: FieldTable): string {
  if (table.size === 0) return '';
  const writer = new OctetWriter();
  writeTable(writer, new Map([...table].sort(([a], [b]) => (a < b ? -1 : 1))));
  return writer.finish().toString('latin1');
}
