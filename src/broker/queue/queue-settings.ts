import { AmqpError } from '../../protocol/amqp-error.ts';
import { type FieldTable, type FieldValue, isIntegerType } from '../../protocol/field-table.ts';
import { DEDUPLICATION_HEADER } from '../message-identity.ts';

export type Overflow = 'drop-head' | 'reject-publish' | 'reject-publish-dlx';

/** Which messages that come back wait before they are delivered again. */
export type DelayedRetryType = 'all' | 'failed' | 'returned';

/** What a queue does beyond keeping messages, in the units that it works with; undefined: it does not. */
export interface QueueSettings {
  readonly messageTtlMs: number | undefined;
  /** The queue goes when it was not used for so long. */
  readonly expiresMs: number | undefined;
  readonly maxLength: number | undefined;
  readonly maxLengthOctets: number | undefined;
  readonly overflow: Overflow;
  readonly deadLetterExchange: string | undefined;
  /** Undefined: dead letters keep the routing keys that they came with. */
  readonly deadLetterRoutingKey: string | undefined;
  /** It counts how often messages come back, whether or not there is a limit to it. */
  readonly isQuorum: boolean;
  /** How many times a message may come back. */
  readonly deliveryLimit: number | undefined;
  readonly delayedRetryType: DelayedRetryType | undefined;
  readonly delayedRetryMinMs: number | undefined;
  readonly delayedRetryMaxMs: number | undefined;
  /** How long a delivery may stay unacknowledged; undefined: as long as the broker's own limit says, 0: for good. */
  readonly consumerTimeoutMs: number | undefined;
  /** Messages of priorities up to this one overtake each other. */
  readonly maxPriority: number | undefined;
  readonly isSingleActiveConsumer: boolean;
  /** The header that no two messages in the queue have with the same value. */
  readonly deduplicationHeader: string | undefined;
}

/** Ten years: no time to live is longer. */
const MAX_EXPIRY_MS = 315_360_000_000;
const MAX_PRIORITY = 255;

/** Finds what is wrong with an argument's value; undefined: nothing. */
type Check = (value: FieldValue, args: FieldTable) => string | undefined;

/** Arguments in the order in which they are checked. */
const CHECKS: readonly (readonly [name: string, check: Check])[] = [
  ['x-expires', (value) => checkInteger(value) ?? (value.value === 0 ? '{value_zero,0}' : checkExpiry(value))],
  ['x-message-ttl', (value) => checkInteger(value) ?? checkExpiry(value)],
  ['x-dead-letter-routing-key', (value, args) => checkString(value) ?? checkDeadLetterKey(args)],
  ['x-max-length', checkInteger],
  ['x-max-length-bytes', checkInteger],
  ['x-queue-version', (value) => checkInteger(value) ?? checkQueueVersion(value)],
  ['x-max-in-memory-length', checkInteger],
  ['x-max-in-memory-bytes', checkInteger],
  ['x-max-priority', (value) => checkInteger(value) ?? checkLimit(value, MAX_PRIORITY, 'max_value_exceeded')],
  [
    'x-overflow',
    (value) => checkOneOf(value, ['drop-head', 'reject-publish', 'reject-publish-dlx'], 'invalid_overflow'),
  ],
  ['x-queue-mode', checkQueueMode],
  ['x-single-active-consumer', checkBoolean],
  ['x-quorum-initial-group-size', (value) => checkInteger(value) ?? (value.value === 0 ? '{value_zero,0}' : undefined)],
  ['x-delivery-limit', checkDeliveryLimit],
  ['x-consumer-timeout', checkInteger],
  [
    'x-delayed-retry-type',
    (value) => checkOneOf(value, ['all', 'failed', 'returned', 'disabled'], 'invalid_delayed_retry_type'),
  ],
  ['x-delayed-retry-min', (value) => checkInteger(value) ?? checkExpiry(value)],
  ['x-delayed-retry-max', (value) => checkInteger(value) ?? checkExpiry(value)],
  ['x-deduplication-header', checkString],
];

/**
 * What a queue's arguments ask for.
 *
 * @param resource the queue, as errors name it
 * @throws AmqpError PRECONDITION_FAILED for arguments that cannot be
 */
