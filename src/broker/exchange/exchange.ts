import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import {
  type Binding,
  type BindingSource,
  bindingIdentity,
  type Destination,
  type MatchedBinding,
} from '../binding.ts';
import { NO_POLICY } from '../policy/applied-policy.ts';
import { resourceName } from '../resource-name.ts';
import type { ExchangeFeatures } from './exchange-features.ts';
import type { ExchangeProperties } from './exchange-properties.ts';
import { type ExchangeSettings, settingsOf } from './exchange-settings.ts';

/** How a type of exchange finds the bindings that a message matches: one implementation a type, in a file of its own. */
export interface BindingIndex {
  /** True: exchange and routing key alone decide, so that a route can be remembered. */
  readonly isKeyed: boolean;
  /** Of several bindings that would do, it takes one: whichever chance or a hash picks. Undefined: it takes all. */
  readonly picks?: 'by chance' | 'by hash';
  /** Checks a binding's key and arguments. @throws AmqpError PRECONDITION_FAILED */
  validate?(routingKey: string, args: FieldTable): void;
  add(binding: Binding): void;
  remove(binding: Binding): void;
  /**
   * Adds all matching bindings to `into`; several may lead to one destination. Nothing else changes: see `record`.
   * @param routingKeys the message's own, and those that its sender has put into headers (see sender-selected-keys.ts)
   */
  match(routingKeys: readonly string[], message: Message, into: MatchedBinding[]): void;
  /** Takes notice of a message that comes to the exchange, before it is matched. Not for types that are keyed. */
  record?(message: Message): void;
  /** What the destination of a new binding is to get: messages as slots of the store, the oldest first. */
  recent?(): readonly number[];
  /** The exchange is deleted: whatever it keeps is to go. */
  close?(): void;
}

/** Takes messages from publishers and other exchanges, and passes them on by its bindings. */
export class Exchange implements BindingSource, Destination {
  readonly kind = 'exchange';
  readonly name: string;
  readonly vhost: string;
  readonly properties: ExchangeProperties;
  readonly index: BindingIndex;
  /** Routes that are remembered depend on them: see `VirtualHost.configureExchange`. */
  settings: ExchangeSettings;
  /** Which policies they are from, besides the arguments. */
  appliedPolicy = NO_POLICY;
  /** Undefined: messages go straight to the bindings. */
  features: ExchangeFeatures | undefined;
  readonly inbound = new Set<Binding>();
  routedIn = 0;
  /** How many messages were published to it, and to how many queues each has led, since the broker was started. */
  publishedIn = 0;
  publishedOut = 0;
  private readonly outbound = new Map<string, Binding>();

  constructor(name: string, vhost: string, properties: ExchangeProperties, index: BindingIndex) {
    this.name = name;
    this.vhost = vhost;
    this.properties = properties;
    this.index = index;
    this.settings = settingsOf(properties.arguments);
  }

  /** True: exchange and routing key alone decide where a message goes. */
  get isKeyed(): boolean {
    return this.index.isKeyed && this.features === undefined;
  }

  get bindings(): Iterable<Binding> {
    return this.outbound.values();
  }

  get bindingCount(): number {
    return this.outbound.size;
  }

  toString(): string {
    return resourceName('exchange', this.name, this.vhost);
  }

  /** Adds the binding unless there is one like it; returns whether it is new. */
  bind(destination: Destination, routingKey: string, args: FieldTable): boolean {
    this.index.validate?.(routingKey, args);
    const identity = bindingIdentity(destination, routingKey, args);
    if (this.outbound.has(identity)) return false;
    const binding: Binding = { source: this, destination, routingKey, arguments: args };
    this.outbound.set(identity, binding);
    destination.inbound.add(binding);
    this.index.add(binding);
    return true;
  }

  hasBinding(destination: Destination, routingKey: string, args: FieldTable): boolean {
    return this.outbound.has(bindingIdentity(destination, routingKey, args));
  }

  /** Removes the binding; returns whether there was one. */
  unbind(destination: Destination, routingKey: string, args: FieldTable): boolean {
    const identity = bindingIdentity(destination, routingKey, args);
    const binding = this.outbound.get(identity);
    if (binding === undefined) return false;
    this.outbound.delete(identity);
    destination.inbound.delete(binding);
    this.index.remove(binding);
    return true;
  }
}
