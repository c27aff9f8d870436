import { EMPTY_TABLE } from './field-table.ts';
import { METHODS, type MethodArguments, type MethodName } from './methods.ts';

const DEFAULTS = {
  bit: false,
  octet: 0,
  short: 0,
  long: 0,
  longlong: 0,
  shortstr: '',
  longstr: Buffer.alloc(0),
  table: EMPTY_TABLE,
} as const;

/** A method's arguments, each false, 0 or empty. */
export function defaultArguments<Name extends MethodName>(name: Name): MethodArguments<Name> {
  const args: Record<string, unknown> = {};
  for (const [argument, domain] of Object.entries(METHODS[name][2])) {
    if (domain in DEFAULTS) args[argument] = DEFAULTS[domain as keyof typeof DEFAULTS];
  }
  return args as MethodArguments<Name>;
}
