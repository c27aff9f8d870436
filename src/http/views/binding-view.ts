import { createHash } from 'node:crypto';
import { type Binding, tableIdentity } from '../../broker/binding.ts';
import type { Exchange } from '../../broker/exchange/exchange.ts';
import type { Queue } from '../../broker/queue/queue.ts';
import type { VirtualHost } from '../../broker/vhost.ts';
import { EMPTY_TABLE, type FieldTable } from '../../protocol/field-table.ts';
import type { JsonObject } from '../listing/columns.ts';
import { argumentsJson } from './field-json.ts';

/** Octets of the digest of a binding's arguments: enough that no two are the same. */
const DIGEST_OCTETS = 9;

/** A binding as lists show it. Those of the default exchange are nowhere else. */
export interface ShownBinding extends Pick<Binding, 'routingKey' | 'arguments'> {
  readonly source: string;
  readonly vhost: string;
  readonly destination: Pick<Binding['destination'], 'kind' | 'name'>;
}

export const BINDING_ORDER = ['vhost', 'source', 'destination', 'destination_type', 'routing_key', 'properties_key'];

export function bindingView({ source, vhost, destination, routingKey, arguments: args }: ShownBinding): JsonObject {
  return {
    source,
    vhost,
    destination: destination.name,
    destination_type: destination.kind,
    routing_key: routingKey,
    arguments: argumentsJson(args),
    properties_key: propertiesKey(routingKey, args),
  };
}

/** All bindings of the virtual host, the queues' own among them. */
export function* bindingsOf(vhost: VirtualHost): Generator<ShownBinding> {
  for (const exchange of vhost.exchanges.values()) yield* bindingsFrom(vhost, exchange);
}

/** Those that begin at an exchange of the virtual host. */
export function* bindingsFrom(vhost: VirtualHost, { name, bindings }: Exchange): Generator<ShownBinding> {
  if (name === '') for (const queue of vhost.queues.values()) yield defaultBinding(queue);
  for (const binding of bindings) yield shown(binding, vhost.name);
}

export function* bindingsTo({ inbound, vhost }: Pick<Exchange | Queue, 'inbound' | 'vhost'>): Generator<ShownBinding> {
  for (const binding of inbound) yield shown(binding, vhost);
}

/** Every queue is bound to the default exchange by its name (AMQP 0-9-1, section 3.1.3.1). */
export function defaultBinding(queue: Queue): ShownBinding {
  return { source: '', vhost: queue.vhost, destination: queue, routingKey: queue.name, arguments: EMPTY_TABLE };
}

function shown({ source, destination, routingKey, arguments: args }: Binding, vhost: string): ShownBinding {
  return { source: source.name, vhost, destination, routingKey, arguments: args };
}

/**
 * What names a binding among those of its source and destination, in addresses: its key, and a digest of its arguments if it
 * has some. Not RabbitMQ's digest: it is for whoever got it from here.
 */
export function propertiesKey(routingKey: string, args: FieldTable): string {
  const key = quoted(routingKey);
  if (args.size === 0) return key === '' ? '~' : key;
  const digest = createHash('sha256').update(tableIdentity(args)).digest().subarray(0, DIGEST_OCTETS);
  return `${key}~${digest.toString('base64url')}`;
}

/** As in forms, and all that is not a letter, a digit, a dot, a dash or an underscore. */
function quoted(text: string): string {
  const percent = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(text)
    .replaceAll(/[!'()*~]/g, percent)
    .replaceAll('%20', '+');
}
