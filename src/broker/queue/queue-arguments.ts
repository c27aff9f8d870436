import type { FieldTable } from '../../protocol/field-table.ts';

/** The arguments that a redeclaration must repeat; RabbitMQ compares these and ignores all others. */
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
  'x-queue-type',
];

/** The arguments as they are compared: a queue without a type is a classic one. */
export function comparableArguments(args: FieldTable): FieldTable {
  return args.has('x-queue-type') ? args : new Map([...args, ['x-queue-type', { type: 'longstr', value: 'classic' }]]);
}
