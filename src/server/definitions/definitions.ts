import type { PermissionPatterns } from '../../auth/permissions.ts';
import type { TopicPatterns } from '../../auth/topic-permissions.ts';
import type { ExchangeProperties } from '../../broker/exchange/exchange-properties.ts';
import type { Policy, PolicyKind } from '../../broker/policy/policy.ts';
import type { QueueProperties } from '../../broker/queue/queue.ts';
import type { VirtualHostMetadata } from '../../broker/vhost.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';
import type { HashedPassword } from '../accounts/users.ts';

/** What a definition is called in errors: where it stands in its file, and its name. */
export interface Labelled {
  readonly label: string;
}

export interface UserDefinition extends Labelled {
  readonly name: string;
  readonly password: HashedPassword;
  readonly tags: readonly string[];
  /** Undefined: nothing is said of them. */
  readonly limits: Json | undefined;
}

export interface VhostDefinition extends Labelled {
  readonly name: string;
  /** Undefined: nothing is said of it. */
  readonly metadata: VirtualHostMetadata | undefined;
}

export interface PermissionDefinition extends Labelled {
  readonly user: string;
  readonly vhost: string;
  readonly patterns: PermissionPatterns;
}

export interface TopicPermissionDefinition extends Labelled {
  readonly user: string;
  readonly vhost: string;
  readonly exchange: string;
  readonly patterns: TopicPatterns;
}

export interface GlobalParameterDefinition extends Labelled {
  readonly name: string;
  readonly value: Json;
}

/** The limits of a virtual host stand among the parameters. */
export interface VhostLimitsDefinition extends Labelled {
  readonly vhost: string;
  readonly limits: Json;
}

/** Of a component, a plugin mostly, that does not exist here. */
export interface ParameterDefinition extends Labelled {
  readonly vhost: string;
  readonly component: string;
}

/** Operator policies stand among the parameters. */
export interface PolicyDefinition extends Labelled {
  readonly kind: PolicyKind;
  readonly vhost: string;
  readonly policy: Policy;
}

export interface QueueDefinition extends Labelled {
  readonly vhost: string;
  readonly name: string;
  readonly properties: QueueProperties;
}

export interface ExchangeDefinition extends Labelled {
  readonly vhost: string;
  readonly name: string;
  readonly properties: ExchangeProperties;
}

export interface BindingDefinition extends Labelled {
  readonly vhost: string;
  readonly source: string;
  readonly destinationType: 'queue' | 'exchange';
  readonly destination: string;
  readonly routingKey: string;
  readonly arguments: FieldTable;
}

/** What a definitions file says, each object checked by itself. */
export interface Definitions {
  readonly users: readonly UserDefinition[];
  readonly vhosts: readonly VhostDefinition[];
  readonly permissions: readonly PermissionDefinition[];
  readonly topicPermissions: readonly TopicPermissionDefinition[];
  readonly globalParameters: readonly GlobalParameterDefinition[];
  readonly parameters: readonly ParameterDefinition[];
  readonly vhostLimits: readonly VhostLimitsDefinition[];
  readonly policies: readonly PolicyDefinition[];
  readonly queues: readonly QueueDefinition[];
  readonly exchanges: readonly ExchangeDefinition[];
  readonly bindings: readonly BindingDefinition[];
}
