import { AmqpError } from '../../protocol/amqp-error.ts';
import type { FieldTable } from '../../protocol/field-table.ts';

/** How an exchange behaves, whoever said so: its arguments come first, and a policy may say what they leave open. */
export interface ExchangeSettings {
  /** Name of the exchange that gets what this one has no destination for. There need be none of that name. */
  readonly alternateExchange: string | undefined;
}

/** What the arguments of exchange.declare say. */
export function settingsOf(args: FieldTable): ExchangeSettings {
  return { alternateExchange: alternateExchangeIn(args) };
}

/** The exchange that the arguments name for what finds no queue; undefined: none, or nothing that could be one. */
export function alternateExchangeIn(args: FieldTable): string | undefined {
  const alternate = args.get('alternate-exchange')?.value;
  return typeof alternate === 'string' ? alternate : undefined;
}

/**
 * Checks the arguments that every type of exchange knows.
 * @param resource the exchange, as reply texts name it
 * @throws AmqpError PRECONDITION_FAILED
 */
export function validateExchangeArguments(args: FieldTable, resource: string): void {
  const alternate = args.get('alternate-exchange');
  if (alternate === undefined || alternate.type === 'longstr') return;
  const text = `invalid type '${alternate.type}' for arg 'alternate-exchange' in ${resource}`;
  throw new AmqpError('PRECONDITION_FAILED', text);
}
