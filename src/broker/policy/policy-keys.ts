import { erlangJson } from '../../protocol/erlang-term.ts';
import type { Json } from '../../storage/definitions/definition-line.ts';

/** What a key of a policy's definition is about. A policy applies to nothing that does not know all of its keys. */
interface PolicyKey {
  /** What is wrong with the value, in RabbitMQ's words; undefined: nothing. */
  readonly check: (value: Json) => string | undefined;
  readonly isForOperators: boolean;
  readonly isForClassicQueues: boolean;
  readonly isForQuorumQueues: boolean;
}

type Scope = 'operators too' | 'all queues' | 'classic queues' | 'quorum queues' | 'neither';

function key(scope: Scope, check: PolicyKey['check']): PolicyKey {
  return {
    check,
    isForOperators: scope === 'operators too',
    isForClassicQueues: scope !== 'quorum queues' && scope !== 'neither',
    isForQuorumQueues: scope !== 'classic queues' && scope !== 'neither',
  };
}

/** Whether a policy may say something by that name. */
export function isPolicyKey(name: string): boolean {
  return POLICY_KEYS.has(name);
}

const anything = (): undefined => undefined;

/**
 * The keys that RabbitMQ 3.10 knows, and some of later versions. What is there for clusters, or for how RabbitMQ keeps
 * messages, has no effect. Those for mirrors of queues are checked together: see mirror-keys.ts.
 */
const POLICY_KEYS: ReadonlyMap<string, PolicyKey> = new Map<string, PolicyKey>([
  ['alternate-exchange', key('all queues', text('is not a valid alternate exchange name'))],
  ['consumer-timeout', key('all queues', wholeNumber('is not a valid consumer timeout'))],
  ['dead-letter-exchange', key('all queues', text('is not a valid dead letter exchange name'))],
  ['dead-letter-routing-key', key('all queues', text('is not a valid dead letter routing key'))],
  [
    'dead-letter-strategy',
    key('quorum queues', oneOf(['at-most-once', 'at-least-once'], 'is not a valid dead letter strategy')),
  ],
  [
    'delayed-retry-type',
    key('all queues', oneOf(['all', 'failed', 'returned', 'disabled'], 'is not a valid delayed retry type')),
  ],
  ['delayed-retry-min', key('all queues', wholeNumber('is not a valid delayed retry minimum'))],
  ['delayed-retry-max', key('all queues', wholeNumber('is not a valid delayed retry maximum'))],
  ['delivery-limit', { ...key('quorum queues', wholeNumber('is not a valid delivery limit')), isForOperators: true }],
  ['expires', key('operators too', wholeNumber('is not a valid queue expiry', 1))],
  ['ha-mode', key('classic queues', anything)],
  ['ha-params', key('classic queues', anything)],
  ['ha-promote-on-failure', key('classic queues', anything)],
  ['ha-promote-on-shutdown', key('classic queues', anything)],
  ['ha-sync-batch-size', key('classic queues', anything)],
  ['ha-sync-mode', key('classic queues', anything)],
  ['initial-cluster-size', key('neither', wholeNumber('is not a valid cluster size', 1))],
  ['max-age', key('neither', maxAge)],
  ['max-in-memory-bytes', key('operators too', wholeNumber('is not a valid maximum memory in bytes'))],
  ['max-in-memory-length', key('operators too', wholeNumber('is not a valid maximum memory in bytes'))],
  ['max-length', key('operators too', wholeNumber('is not a valid maximum length'))],
  ['max-length-bytes', key('operators too', wholeNumber('is not a valid maximum length in bytes'))],
  ['message-ttl', key('operators too', wholeNumber('is not a valid message TTL'))],
  [
    'overflow',
    key('all queues', oneOf(['drop-head', 'reject-publish', 'reject-publish-dlx'], 'is not a valid overflow value')),
  ],
  [
    'queue-leader-locator',
    key(
      'quorum queues',
      oneOf(['client-local', 'balanced', 'random', 'least-leaders'], 'is not a valid queue leader locator value'),
    ),
  ],
  [
    'queue-master-locator',
    key('classic queues', oneOf(['min-masters', 'client-local', 'random'], 'invalid queue-master-locator value')),
  ],
  ['queue-mode', key('classic queues', oneOf(['default', 'lazy'], 'is not a valid queue-mode value'))],
  ['queue-version', key('all queues', oneOf([1, 2], 'is not a valid queue-version value'))],
  ['stream-max-segment-size-bytes', key('neither', wholeNumber('is not a valid segment size'))],
]);

export function policyKey(name: string): PolicyKey | undefined {
  return POLICY_KEYS.get(name);
}

function wholeNumber(otherwise: string, least = 0): PolicyKey['check'] {
  const isWhole = (value: Json) => typeof value === 'bigint' || Number.isSafeInteger(value);
  return (value) => (isWhole(value) && Number(value) >= least ? undefined : refusal(value, otherwise));
}

function text(otherwise: string): PolicyKey['check'] {
  return (value) => (typeof value === 'string' ? undefined : refusal(value, otherwise));
}

function oneOf(values: readonly Json[], otherwise: string): PolicyKey['check'] {
  return (value) => (values.includes(value) ? undefined : refusal(value, otherwise));
}

function maxAge(value: Json): string | undefined {
  return typeof value === 'string' && /^\d+[YMDhms]$/.test(value)
    ? undefined
    : refusal(value, 'is not a valid max age');
}

function refusal(value: Json, otherwise: string): string {
  return `${erlangJson(value)} ${otherwise}`;
}
