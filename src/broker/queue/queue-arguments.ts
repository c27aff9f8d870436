import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';

/** The arguments that a redeclaration must repeat, besides the queue type; all others are ignored. */
export const COMPARED_QUEUE_ARGUMENTS: readonly string[] = [
  'x-expires',
  'x-message-ttl',
  'x-dead-letter-exchange',
  'x-dead-letter-routing-key',
  'x-dead-letter-strategy',
  'x-max-length',
  'x-max-length-bytes',
  'x-max-in-memory-length',
  'x-max-in-memory-bytes',
  'x-max-priority',
  'x-overflow',
  'x-queue-mode',
  'x-single-active-consumer',
  'x-quorum-initial-group-size',
  'x-delivery-limit',
  'x-delayed-retry-type',
  'x-delayed-retry-min',
  'x-delayed-retry-max',
  'x-message-deduplication',
  'x-deduplication-header',
];

const TYPE_ARGUMENT = 'x-queue-type';
/** Quorum queues are accepted as what their clients mostly want of them: durable queues that count deliveries. */
const QUEUE_TYPES: readonly unknown[] = ['classic', 'quorum'];

/** The type that the arguments ask for: without one, a queue is classic. */
export function queueType(args: FieldTable): unknown {
  return args.get(TYPE_ARGUMENT)?.value ?? 'classic';
}

/** @throws AmqpError PRECONDITION_FAILED if there is no such type of queue */
export function validateQueueType(args: FieldTable, resource: string): void {
  const type = args.get(TYPE_ARGUMENT);
  if (type === undefined || QUEUE_TYPES.includes(type.value)) return;
  const reason =
    type.type === 'longstr' ? `"unsupported queue type '${type.value}'"` : `{unacceptable_type,${type.type}}`;
  throw new AmqpError('PRECONDITION_FAILED', `invalid arg 'x-queue-type' for ${resource}: ${reason}`);
}

/** Arguments of other types of queues. A classic queue may have a delivery limit and a leader locator, as in later versions. */
const NOT_FOR_TYPE = {
  classic: [
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-quorum-initial-group-size',
    'x-dead-letter-strategy',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-initial-cluster-size',
  ],
  quorum: [
    'x-max-priority',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-initial-cluster-size',
    'x-queue-mode',
    'x-queue-version',
    'x-queue-master-locator',
  ],
} as const;

/**
 * Each type of queue has arguments of its own. Quorum queues stay, and are for everybody.
 * @throws AmqpError PRECONDITION_FAILED if the queue is none of its type
 */
export function validateAsOfType(queue: DeclaredQueue, resource: string): void {
  const { durable, exclusive, autoDelete, arguments: args } = queue;
  const type = queueType(args) === 'quorum' ? 'quorum' : 'classic';
  const refused = NOT_FOR_TYPE[type].find((name) => args.has(name));
  if (refused !== undefined) {
    const text = `invalid arg '${refused}' for ${resource} of queue type rabbit_${type}_queue`;
    throw new AmqpError('PRECONDITION_FAILED', text);
  }
  if (type === 'classic') return;
  const property = autoDelete ? 'auto-delete' : exclusive ? 'exclusive-owner' : durable ? undefined : 'non-durable';
  if (property === undefined) return;
  throw new AmqpError('PRECONDITION_FAILED', `invalid property '${property}' for ${resource}`);
}

/**
 * The arguments with the type that a virtual host has for queues which name none; it is for those that stay: durable, and
 * neither exclusive nor auto-delete.
 *
 * @param type undefined, or one that there is not: classic
 */
export function withDefaultType(
  { durable, exclusive, autoDelete, arguments: args }: DeclaredQueue,
  type: string | undefined,
): FieldTable {
  const isMeant = durable && !exclusive && !autoDelete && !args.has(TYPE_ARGUMENT);
  if (!isMeant || type === undefined || !QUEUE_TYPES.includes(type)) return args;
  return new Map([...args, [TYPE_ARGUMENT, { type: 'longstr', value: type }]]);
}

interface DeclaredQueue {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly autoDelete: boolean;
  readonly arguments: FieldTable;
}
