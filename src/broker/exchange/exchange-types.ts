import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';
import type { MessageStore } from '../../storage/message/message-store.ts';

import { ConsistentHashIndex } from './consistent-hash-index.ts';
import { DEDUPLICATION_TYPE, requireCacheSize } from './deduplication-settings.ts';
import { DELAYED_TYPE, delayedRoutingType } from './delayed-type.ts';

import { DirectIndex } from './direct-index.ts';
import type { BindingIndex } from './exchange.ts';
import { FanoutIndex } from './fanout-index.ts';
import { HeadersIndex } from './headers-index.ts';
import { ModulusHashIndex } from './modulus-hash-index.ts';
import { RandomIndex } from './random-index.ts';
import { RecentHistoryIndex } from './recent-history-index.ts';
import { TopicIndex } from './topic-index.ts';

/** What an exchange is declared with that its type may look at, and what it may keep messages in. */
export interface IndexParts {
  readonly arguments: FieldTable;
  /** The exchange, as reply texts name it. */
  readonly resource: string;
  readonly store: MessageStore;
}

/** Makes the index of a new exchange. @throws AmqpError PRECONDITION_FAILED if the type can't be with these arguments */
export type ExchangeType = (parts: IndexParts) => BindingIndex;

/** The types of exchange that can be declared, by name: a new type is a file of its own and a line here. */
const EXCHANGE_TYPES: ReadonlyMap<string, ExchangeType> = new Map<string, ExchangeType>([
  ['direct', () => new DirectIndex()],
  ['fanout', () => new FanoutIndex()],
  ['topic', () => new TopicIndex()],
  ['headers', () => new HeadersIndex()],
  ['x-consistent-hash', (parts) => new ConsistentHashIndex(parts.arguments, parts.resource)],
  ['x-modulus-hash', () => new ModulusHashIndex()],
  ['x-random', () => new RandomIndex()],
  ['x-recent-history', (parts) => new RecentHistoryIndex(parts.arguments, parts.store)],
  [
    DEDUPLICATION_TYPE,
    (parts) => {
      requireCacheSize(parts.arguments);
      return new FanoutIndex();
    },
  ],
  [DELAYED_TYPE, (parts) => requiredType(delayedRoutingType(parts.arguments))(parts)],
]);

export const EXCHANGE_TYPE_NAMES: readonly string[] = [...EXCHANGE_TYPES.keys()];

/** The type of exchange, or undefined if there is none of that name. */
export function exchangeType(name: string): ExchangeType | undefined {
  return EXCHANGE_TYPES.get(name);
}

/** The type of exchange. @throws AmqpError COMMAND_INVALID if there is none of that name */
export function requiredType(name: string): ExchangeType {
  const type = exchangeType(name);
  if (type === undefined) throw new AmqpError('COMMAND_INVALID', `unknown exchange type '${name}'`);
  return type;
}
