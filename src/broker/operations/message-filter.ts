import type { FieldTable } from '../../protocol/field-table.ts';
import type { Message } from '../../protocol/message.ts';
import type { Binding, MatchedBinding } from '../binding.ts';
import type { BindingIndex } from '../exchange/exchange.ts';
import { HeadersIndex } from '../exchange/headers-index.ts';
import { TopicIndex } from '../exchange/topic-index.ts';

/** Which messages an operation is about, in the words of bindings: those to which all that is given applies. */
export interface MessageFilter {
  /** As the key of a binding to a topic exchange: `orders.*.created`, `#`. */
  readonly routingKey?: string;
  /** As the arguments of a binding to a headers exchange: with `x-match`, which is `all` unless given. */
  readonly headers?: FieldTable;
  readonly minBodySizeOctets?: number;
  readonly maxBodySizeOctets?: number;
}

type Predicate = (message: Message) => boolean;

/** Whether a message passes the filter. @throws AmqpError PRECONDITION_FAILED for an `x-match` that there is not */
export function predicateOf(filter: MessageFilter): Predicate {
  const { routingKey, headers, minBodySizeOctets = 0, maxBodySizeOctets = Number.POSITIVE_INFINITY } = filter;
  const predicates: Predicate[] = [({ bodySize }) => bodySize >= minBodySizeOctets && bodySize <= maxBodySizeOctets];
  if (routingKey !== undefined) predicates.push(matcher(new TopicIndex(), { routingKey, arguments: new Map() }));
  if (headers !== undefined) predicates.push(matcher(new HeadersIndex(), { routingKey: '', arguments: headers }));
  return (message) => predicates.every((holds) => holds(message));
}

/** Asks an exchange's index that has a single binding. */
function matcher(
  index: BindingIndex,
  { routingKey, arguments: args }: Pick<Binding, 'routingKey' | 'arguments'>,
): Predicate {
  index.validate?.(routingKey, args);
  index.add({ source: NOWHERE, destination: NOWHERE, routingKey, arguments: args });
  const matched: MatchedBinding[] = [];
  return (message) => {
    matched.length = 0;
    index.match([message.routingKey], message, matched);
    return matched.length > 0;
  };
}

/** Where a filter's binding leads. */
const NOWHERE: Binding['source'] = {
  kind: 'exchange',
  name: '',
  vhost: '',
  inbound: new Set(),
  routedIn: 0,
  unbind: () => false,
};
