import { AmqpError } from '../../protocol/amqp-error.ts';
import { type FieldTable, isIntegerType } from '../../protocol/field-table.ts';

/** What a consumer without `x-priority` has. */
const DEFAULT_PRIORITY = 0;

/**
 * The priority that the arguments of basic.consume ask for. It may be any integer, a negative one too.
 * @throws AmqpError PRECONDITION_FAILED if it is none
 */
export function consumerPriority(args: FieldTable, resource: string): number {
  const priority = args.get('x-priority');
  if (priority === undefined) return DEFAULT_PRIORITY;
  if (!isIntegerType(priority.type)) {
    refuse('x-priority', resource, `"expected integer, got ${priority.type}"`);
  }
  return Number(priority.value);
}

/** Checks the other arguments that mean something. @throws AmqpError PRECONDITION_FAILED */
export function validateConsumerArguments(args: FieldTable, resource: string): void {
  const cancelOnFailover = args.get('x-cancel-on-ha-failover');
  if (cancelOnFailover !== undefined && cancelOnFailover.type !== 'bool') {
    refuse('x-cancel-on-ha-failover', resource, `{unacceptable_type,${cancelOnFailover.type}}`);
  }
  if (args.has('x-stream-offset')) {
    const text = `invalid arg 'x-stream-offset' for ${resource} of queue type rabbit_classic_queue`;
    throw new AmqpError('PRECONDITION_FAILED', text);
  }
}

function refuse(argument: string, resource: string, reason: string): never {
  throw new AmqpError('PRECONDITION_FAILED', `invalid arg '${argument}' for ${resource}: ${reason}`);
}