export function parseQueueArguments(args: FieldTable, resource: string): QueueSettings {
  const deadLetterExchange = args.get('x-dead-letter-exchange');
  if (deadLetterExchange !== undefined && deadLetterExchange.type !== 'longstr') {
    const text = `invalid type '${deadLetterExchange.type}' for arg 'x-dead-letter-exchange' in ${resource}`;
    throw new AmqpError('PRECONDITION_FAILED', text);
  }
  for (const [name, check] of CHECKS) {
    const value = args.get(name);
    const reason = value === undefined ? undefined : check(value, args);
    if (reason !== undefined) {
      throw new AmqpError('PRECONDITION_FAILED', `invalid arg '${name}' for ${resource}: ${reason}`);
    }
  }
  return settingsOf(args);
}

function settingsOf(args: FieldTable): QueueSettings {
  const integer = (name: string) => (args.has(name) ? Number(args.get(name)!.value) : undefined);
  const text = (name: string) => (args.has(name) ? String(args.get(name)!.value) : undefined);
  const retryType = text('x-delayed-retry-type');
  return {
    messageTtlMs: integer('x-message-ttl'),
    expiresMs: integer('x-expires'),
    maxLength: integer('x-max-length'),
    maxLengthOctets: integer('x-max-length-bytes'),
    overflow: (text('x-overflow') as Overflow | undefined) ?? 'drop-head',
    deadLetterExchange: deadLetterExchangeIn(args),
    deadLetterRoutingKey: text('x-dead-letter-routing-key'),
    isQuorum: args.get('x-queue-type')?.value === 'quorum',
    deliveryLimit: limitOf(integer('x-delivery-limit')),
    delayedRetryType: retryType === 'disabled' ? undefined : (retryType as DelayedRetryType | undefined),
    delayedRetryMinMs: integer('x-delayed-retry-min'),
    delayedRetryMaxMs: integer('x-delayed-retry-max'),
    consumerTimeoutMs: integer('x-consumer-timeout'),
    maxPriority: integer('x-max-priority'),
    isSingleActiveConsumer: args.get('x-single-active-consumer')?.value === true,
    deduplicationHeader:
      args.get('x-message-deduplication')?.value === true
        ? (text('x-deduplication-header') ?? DEDUPLICATION_HEADER)
        : undefined,
  };
}

/** The exchange that the arguments name for dead letters; undefined: none, or something that a declaration refuses. */
export function deadLetterExchangeIn(args: FieldTable): string | undefined {
  const exchange = args.get('x-dead-letter-exchange');
  return exchange?.type === 'longstr' ? String(exchange.value) : undefined;
}

/** A negative one is none, as in RabbitMQ 4. */
function limitOf(limit: number | undefined): number | undefined {
  return limit === undefined || limit < 0 ? undefined : limit;
}

function checkDeliveryLimit(value: FieldValue): string | undefined {
  return value.value === -1 ? undefined : checkInteger(value);
}

function checkInteger(value: FieldValue): string | undefined {
  if (!isIntegerType(value.type)) return `"expected integer, got ${value.type}"`;
  return Number(value.value) < 0 ? `{value_negative,${value.value}}` : undefined;
}

function checkExpiry(value: FieldValue): string | undefined {
  return checkLimit(value, MAX_EXPIRY_MS, 'value_too_large');
}

function checkLimit({ value }: FieldValue, limit: number, reason: string): string | undefined {
  return Number(value) > limit ? `{${reason},${value}}` : undefined;
}

function checkString({ type }: FieldValue): string | undefined {
  return type === 'longstr' ? undefined : `{unacceptable_type,${type}}`;
}

function checkBoolean({ type }: FieldValue): string | undefined {
  return type === 'bool' ? undefined : `{unacceptable_type,${type}}`;
}

function checkOneOf(value: FieldValue, allowed: readonly unknown[], reason: string): string | undefined {
  return checkString(value) ?? (allowed.includes(value.value) ? undefined : reason);
}

function checkQueueMode(value: FieldValue): string | undefined {
  return checkOneOf(value, ['default', 'lazy'], `"unsupported queue mode '${value.value}'"`);
}

/** How a classic queue keeps its messages: both ways are the same here. */
function checkQueueVersion({ value }: FieldValue): string | undefined {
  return value === 1 || value === 2 ? undefined : `"unsupported queue version '${value}'"`;
}

function checkDeadLetterKey(args: FieldTable): string | undefined {
  return args.has('x-dead-letter-exchange') ? undefined : 'routing_key_but_no_dlx_defined';
}
