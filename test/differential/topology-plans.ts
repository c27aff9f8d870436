import fc from 'fast-check';
import type { PlainValue } from '#src/protocol/field-table.js';
import { anyExchange, anyKey, anyQueue, given, LONG_MS, oneIn, oneOf, seldom } from './choices.ts';
import {
  type Arguments,
  type BindingPlan,
  EXCHANGES,
  type ExchangePlan,
  MISSING,
  type PermissionsPlan,
  type PolicyPlan,
  QUEUES,
  type QueuePlan,
} from './plan.ts';
import { MAX_BODY_OCTETS } from './step-plans.ts';

const ttlMs = oneOf(0, 0, LONG_MS);
const deadLetterExchange = oneOf('', '', '', ...EXCHANGES, MISSING);
const maxLength = fc.nat(3);
const maxLengthBytes = fc.nat(3 * MAX_BODY_OCTETS);
const overflow = oneOf('drop-head', 'reject-publish', 'reject-publish-dlx');

const classicArguments: fc.Arbitrary<Arguments> = fc
  .record({
    'x-message-ttl': oneIn(4, ttlMs),
    'x-expires': oneIn(8, fc.constant(LONG_MS)),
    'x-max-length': oneIn(3, maxLength),
    'x-max-length-bytes': oneIn(5, maxLengthBytes),
    'x-overflow': oneIn(2, overflow),
    'x-dead-letter-exchange': oneIn(2, deadLetterExchange),
    'x-dead-letter-routing-key': oneIn(2, anyKey),
    'x-max-priority': oneIn(3, oneOf(1, 3, 10, 255)),
    'x-single-active-consumer': oneIn(5, fc.boolean()),
    'x-queue-mode': oneIn(8, oneOf('lazy', 'default')),
    'x-queue-type': oneIn(8, fc.constant('classic')),
  })
  .map(validArguments);

const quorumArguments: fc.Arbitrary<Arguments> = fc
  .record({
    'x-queue-type': fc.constant('quorum'),
    'x-message-ttl': oneIn(6, ttlMs),
    'x-max-length': oneIn(5, fc.integer({ min: 1, max: 3 })),
    'x-overflow': oneIn(5, oneOf('drop-head', 'reject-publish')),
    'x-delivery-limit': oneIn(2, fc.nat(3)),
    'x-dead-letter-exchange': oneIn(2, deadLetterExchange),
    'x-dead-letter-routing-key': oneIn(2, anyKey),
  })
  .map(validArguments);

/** A routing key for dead letters without an exchange for them is refused. */
function validArguments(args: Readonly<Record<string, Arguments[string] | undefined>>): Arguments {
  const { 'x-dead-letter-routing-key': key, ...others } = args;
  return given(
    others['x-dead-letter-exchange'] === undefined ? others : { ...others, 'x-dead-letter-routing-key': key },
  );
}

const classicQueue: fc.Arbitrary<QueuePlan> = fc.record({
  durable: fc.boolean(),
  autoDelete: seldom(10),
  exclusive: seldom(12),
  arguments: classicArguments,
});

const quorumQueue: fc.Arbitrary<QueuePlan> = fc.record({
  durable: fc.constant(true),
  autoDelete: fc.constant(false),
  exclusive: fc.constant(false),
  arguments: quorumArguments,
});

export const queuePlan: fc.Arbitrary<QueuePlan> = fc.oneof(
  { weight: 7, arbitrary: classicQueue },
  { weight: 1, arbitrary: quorumQueue },
);

export const exchangePlan: fc.Arbitrary<ExchangePlan> = fc.record({
  type: oneOf('fanout', 'direct', 'topic', 'headers', 'x-recent-history'),
  autoDelete: seldom(10),
  internal: seldom(12),
  arguments: oneIn(3, oneOf(...EXCHANGES, MISSING)).map((alternate) => given({ 'alternate-exchange': alternate })),
});

/** What exchanges of type headers look at; others do not. */
const bindingArguments: fc.Arbitrary<Arguments> = fc
  .record({
    'x-match': oneIn(2, oneOf('all', 'any', 'all-with-x', 'any-with-x')),
    h1: oneIn(2, oneOf<PlainValue>('a', 'b', 1)),
    'x-h2': oneIn(3, oneOf<PlainValue>('a', true)),
  })
  .map(given<Arguments[string]>);

export const bindingPlan: fc.Arbitrary<BindingPlan> = fc.record({
  source: anyExchange,
  destination: fc.oneof({ weight: 3, arbitrary: anyQueue }, { weight: 1, arbitrary: anyExchange }),
  key: anyKey,
  arguments: fc.oneof({ weight: 2, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: bindingArguments }),
});

const someNames = fc.subarray([...QUEUES, ...EXCHANGES], { minLength: 1, maxLength: 3 });

const userPolicy: fc.Arbitrary<PolicyPlan> = fc.record({
  isOperator: fc.constant(false),
  names: someNames,
  definition: fc
    .record({
      'message-ttl': oneIn(4, ttlMs),
      'max-length': oneIn(3, maxLength),
      'max-length-bytes': oneIn(5, maxLengthBytes),
      overflow: oneIn(3, overflow),
      'dead-letter-exchange': oneIn(2, deadLetterExchange),
      'dead-letter-routing-key': oneIn(3, anyKey),
      'alternate-exchange': oneIn(3, oneOf(...EXCHANGES, MISSING)),
      'queue-mode': oneIn(8, fc.constant('lazy')),
      expires: fc.constant(LONG_MS),
    })
    .map(given<Arguments[string]>),
});

const operatorPolicy: fc.Arbitrary<PolicyPlan> = fc.record({
  isOperator: fc.constant(true),
  names: someNames,
  definition: fc
    .record({
      'message-ttl': oneIn(4, ttlMs),
      'max-length': oneIn(2, maxLength),
      'max-length-bytes': oneIn(4, maxLengthBytes),
      expires: fc.constant(LONG_MS),
    })
    .map(given<Arguments[string]>),
});

export const policyPlan: fc.Arbitrary<PolicyPlan> = fc.oneof(
  { weight: 3, arbitrary: userPolicy },
  { weight: 1, arbitrary: operatorPolicy },
);

const mostNames = fc.subarray(['', ...QUEUES, ...EXCHANGES, MISSING], { minLength: 4 });

export const permissionsPlan: fc.Arbitrary<PermissionsPlan> = fc.record({
  configure: mostNames,
  write: mostNames,
  read: mostNames,
});
