import type { FieldTable } from '../../protocol/field-table.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { Resource } from '../alarms/resource-alarms.ts';
import type { Binding } from '../binding.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Queue } from '../queue/queue.ts';

/** One end of a connection. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export interface ConnectionFacts {
  /** Both ends' addresses: see `ChannelConnection.name`. */
  readonly name: string;
  readonly local: Endpoint;
  readonly peer: Endpoint;
  readonly user: string;
  readonly vhost: string;
  readonly mechanism: string;
  readonly clientProperties: FieldTable;
  readonly channelMax: number;
  readonly frameMaxOctets: number;
  readonly heartbeatS: number;
  /** Milliseconds since 1970. */
  readonly connectedAtMs: number;
}

export interface LoginFacts {
  /** The name that was given, whether or not there is such a user. */
  readonly user: string;
  readonly mechanism: string;
  readonly connection: string;
  readonly local: Endpoint;
  readonly peer: Endpoint;
}

export interface ChannelFacts {
  readonly connection: string;
  readonly number: number;
  readonly user: string;
  readonly vhost: string;
}

export interface ConsumerFacts {
  readonly tag: string;
  readonly queue: string;
  readonly vhost: string;
  readonly connection: string;
  readonly channel: number;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly prefetchCount: number;
  readonly arguments: FieldTable;
}

interface Named {
  readonly name: string;
}
interface PermissionFacts {
  readonly user: string;
  readonly vhost: string;
}
interface InVhost extends Named {
  readonly vhost: string;
}
type LimitValues = Readonly<Record<string, Json>>;

/** What can happen, by RabbitMQ's names, and what is told of it. */
interface EventFacts {
  'connection.created': ConnectionFacts;
  'connection.closed': ConnectionFacts;
  'channel.created': ChannelFacts;
  'channel.closed': ChannelFacts;
  'consumer.created': ConsumerFacts;
  'consumer.deleted': ConsumerFacts;
  'queue.created': Queue;
  'queue.deleted': Queue;
  /** In vain, because it differs: RabbitMQ has no event for that. */
  'queue.redeclared': InVhost & { readonly argument: string; readonly received: string; readonly current: string };
  /** Its first message can't be read at present, so that it waits: RabbitMQ has no event for that, either. */
  'queue.unreadable': InVhost & { readonly error: Error };
  /** The first dead letter of the queue, since it was declared, that a cycle through `target` has dropped: RabbitMQ only logs it. */
  'queue.dead_letter_cycle': InVhost & { readonly target: string };
  'exchange.created': Exchange;
  'exchange.deleted': Exchange;
  'binding.created': Binding;
  'binding.deleted': Binding;
  'user.authentication.success': LoginFacts;
  'user.authentication.failure': LoginFacts;
  'user.created': Named;
  'user.deleted': Named;
  'user.password.changed': Named;
  'user.password.cleared': Named;
  'user.tags.set': Named & { readonly tags: readonly string[] };
  'permission.created': PermissionFacts & { readonly configure: string; readonly write: string; readonly read: string };
  'permission.deleted': PermissionFacts;
  'topic.permission.created': PermissionFacts & {
    readonly exchange: string;
    readonly write: string;
    readonly read: string;
  };
  'topic.permission.deleted': PermissionFacts;
  'vhost.created': Named & { readonly description: string; readonly tags: readonly string[] };
  'vhost.deleted': Named;
  'vhost.limits.set': { readonly vhost: string; readonly limits: LimitValues };
  'vhost.limits.cleared': { readonly vhost: string };
  'user.limits.set': { readonly user: string; readonly limits: LimitValues };
  'user.limits.cleared': { readonly user: string };
  'policy.set': InVhost & { readonly definition: Json };
  'policy.cleared': InVhost;
  'operator.policy.cleared': InVhost;
  'parameter.set': Named & { readonly component: string; readonly vhost: string | undefined; readonly value: Json };
  'parameter.cleared': Named & { readonly component: string; readonly vhost: string | undefined };
  'alarm.set': { readonly resource: Resource };
  'alarm.cleared': { readonly resource: Resource };
}

export type BrokerEventName = keyof EventFacts;

/** Something that has happened. */
export type BrokerEvent = {
  [Name in BrokerEventName]: {
    readonly name: Name;
    readonly facts: EventFacts[Name];
    /** A user, or the broker itself. */
    readonly performedBy: string;
  };
}[BrokerEventName];

export type BrokerEventListener = (event: BrokerEvent) => void;

/** What RabbitMQ calls itself where no user has done it. */
const INTERNAL = 'rmq-internal';

/** Tells those who listen what happens in the broker. None of it happens for each message. */
export class BrokerEvents {
  private readonly listeners = new Set<BrokerEventListener>();
  private performer = INTERNAL;

  /** Returns how to listen no more. */
  subscribe(listener: BrokerEventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Tells of it when it has happened. */
  emit<Name extends BrokerEventName>(name: Name, facts: EventFacts[Name]): void {
    if (this.listeners.size === 0) return;
    const event = { name, facts, performedBy: this.performer } as BrokerEvent;
    for (const listener of this.listeners) listener(event);
  }

  /** Whoever does what is being done, for work that goes on in later turns: see `by`. */
  get performedBy(): string {
    return this.performer;
  }

  /** What happens within the action, until it returns, is the user's doing. */
  by<Result>(user: string, action: () => Result): Result {
    const before = this.performer;
    this.performer = user;
    try {
      return action();
    } finally {
      this.performer = before;
    }
  }
}
