import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';

/** The type of exchange that keeps messages until their time has come, and is of another type besides. */
export const DELAYED_TYPE = 'x-delayed-message';
const ROUTING_TYPE = 'x-delayed-type';

interface TypedExchange {
  readonly type: string;
  readonly arguments: FieldTable;
}

/** The type that routes a delayed exchange's messages. @throws AmqpError PRECONDITION_FAILED if none is given */
export function delayedRoutingType(args: FieldTable): string {
  const type = args.get(ROUTING_TYPE)?.value;
  if (typeof type === 'string' && type !== DELAYED_TYPE) return type;
  throw new AmqpError('PRECONDITION_FAILED', `Invalid argument, '${ROUTING_TYPE}' must be an existing exchange type`);
}

/** The exchange's type, and the one that routes for it. */
export function typesOf({ type, arguments: args }: TypedExchange): readonly string[] {
  return type === DELAYED_TYPE ? [type, delayedRoutingType(args)] : [type];
}

/** Whether an exchange delays messages: by its type, or, as in LavinMQ, by an argument. */
export function isDelayed({ type, arguments: args }: TypedExchange): boolean {
  return type === DELAYED_TYPE || args.get('x-delayed-exchange')?.value === true;
}
