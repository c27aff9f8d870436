import type { PlainValue } from '#src/protocol/field-table.js';

/** What there may be in a plan. Names are short; whoever plays it gives them a prefix. */
export const QUEUES = ['q0', 'q1', 'q2', 'q3'] as const;
export const EXCHANGES = ['e0', 'e1', 'e2'] as const;
/** An exchange that there never is. */
export const MISSING = 'missing';
/** An exclusive queue that tells when a broker has noticed the end of a connection. */
export const LOCK = 'lock';

/** Channels, numbered through all connections: the first two are on the first connection, the others on the second. */
export const LINES = [0, 1, 2, 3] as const;
export const LINES_PER_CONNECTION = 2;
export const CONNECTIONS = [0, 1] as const;

export type Line = (typeof LINES)[number];
export type QueueName = (typeof QUEUES)[number];
export type ExchangeName = (typeof EXCHANGES)[number];
export type Arguments = Readonly<Record<string, PlainValue>>;

export interface QueuePlan {
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly exclusive: boolean;
  readonly arguments: Arguments;
}

export interface ExchangePlan {
  readonly type: string;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Arguments;
}

export interface BindingPlan {
  readonly source: ExchangeName;
  readonly destination: QueueName | ExchangeName;
  readonly key: string;
  readonly arguments: Arguments;
}

export interface PolicyPlan {
  readonly isOperator: boolean;
  readonly names: readonly (QueueName | ExchangeName)[];
  readonly definition: Arguments;
}

/** Which names the second connection's user may configure, write and read; '' is the default exchange. */
export interface PermissionsPlan {
  readonly configure: readonly string[];
  readonly write: readonly string[];
  readonly read: readonly string[];
}

/** What is declared at first, and what is done then. */
export interface Plan {
  /** Whether Leveret has a data directory. */
  readonly isStored: boolean;
  readonly queues: Readonly<Record<QueueName, QueuePlan>>;
  readonly exchanges: Readonly<Record<ExchangeName, ExchangePlan>>;
  readonly bindings: readonly BindingPlan[];
  /** The more important a policy, the earlier it comes. */
  readonly policies: readonly PolicyPlan[];
  /** Undefined: the second connection is of a user who may do everything, as the first is. */
  readonly permissions: PermissionsPlan | undefined;
  readonly steps: readonly Step[];
}

export interface PublishStep {
  readonly do: 'publish';
  readonly line: Line;
  readonly exchange: ExchangeName | '' | typeof MISSING;
  readonly key: string;
  readonly bodyOctets: number;
  readonly mandatory: boolean;
  readonly deliveryMode: number | undefined;
  readonly expiration: string | undefined;
  readonly priority: number | undefined;
  readonly headers: Arguments;
}

export interface ConsumeStep {
  readonly do: 'consume';
  readonly line: Line;
  readonly queue: QueueName;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number | undefined;
}

export type Settling = 'ack' | 'nack' | 'reject';

export interface SettleStep {
  readonly do: 'settle';
  readonly line: Line;
  /** Chooses among what is unacknowledged. */
  readonly which: number;
  readonly how: Settling;
  /** All: delivery tag 0; up to: with all that came before on the channel. */
  readonly extent: 'one' | 'up to' | 'all';
  readonly requeue: boolean;
}

export type Step =
  | PublishStep
  | ConsumeStep
  | SettleStep
  | { readonly do: 'get'; readonly line: Line; readonly queue: QueueName; readonly noAck: boolean }
  | { readonly do: 'cancel'; readonly line: Line; readonly which: number }
  | { readonly do: 'limit'; readonly line: Line; readonly prefetchCount: number; readonly global: boolean }
  | { readonly do: ChannelMethod; readonly line: Line }
  | { readonly do: 'settleUnknown'; readonly line: Line }
  | { readonly do: 'declareQueue'; readonly line: Line; readonly queue: QueueName; readonly as: QueueName }
  | { readonly do: 'purgeQueue'; readonly line: Line; readonly queue: QueueName }
  | {
      readonly do: 'deleteQueue';
      readonly line: Line;
      readonly queue: QueueName;
      readonly ifUnused: boolean;
      readonly ifEmpty: boolean;
    }
  | { readonly do: 'declareExchange'; readonly line: Line; readonly exchange: ExchangeName; readonly as: ExchangeName }
  | { readonly do: 'deleteExchange'; readonly line: Line; readonly exchange: ExchangeName; readonly ifUnused: boolean }
  | { readonly do: 'bind' | 'unbind'; readonly line: Line; readonly binding: BindingPlan }
  | { readonly do: 'closeConnection' | 'cutConnection'; readonly line: Line }
  | { readonly do: 'setPolicy'; readonly number: number; readonly policy: PolicyPlan }
  | { readonly do: 'clearPolicy'; readonly number: number; readonly isOperator: boolean };

/** Methods of a channel that need nothing said but their names. */
export type ChannelMethod =
  | 'basic.recover'
  | 'confirm.select'
  | 'tx.select'
  | 'tx.commit'
  | 'tx.rollback'
  | 'channel.close';

export function connectionOf(line: Line): number {
  return Math.floor(line / LINES_PER_CONNECTION);
}
