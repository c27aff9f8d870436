import fc from 'fast-check';
import type { PlainValue } from '#src/protocol/field-table.js';
import { anyExchange, anyKey, anyLine, anyQueue, given, LONG_MS, oneIn, oneOf, seldom } from './choices.ts';
import {
  type Arguments,
  type BindingPlan,
  MISSING,
  type PolicyPlan,
  type PublishStep,
  type Settling,
  type Step,
} from './plan.ts';

export const MAX_BODY_OCTETS = 40;

const headers: fc.Arbitrary<Arguments> = fc
  .record({
    CC: oneIn(6, fc.array(anyKey, { maxLength: 3 })),
    BCC: oneIn(6, fc.array(anyKey, { maxLength: 3 })),
    h1: oneIn(4, oneOf<PlainValue>('a', 'b', 1, null)),
    'x-h2': oneIn(6, oneOf<PlainValue>('a', true)),
  })
  .map(given<Arguments[string]>);

const publish: fc.Arbitrary<PublishStep> = fc.record({
  do: fc.constant('publish'),
  line: anyLine,
  exchange: fc.oneof(
    { weight: 20, arbitrary: fc.constant('' as const) },
    { weight: 20, arbitrary: anyExchange },
    { weight: 1, arbitrary: fc.constant(MISSING) },
  ),
  key: anyKey,
  bodyOctets: fc.nat(MAX_BODY_OCTETS),
  mandatory: fc.boolean(),
  deliveryMode: oneOf(undefined, 1, 2),
  expiration: oneIn(5, oneOf('0', '0', String(LONG_MS))),
  priority: oneIn(2, oneOf(0, 1, 2, 3, 9, 255)),
  headers,
});

const consume = fc.record({
  do: fc.constant('consume'),
  line: anyLine,
  queue: anyQueue,
  noAck: seldom(4),
  exclusive: seldom(8),
  priority: oneIn(4, oneOf(-1, 1, 5)),
});

const settle = fc.record({
  do: fc.constant('settle'),
  line: anyLine,
  which: fc.nat(5),
  how: oneOf<Settling>('ack', 'ack', 'nack', 'reject'),
  extent: fc.oneof(
    { weight: 4, arbitrary: fc.constant('one' as const) },
    { weight: 1, arbitrary: oneOf('up to', 'all') },
  ),
  requeue: fc.boolean(),
});

/** Mostly as it is planned, seldom as another one is: that may be an error. */
const declareQueue = fc
  .record({ line: anyLine, queue: anyQueue, other: oneIn(4, anyQueue) })
  .map(({ line, queue, other }) => ({ do: 'declareQueue' as const, line, queue, as: other ?? queue }));

const declareExchange = fc
  .record({ line: anyLine, exchange: anyExchange, other: oneIn(4, anyExchange) })
  .map(({ line, exchange, other }) => ({ do: 'declareExchange' as const, line, exchange, as: other ?? exchange }));

/** @returns steps of all kinds, as often as their weights say */
export function steps(binding: fc.Arbitrary<BindingPlan>, policy: fc.Arbitrary<PolicyPlan>): fc.Arbitrary<Step> {
  const onLine = <Name extends string>(name: Name) => ({ do: fc.constant(name), line: anyLine });
  const weighted = (weight: number, arbitrary: fc.Arbitrary<Step>) => ({ weight, arbitrary });
  return fc.oneof(
    weighted(40, publish),
    weighted(14, consume),
    weighted(24, settle),
    weighted(10, fc.record({ ...onLine('get'), queue: anyQueue, noAck: fc.boolean() })),
    weighted(3, fc.record({ ...onLine('cancel'), which: fc.nat(3) })),
    weighted(8, fc.record({ ...onLine('limit'), prefetchCount: fc.nat(3), global: seldom(3) })),
    weighted(2, fc.record(onLine('basic.recover'))),
    weighted(4, fc.record(onLine('confirm.select'))),
    weighted(4, fc.record(onLine('tx.select'))),
    weighted(6, fc.record(onLine('tx.commit'))),
    weighted(2, fc.record(onLine('tx.rollback'))),
    weighted(2, fc.record(onLine('channel.close'))),
    weighted(1, fc.record(onLine('settleUnknown'))),
    weighted(3, declareQueue),
    weighted(2, fc.record({ ...onLine('purgeQueue'), queue: anyQueue })),
    weighted(
      3,
      fc.record({ ...onLine('deleteQueue'), queue: anyQueue, ifUnused: fc.boolean(), ifEmpty: fc.boolean() }),
    ),
    weighted(2, declareExchange),
    weighted(2, fc.record({ ...onLine('deleteExchange'), exchange: anyExchange, ifUnused: fc.boolean() })),
    weighted(3, fc.record({ ...onLine('bind'), binding })),
    weighted(2, fc.record({ ...onLine('unbind'), binding })),
    weighted(1, fc.record(onLine('closeConnection'))),
    weighted(1, fc.record(onLine('cutConnection'))),
    weighted(1, fc.record({ do: fc.constant('setPolicy'), number: fc.nat(1), policy })),
    weighted(1, fc.record({ do: fc.constant('clearPolicy'), number: fc.nat(1), isOperator: fc.boolean() })),
  );
}
